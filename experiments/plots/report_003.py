"""What the momentum of report 003 does."""

from experiments.plots.training import accuracy_by_epoch

FIGURES = {"report-003-momentum": (["report-003-momentum"], accuracy_by_epoch)}
