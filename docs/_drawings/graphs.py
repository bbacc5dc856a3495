"""Graphs of computations: the paths of the chain rule, and the two passes through a small network."""

from matplotlib.patches import FancyBboxPatch

FORWARD, BACKWARD, INK = "C0", "C1", "C4"  # the fifth colour of the cycle is the ink


def chain_rule_paths(figure):
    """All paths from one input to the loss, one of them thick."""
    figure.set_size_inches(4, 2.6)
    axes = _canvas(figure, width=3.6, height=3)
    columns = [[("$x_d$", 1.5)], [("$y_1$", 2.6), ("$y_2$", 1.5), ("$y_3$", 0.4)]]
    columns += [[("$z_1$", 2.2), ("$z_2$", 0.8)], [("$E$", 1.5)]]
    thick = ["$x_d$", "$y_2$", "$z_1$", "$E$"]
    for x, column in enumerate(columns):
        for name, y in column:
            axes.text(x + 0.3, y, name, ha="center", va="center", fontsize=15)
            for next_name, next_y in columns[x + 1] if x < 3 else []:
                chosen = name in thick and next_name in thick
                style = {"color": BACKWARD, "linewidth": 4} if chosen else {"color": INK, "linewidth": 1}
                _arrow(axes, (x + 0.3, y), (x + 1.3, next_y), gap=14, **style)


def backward_pass(figure):
    """Forward from top to bottom on the left, backward from bottom to top on the right."""
    figure.set_size_inches(4, 6.6)
    axes = _canvas(figure, width=10, height=14.6)
    axes.text(4.4, 14.3, "forward", color=FORWARD, ha="right", va="center", weight="bold")
    axes.text(5.6, 14.3, "backward", color=BACKWARD, ha="left", va="center", weight="bold")
    boxes = [("Linear", 10.6, r"keeps $\mathbf{X}$"), ("Sigmoid", 6.6, r"keeps $\mathbf{Y}$")]
    boxes += [("Loss", 2.6, r"keeps $\mathbf{Y} - \mathbf{T}$")]
    for name, y, kept in boxes:
        shape = {"boxstyle": "round,pad=0,rounding_size=0.2", "fill": False, "edgecolor": INK, "lw": 1.5}
        axes.add_patch(FancyBboxPatch((3, y), 4, 1.5, **shape))
        axes.text(5, y + 1.05, name, ha="center", va="center", weight="bold")
        axes.text(5, y + 0.42, kept, ha="center", va="center")
    arrays = [("X", r"N \times D"), ("A", r"N \times M"), ("Y", r"N \times M"), ("L", None)]
    for (array, shape), top in zip(arrays, (14, 10.6, 6.6, 2.6), strict=True):
        bottom = top - (1.9 if top == 14 else 2.5)
        middle = (top + bottom) / 2
        letter = f"\\mathbf{{{array}}}" if shape else array
        shape = f"${shape}$" if shape else "one number"
        gradient = rf"$\partial L/\partial {letter}$" if array != "L" else "1"
        _arrow(axes, (4, top), (4, bottom), color=FORWARD)
        _arrow(axes, (6, bottom), (6, top), color=BACKWARD, linestyle="--")
        axes.text(3.7, middle, f"${letter}$\n{shape}", color=FORWARD, ha="right", va="center")
        axes.text(6.3, middle, f"{gradient}\n{shape}", color=BACKWARD, ha="left", va="center")
    for y, name in ((11.35, r"$\mathbf{W}$, $\mathbf{b}$"), (3.35, r"$\mathbf{T}$")):
        _arrow(axes, (1.7, y), (3, y), color=FORWARD)
        axes.text(1.5, y, name, color=FORWARD, ha="right", va="center")
    gradients = "\n".join(rf"$\partial L/\partial\mathbf{{{letter}}}$" for letter in "Wb")
    _arrow(axes, (7, 11.35), (8.2, 11.35), color=BACKWARD, linestyle="--")
    axes.text(8.4, 11.35, gradients, color=BACKWARD, ha="left", va="center")


def _canvas(figure, width, height):
    axes = figure.subplots()
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def _arrow(axes, start, end, gap=0, **style):
    style = {"arrowstyle": "-|>", "mutation_scale": 14, "linewidth": 2} | style
    axes.annotate("", end, start, arrowprops={"shrinkA": gap, "shrinkB": gap} | style)
