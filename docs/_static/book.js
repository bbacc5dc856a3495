// A formula that scrolls takes the focus, so that the keys scroll it. The theme sees to tables and to code.
function focusWhatScrolls() {
  for (const formula of document.querySelectorAll("div.math > mjx-container"))
    formula.tabIndex = formula.scrollWidth > formula.clientWidth ? 0 : -1;
}
addEventListener("load", () => window.MathJax?.startup.promise.then(focusWhatScrolls));
addEventListener("resize", focusWhatScrolls);
document.addEventListener("toggle", focusWhatScrolls, true); // a dropdown has opened

// Paper is light, and no dropdown can be opened on it.
let theme, closed;
addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  closed = document.querySelectorAll("main details:not([open])");
  document.documentElement.dataset.theme = "light";
  for (const dropdown of closed) dropdown.open = true;
});
addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = theme;
  for (const dropdown of closed) dropdown.open = false;
});

// The theme gives no name to the button that opens a part of the menu.
addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("nav li > details > summary"))
    button.ariaLabel = `Pages under ${button.closest("li").querySelector("a").textContent.trim()}`;
});
