"""The softmax classifier of report 001, with and without its penalty in the gradient."""

from experiments import results

SWEEPS = {
    "regularization": "strength λ",
    "rates": "learning rate",
    "batches": "batch size",
    "epochs": "epochs",
}


def penalty_in_the_gradient(figure, *sources):
    """Test accuracy by setting, a panel for each sweep: published, and our seeds with both gradients."""
    figure.set_figheight(6)
    panels = figure.subplots(2, 2, sharey=True).flat
    for axes, label, as_reported, penalized in zip(
        panels, SWEEPS.values(), sources[::2], sources[1::2], strict=True
    ):
        runs = as_reported[0].runs
        axes.set_xticks(range(len(runs)), [run.name.rpartition("-")[2] for run in runs], fontsize=10)
        axes.set_xlabel(label)
        for (experiment, directory), marker, colour, meaning in (
            (as_reported, "o", "C0", "ours, not in the gradient"),
            (penalized, "s", "C2", "ours, in the gradient"),
        ):
            for position, run in enumerate(experiment.runs):
                found = [100 * one["metrics"]["test_accuracy"] for one in results.read_all(directory, run)]
                style = {"color": colour, "mfc": "none", "linestyle": "none", "label": meaning}
                axes.plot([position - 0.1] * len(found), found, marker, **style)
        published = [100 * run.published["test_accuracy"].value for run in runs]
        axes.plot([n + 0.1 for n in range(len(runs))], published, "D", color="C1", ms=5, label="published")
    figure.supylabel("test accuracy (%)", fontsize=12)
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=2, fontsize=11)


NAMES = [f"report-001-softmax-{sweep}{form}" for sweep in SWEEPS for form in ("", "-penalized")]
FIGURES = {"softmax-penalty": (NAMES, penalty_in_the_gradient)}
