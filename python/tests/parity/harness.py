"""One case of one operation, and the comparisons that every case goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from peers import array, is_floating, listed, torch, twin
from record import compare

import gradus

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A call of an operation and the same call elsewhere.

    Attributes:
        name: of the test; begins with the operation's name.
        ours: of tensors.
        numpy: of arrays, or None where NumPy has nothing to compare with.
        torch: of PyTorch's tensors, or the path of the function, or None.
        inputs: float64 arrays, which are differentiated by, and others.
        derivatives: how many orders are compared.
        units: how many units in the last place values may differ by; gradients by 16 times as many,
            second gradients by 256 times.
        torch_error: allowed beside PyTorch in double precision where PyTorch is less accurate, which
            differences.py then says.
        group: the line of docs/parity.md.
    """

    name: str
    ours: Function
    numpy: Function | None
    torch: Function | str | None
    inputs: Sequence[Any]
    derivatives: int = 2
    units: float = 64
    torch_error: float = 0.0
    group: str = "Operations with attributes"

    def __str__(self) -> str:
        return self.name


_PRECISIONS = ((numpy.float64, "f64", 2.0**-52), (numpy.float32, "f32", 2.0**-23))


def arrays_of(case: Case, dtype: Any) -> list[Any]:
    """The inputs with floating ones rounded to ``dtype``."""
    return [x.astype(dtype) if is_floating(x) else x for x in map(numpy.asarray, case.inputs)]


def weights_like(values: Sequence[Any]) -> list[Any]:
    """Weights that make one number of several arrays, so that no gradient vanishes by symmetry."""
    return [
        numpy.cos(numpy.arange(value.size, dtype=float)).reshape(value.shape) for value in values
    ]


def reference_of(case: Case) -> Function:
    """NumPy's function as a list of results."""
    assert case.numpy is not None
    function = case.numpy
    return lambda *x: listed(function(*x))


def check_values_of_numpy(case: Case) -> None:
    """Values in double and single precision against NumPy's in double precision."""
    for dtype, label, unit in _PRECISIONS:
        arrays = arrays_of(case, dtype)
        wanted = reference_of(case)(*(x.astype(float) if is_floating(x) else x for x in arrays))
        actual = listed(case.ours(*map(gradus.tensor, arrays)))
        assert len(actual) == len(wanted)
        for one, other in zip(actual, wanted):
            compare((case.group, "NumPy", f"values, {label}"), one, other, case.units * unit)


def _views(x: Any) -> Iterator[Any]:
    """Tensors equal to an array whose storage is not row by row."""
    if x.ndim:
        wide = numpy.repeat(x[..., ::-1], 2, axis=-1)
        yield gradus.tensor(wide)[..., ::-2]
    if x.ndim > 1:
        yield gradus.swap_axes(gradus.tensor(x.swapaxes(0, -1)), 0, -1)


def check_views(case: Case) -> None:
    """Values of views are those of copies; in double precision."""
    arrays = arrays_of(case, numpy.float64)
    wanted = listed(case.ours(*map(gradus.tensor, arrays)))
    for place, x in enumerate(arrays):
        for view in _views(x):
            given: list[Any] = list(map(gradus.tensor, arrays))
            given[place] = view
            for one, other in zip(listed(case.ours(*given)), wanted):
                error = case.units * 2.0**-52
                compare((case.group, "copies", "values of views, f64"), one, other, error)


def _of_ours(case: Case) -> Function:
    """The weighted sum of the floating results."""

    def total(*x: Any) -> Any:
        results = [y for y in listed(case.ours(*x)) if is_floating(y)]
        weights = weights_like([numpy.empty(tuple(y.shape)) for y in results])
        return sum(gradus.sum(y * gradus.tensor(w)) for y, w in zip(results, weights))

    return total


def _of_numpy(case: Case) -> Function:
    def total(*x: Any) -> float:
        results = [numpy.asarray(y) for y in reference_of(case)(*x)]
        results = [y for y in results if is_floating(y)]
        return float(sum(numpy.sum(y * w) for y, w in zip(results, weights_like(results))))

    return total


def _variables(case: Case) -> list[int]:
    return [place for place, x in enumerate(case.inputs) if is_floating(x)]


def _directions(arrays: Sequence[Any], variables: Sequence[int]) -> list[Any]:
    draw = numpy.random.default_rng(17)
    return [draw.uniform(-1, 1, arrays[place].shape) for place in variables]


def gradients_of_ours(case: Case) -> tuple[list[Any], list[Any]]:
    """Gradients by every floating input, and those of their product with a direction."""
    arrays = arrays_of(case, numpy.float64)
    tensors = [gradus.tensor(x) for x in arrays]
    variables = _variables(case)
    first = gradus.grad(_of_ours(case), variables)
    gradients = list(first(*tensors))
    if case.derivatives < 2:
        return gradients, []
    directions = [gradus.tensor(v) for v in _directions(arrays, variables)]

    def along(*x: Any) -> Any:
        return sum(gradus.sum(g * v) for g, v in zip(first(*x), directions))

    return gradients, list(gradus.grad(along, variables)(*tensors))


def check_derivatives_of_numpy(case: Case) -> None:
    """Gradients against central differences of NumPy's function (in double precision), the second
    derivative along one direction against a second difference of fourth order.
    """
    arrays = arrays_of(case, numpy.float64)
    variables, total = _variables(case), _of_numpy(case)
    gradients, products = gradients_of_ours(case)

    def moved(directions: Sequence[Any], step: float) -> float:
        x = list(arrays)
        for place, direction in zip(variables, directions):
            x[place] = arrays[place] + step * direction
        return total(*x)

    for place, gradient in zip(variables, gradients):
        wanted = numpy.zeros(arrays[place].shape)
        for index in numpy.ndindex(wanted.shape):
            direction = [numpy.zeros(arrays[other].shape) for other in variables]
            direction[variables.index(place)][index] = 1.0
            ends = [moved(direction, step) for step in (-2e-4, -1e-4, 1e-4, 2e-4)]
            wanted[index] = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / 12e-4
        scale = max(1.0, float(numpy.abs(wanted).max(initial=0.0)))
        compare((case.group, "NumPy", "gradients, f64"), gradient, wanted, 1e-7, scale)
    if case.derivatives < 2:
        return
    direction = _directions(arrays, variables)
    h = 2e-3
    ends = [moved(direction, step * h) for step in (-2, -1, 0, 1, 2)]
    wanted = numpy.dot([-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12], ends) / h**2
    found = sum(float(numpy.sum(array(p) * v)) for p, v in zip(products, direction))
    compare((case.group, "NumPy", "second gradients, f64"), found, wanted, 1e-5)


def check_against_torch(case: Case) -> None:
    """Values in single and double precision, gradients and second gradients in double precision."""
    function = twin(case.torch)
    for dtype, label, unit in _PRECISIONS:
        arrays = arrays_of(case, dtype)
        wanted = listed(function(*map(torch.tensor, arrays)))
        actual = listed(case.ours(*map(gradus.tensor, arrays)))
        assert len(actual) == len(wanted)
        for one, other in zip(actual, wanted):
            assert str(one.dtype).split(".")[-1] == _SHORT[str(other.dtype)]
            scale = max(1.0, float(numpy.abs(array(other).astype(float)).max(initial=0.0)))
            scale = scale if numpy.isfinite(scale) else 1.0
            error = max(case.units * unit, case.torch_error)
            compare((case.group, "PyTorch", f"values, {label}"), one, other, error, scale)
    if case.derivatives:
        _check_derivatives_of_torch(case, function)


_SHORT = {
    "torch.float32": "f32", "torch.float64": "f64", "torch.int64": "i64", "torch.int32": "i32",
    "torch.bool": "boolean", "torch.uint8": "u8",
}  # fmt: skip


def _check_derivatives_of_torch(case: Case, function: Function) -> None:
    arrays, variables = arrays_of(case, numpy.float64), _variables(case)
    tensors = [torch.tensor(x, requires_grad=is_floating(x)) for x in arrays]
    leaves = [tensors[place] for place in variables]
    results = [y for y in listed(function(*tensors)) if y.is_floating_point()]
    weights = weights_like([numpy.empty(tuple(y.shape)) for y in results])
    total = sum((y * torch.tensor(w)).sum() for y, w in zip(results, weights))
    wanted = torch.autograd.grad(total, leaves, create_graph=True, materialize_grads=True)
    gradients, products = gradients_of_ours(case)
    for one, other in zip(gradients, wanted):
        other = array(other)
        scale = max(1.0, float(numpy.abs(other).max(initial=0.0)))
        kind = (case.group, "PyTorch", "gradients, f64")
        error = max(16 * case.units * 2.0**-52, case.torch_error)
        compare(kind, one, other, error, scale)
    if case.derivatives < 2:
        return
    along = sum((g * torch.tensor(v)).sum() for g, v in zip(wanted, _directions(arrays, variables)))
    if along.requires_grad:
        second = torch.autograd.grad(along, leaves, materialize_grads=True)
    else:
        second = [torch.zeros_like(x) for x in leaves]
    for one, other in zip(products, second):
        other = array(other)
        scale = max(1.0, float(numpy.abs(other).max(initial=0.0)))
        kind = (case.group, "PyTorch", "second gradients, f64")
        error = max(256 * case.units * 2.0**-52, case.torch_error)
        compare(kind, one, other, error, scale)
