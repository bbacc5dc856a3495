"""What the figures show: each module has `FIGURES`, by name the experiments and a function that draws."""
