"""When two results count as the same."""

import numpy as np

from mlpedu.gradient_check import relative_error

TOLERANCE = 1e-5  # between the errors of right code and those of wrong code, in docs/exercises/diagnosis.json
FLOOR = 1e-12  # results that are smaller count as 0


def deviation(got, wanted):
    """The relative error of a result; infinity if it isn't there or has another shape."""
    if got is None or wanted is None or np.shape(got) != np.shape(wanted):
        return np.inf
    with np.errstate(all="ignore"):
        return relative_error(np.ravel(got) * 1.0, np.ravel(wanted) * 1.0, FLOOR)


def same(got, wanted, tolerance=TOLERANCE):
    """Whether two results agree; what isn't there agrees with nothing."""
    return bool(deviation(got, wanted) <= tolerance)
