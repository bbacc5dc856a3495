"""The promises of a layer and of a loss, one function each. The tests and the exercise grader call them.

Each takes

- `make`: ``make(dtype)`` returns a new layer or loss of that dtype, always with the same parameters;
- `arrays`: the float64 arguments of its `forward`, away from kinks, ``(x,)`` or ``(scores, targets)``;
- `upstream`: the float64 arguments of its `backward`, ``(grad_output,)``, or ``()`` for a loss;

and raises AssertionError if the promise is broken, with a sentence that says what came out and what was
promised. What `forward` and `backward` themselves raise passes through.
"""

from itertools import product

import numpy as np

from mlpedu.gradient_check import check_layer, check_loss, relative_error

ROUNDING = 1e-10  # two ways to compute the same in float64 differ by less
GRADIENT_TOLERANCE = 1e-7  # a right gradient and central differences differ by less
LARGE = 1e4
DTYPES = np.float32, np.float64


def gives_each_gradient_its_shape(make, arrays, upstream=()):
    """A gradient has the shape of its variable, a loss is one number."""
    component = make(np.float64)
    results = _run(component, arrays, upstream)
    variables = [upstream[0] if upstream else 0.0, arrays[0], *_parameters(component, "data")]
    for (name, result), variable in zip(results.items(), variables, strict=True):
        got, expected = np.shape(result), np.shape(variable)
        none = " (it is None)" if result is None else ""
        _require(got == expected, f"{name} has shape {got}{none}; it must have shape {expected}")


def keeps_dtype(make, arrays, upstream=()):
    """float32 in, float32 out; float64 in, float64 out."""
    for dtype in DTYPES:
        results = _run(make(dtype), _cast(arrays, dtype), _cast(upstream, dtype))
        for name in results.keys() - {"loss"}:
            got, expected = getattr(results[name], "dtype", None), np.dtype(dtype)
            _require(got == expected, f"{name} of {expected} arrays has dtype {got}; it must be {expected}")


def leaves_arguments_unchanged(make, arrays, upstream=()):
    """Neither pass writes into its arguments or the parameters, and what comes out is new memory."""
    component = make(np.float64)
    arrays, upstream = _cast(arrays, np.float64), _cast(upstream, np.float64)
    given = [("an argument of forward", a) for a in arrays]
    given += [("the argument of backward", g) for g in upstream]
    given += [("a parameter", data) for data in _parameters(component, "data")]
    before = [array.copy() for _, array in given]
    results = _run(component, arrays, upstream)
    for (name, array), copy in zip(given, before, strict=True):
        _require(np.array_equal(array, copy), f"{name} was changed; both passes must leave it as it is")
        for result_name, result in results.items():
            shared = isinstance(result, np.ndarray) and np.shares_memory(result, array)
            _require(not shared, f"{result_name} shares memory with {name}; it must be a new array")


def forgets_earlier_batches(make, arrays, upstream=()):
    """The results belong to the last batch, whatever its size, however often `backward` is called for it."""
    used = make(np.float64)
    _run(used, [a[:1] for a in arrays], [g[:1] for g in upstream])
    again, fresh = _run(used, arrays, upstream, backwards=2), _run(make(np.float64), arrays, upstream)
    _require_equal(again, fresh, "differs after earlier passes; backward must set gradients, not add up")


def treats_examples_alone(make, arrays, upstream=()):
    """A batch gives what its examples give one by one. A loss is their mean; a layer never divides by N."""
    gives_each_gradient_its_shape(make, arrays, upstream)
    batch = _run(make(np.float64), arrays, upstream)
    rows = [slice(n, n + 1) for n in range(len(arrays[0]))]
    alone = [_run(make(np.float64), [a[n] for a in arrays], [g[n] for g in upstream]) for n in rows]
    share = 1 if upstream else 1 / len(rows)
    expected = {}
    for name in batch:
        join = np.concatenate if name in ("output", "input gradient") else sum
        expected[name] = join([share * results[name] for results in alone])
    _require_equal(batch, expected, "isn't what the examples give one by one; only a loss divides by N, once")


def reads_any_memory_layout(make, arrays, upstream=()):
    """Transposed and strided arguments give the same as contiguous ones."""
    expected = _run(make(np.float64), arrays, upstream)
    for layout in (np.asfortranarray, lambda a: a.repeat(2, axis=1)[:, ::2], lambda a: a[::-1].copy()[::-1]):
        got = _run(make(np.float64), [layout(a) for a in arrays], [layout(g) for g in upstream])
        _require_equal(got, expected, "depends on the memory layout of the arguments; only values may count")


def refuses_backward_before_forward(make, arrays, upstream=()):
    """`backward` before the first `forward` is a RuntimeError, not some accident further on."""
    raised = None
    try:
        make(np.float64).backward(*upstream)
    except Exception as error:
        raised = error
    # An unfinished exercise raises NotImplementedError, which is a RuntimeError too.
    refused = isinstance(raised, RuntimeError) and not isinstance(raised, NotImplementedError)
    _require(refused, f"backward before forward raised {raised!r}; it must raise RuntimeError")


def gradient_is_right(make, arrays, upstream=()):
    """`backward` agrees with central differences of `forward`."""
    gives_each_gradient_its_shape(make, arrays, upstream)
    component = make(np.float64)
    rng = np.random.default_rng(0)
    errors = check_layer(component, *arrays, rng) if upstream else check_loss(component, *arrays)
    for name, error in errors.items():
        right = error < GRADIENT_TOLERANCE  # False for NaN
        _require(right, f"gradient of {name} is {error:.1e} off central differences; it must be right")


def survives_large_inputs(make, arrays, upstream=()):
    """Inputs of ±1e4 in rows far apart give finite numbers, in both precisions."""
    first, *others = arrays
    apart = np.where(np.arange(len(first)) % 2, -LARGE, LARGE)[:, None]
    for large, dtype in product((LARGE * np.sign(first), first + apart, first - apart), DTYPES):
        results = _run(make(dtype), _cast([large, *others], dtype), _cast(upstream, dtype))
        for name, result in results.items():
            finite = np.isfinite(result).all()
            _require(finite, f"{name} is NaN or infinite for inputs of ±1e4; it must be finite")


PROMISES = (
    gives_each_gradient_its_shape,
    keeps_dtype,
    leaves_arguments_unchanged,
    forgets_earlier_batches,
    treats_examples_alone,
    reads_any_memory_layout,
    refuses_backward_before_forward,
    gradient_is_right,
    survives_large_inputs,
)


def _require(kept, sentence):
    if not kept:
        raise AssertionError(sentence)


def _require_equal(results, expected, sentence):
    for name, value in expected.items():
        equal = np.shape(results[name]) == np.shape(value) and relative_error(results[name], value) < ROUNDING
        _require(equal, f"{name} {sentence}")


def _run(component, arrays, upstream, backwards=1):
    """A forward and a backward pass: everything that comes out, by name."""
    results = {"output" if upstream else "loss": component.forward(*arrays)}
    for _ in range(backwards):
        results["input gradient"] = component.backward(*upstream)
    gradients = _parameters(component, "grad")
    return results | {f"gradient of parameter {i}": gradient for i, gradient in enumerate(gradients)}


def _parameters(component, attribute):
    return [getattr(p, attribute) for p in component.parameters()] if hasattr(component, "parameters") else []


def _cast(arrays, dtype):
    return [a.astype(dtype) for a in arrays]
