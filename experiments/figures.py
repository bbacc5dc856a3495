"""Figures from results alone, each as a light and a dark SVG that is the same at every drawing."""

import importlib
import io
import pkgutil
import re

import matplotlib as mpl
from matplotlib.figure import Figure

from experiments import declaration, plots, results

# Distinguishable by the colour-blind (Okabe and Ito); lines differ in style too.
THEMES = {
    "light": {
        "ink": "#1f2328",
        "faint": "#d0d7de",
        "colours": ["#0072b2", "#c24e00", "#007a5a", "#a8527e", "#1f2328", "#8a6d00"],
    },
    "dark": {
        "ink": "#e6edf3",
        "faint": "#3d444d",
        "colours": ["#56b4e9", "#f0a35e", "#3ecf9f", "#e39ec5", "#e6edf3", "#f0e442"],
    },
}
STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2))]


def draw_all(folder):
    """Draw every figure that has something to show into `folder`; returns the paths of the files."""
    paths = []
    for name, (_, draw) in FIGURES.items():
        shown = sources(name)
        if any(results.read_all(directory, run) for one, directory in shown for run in one.runs):
            paths += save(folder, name, draw, *shown)
    return paths


def sources(name):
    """The experiments of a figure, each with the folder of the results that it is drawn from."""
    experiments, _ = FIGURES[name]
    if name == YOUR_RUN:
        return [(declaration.load(one, quick=True), results.latest(one)) for one in experiments]
    return [(declaration.load(one), results.RECORDED / one) for one in experiments]


def save(folder, name, draw, *shown):
    """Write the figure that ``draw(figure, *shown)`` fills, as ``NAME-light.svg`` and ``NAME-dark.svg``."""
    with mpl.rc_context(_style(**THEMES["light"])):
        figure = Figure(figsize=(5, 4), layout="constrained")
        draw(figure, *shown)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    dark = dict(zip(_colours("light"), _colours("dark"), strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    light = drawn.getvalue()
    texts = {"light": light, "dark": re.sub("|".join(dark), lambda found: dark[found[0]], light)}
    paths = [folder / f"{name}-{theme}.svg" for theme in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        if not path.is_file() or path.read_text("utf-8") != text:  # else Sphinx would read its pages again
            path.write_text(text, "utf-8")
    return paths


def _colours(theme):
    ink, faint, colours = THEMES[theme].values()
    return [ink, faint, *colours]


def _style(ink, faint, colours):
    cycle = mpl.cycler(color=colours, linestyle=STYLES)
    inked = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    return dict.fromkeys(inked, ink) | {
        "axes.prop_cycle": cycle,
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.size": 12,
        "grid.color": faint,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 2,
        "svg.hashsalt": "mlpedu",
    }


def _figures():
    """Those of all modules of `experiments.plots`."""
    for module in pkgutil.iter_modules(plots.__path__, "experiments.plots."):
        yield from importlib.import_module(module.name).FIGURES.items()


YOUR_RUN = "your-run"
FIGURES = dict(_figures())  # name: (names of experiments, function that draws)
