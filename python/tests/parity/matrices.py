"""gradus.linalg beside NumPy and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
from harness import Case
from peers import torch

import gradus
from gradus import linalg

DRAW = numpy.random.default_rng(3)
SQUARE = DRAW.normal(size=(2, 4, 4))
TALL = DRAW.normal(size=(2, 5, 3))
POSITIVE = SQUARE @ SQUARE.swapaxes(-1, -2) + numpy.eye(4)
RIGHT = DRAW.normal(size=(2, 4, 3))
VECTOR = DRAW.normal(size=6)
LOWER = numpy.tril(SQUARE) + 2 * numpy.eye(4)


def _case(
    name: str, ours: Any, reference: Any, torch: Any, inputs: Any, derivatives: int = 2, **more: Any
) -> Case:
    more.setdefault("units", 2**14)  # conditions are up to 100
    return Case(name, ours, reference, torch, inputs, derivatives, group="Linear algebra", **more)


def _eigenvalues(a: Any) -> Any:
    """Real and imaginary parts, largest real parts first, positive imaginary ones first."""
    values = numpy.linalg.eigvals(a)
    return [_ordered(values.real, values), _ordered(values.imag, values)]


def _ordered(part: Any, values: Any) -> Any:
    order = numpy.lexsort((-values.imag, -numpy.round(values.real, 9)))
    return numpy.take_along_axis(part, order, -1)


def _torch_eigenvalues(a: Any) -> Any:
    values = torch.linalg.eigvals(a)
    order = torch.tensor(
        numpy.lexsort(
            (-values.imag.detach().numpy(), -numpy.round(values.real.detach().numpy(), 9))
        )
    )
    return [
        torch.take_along_dim(values.real, order, -1),
        torch.take_along_dim(values.imag, order, -1),
    ]


def _symmetric(a: Any) -> Any:
    return (a + a.swapaxes(-1, -2)) / 2


def _root(a: Any) -> Any:
    values, vectors = numpy.linalg.eigh(_symmetric(a))
    return (vectors * numpy.sqrt(values)[..., None, :]) @ vectors.swapaxes(-1, -2)


def _torch_root(a: Any) -> Any:
    values, vectors = torch.linalg.eigh(_symmetric(a))
    return (vectors * values.sqrt()[..., None, :]) @ vectors.mT


def _exponential(a: Any) -> Any:
    """The power series, whose terms fall below rounding for these matrices."""
    total = term = numpy.broadcast_to(numpy.eye(a.shape[-1]), a.shape)
    for order in range(1, 80):
        term = term @ a / order
        total = total + term
    return total


def _lyapunov(a: Any, b: Any) -> Any:
    a = _symmetric(a)
    identity = numpy.eye(4)
    results = []
    for one, other in zip(a, b):
        operator = numpy.kron(one, identity) + numpy.kron(identity, one)
        results.append(numpy.linalg.solve(operator, other.reshape(-1)).reshape(4, 4))
    return numpy.stack(results)


def _torch_lyapunov(a: Any, b: Any) -> Any:
    a, identity = _symmetric(a), torch.eye(4, dtype=a.dtype)
    operators = [torch.kron(one, identity) + torch.kron(identity, one) for one in a]
    solved = [torch.linalg.solve(o, c.reshape(-1)).reshape(4, 4) for o, c in zip(operators, b)]
    return torch.stack(solved)


def _cofactor(a: Any) -> Any:
    return numpy.linalg.det(a)[..., None, None] * numpy.linalg.inv(a).swapaxes(-1, -2)


def _terms(left: Any, right: Any) -> Any:
    """The products of each column of ``left`` with its row of ``right``, free of their signs."""
    return left.swapaxes(-1, -2)[..., :, :, None] * right[..., :, None, :]


def _our_terms(left: Any, right: Any) -> Any:
    columns = gradus.swap_axes(left, -1, -2)
    return gradus.expand_dims(columns, -1) * gradus.expand_dims(right, -2)


def _eigh(linalg: Any) -> Any:
    def values_and_projectors(a: Any) -> Any:
        values, vectors = linalg.eigh(_symmetric(a))
        return values, _terms(vectors, vectors.swapaxes(-1, -2))

    return values_and_projectors


def _our_eigh(a: Any) -> Any:
    values, vectors = linalg.eigh(a)
    return values, _our_terms(vectors, gradus.swap_axes(vectors, -1, -2))


def _svd(linalg: Any) -> Any:
    def values_and_terms(a: Any) -> Any:
        u, s, vh = linalg.svd(a, full_matrices=False)
        return s, _terms(u, vh)

    return values_and_terms


def _our_svd(a: Any) -> Any:
    u, s, vh = linalg.svd(a)
    return s, _our_terms(u, vh)


def _lu(a: Any) -> Any:
    """L, U and the order of rows of one matrix, with partial pivoting: Doolittle's loops."""
    rows, lower, upper = numpy.arange(len(a)), numpy.eye(len(a)), a.copy()
    for step in range(len(a)):
        pivot = step + int(numpy.argmax(numpy.abs(upper[step:, step])))
        upper[[step, pivot]], rows[[step, pivot]] = upper[[pivot, step]], rows[[pivot, step]]
        lower[[step, pivot], :step] = lower[[pivot, step], :step]
        lower[step + 1 :, step] = upper[step + 1 :, step] / upper[step, step]
        upper[step + 1 :] -= lower[step + 1 :, [step]] * upper[[step]]
    return lower, upper, rows


def _torch_lu(a: Any) -> Any:
    p, lower, upper = torch.linalg.lu(a)
    return lower, upper, p.argmax(0)


def _parts_of_projectors(vectors: Any, conjugate: Any) -> Any:
    """Of the orthogonal projections onto each eigenvector, free of its length and phase."""
    projectors = _terms(vectors, conjugate.swapaxes(-1, -2))
    return projectors.real, projectors.imag


def _eig(a: Any) -> Any:
    values, vectors = numpy.linalg.eig(a)
    vectors = vectors[:, numpy.lexsort((-values.imag, -numpy.round(values.real, 9)))]
    return _parts_of_projectors(vectors, vectors.conj())


def _torch_eig(a: Any) -> Any:
    values, vectors = torch.linalg.eig(a)
    parts = values.detach().numpy()
    order = numpy.lexsort((-parts.imag, -numpy.round(parts.real, 9)))
    return _parts_of_projectors(vectors[:, order], vectors[:, order].conj())


def _our_eig(a: Any) -> Any:
    x, y = linalg.eig(a).eigenvectors
    transposed = [gradus.swap_axes(part, -1, -2) for part in (x, y)]
    real = _our_terms(x, transposed[0]) + _our_terms(y, transposed[1])
    return real, _our_terms(y, transposed[0]) - _our_terms(x, transposed[1])


CASES = [
    _case("inverse", linalg.inverse, numpy.linalg.inv, "linalg.inv", [SQUARE]),
    _case("determinant", linalg.determinant, numpy.linalg.det, "linalg.det", [SQUARE]),
    _case("log_determinant", linalg.slogdet, numpy.linalg.slogdet, "linalg.slogdet", [SQUARE]),
    _case("cofactor", gradus.cofactor, _cofactor, lambda a: torch.linalg.det(a)[..., None, None] * torch.linalg.inv(a).mT, [SQUARE]),
    _case("solve", linalg.solve, numpy.linalg.solve, "linalg.solve", [SQUARE, RIGHT]),
    _case("solve_triangular", linalg.solve_triangular, lambda a, b: numpy.linalg.solve(numpy.tril(a), b), lambda a, b: torch.linalg.solve_triangular(a, b, upper=False), [LOWER, RIGHT]),
    _case("solve_triangular transposed", lambda a, b: linalg.solve_triangular(a, b, transposed=True), lambda a, b: numpy.linalg.solve(numpy.tril(a).swapaxes(-1, -2), b), lambda a, b: torch.linalg.solve_triangular(a.mT, b, upper=True), [LOWER, RIGHT]),
    _case("cholesky", linalg.cholesky, lambda a: numpy.linalg.cholesky(_symmetric(a)), lambda a: torch.linalg.cholesky(_symmetric(a)), [POSITIVE]),
    _case("eigvalsh", linalg.eigvalsh, lambda a: numpy.linalg.eigvalsh(_symmetric(a)), lambda a: torch.linalg.eigvalsh(_symmetric(a)), [POSITIVE]),
    _case("eigh", _our_eigh, _eigh(numpy.linalg), lambda a: _eigh(torch.linalg)(a), [POSITIVE]),
    _case("svd", _our_svd, _svd(numpy.linalg), lambda a: _svd(torch.linalg)(a), [TALL]),
    _case("qr", lambda a: _our_terms(*linalg.qr(a)), lambda a: _terms(*numpy.linalg.qr(a)), lambda a: _terms(*torch.linalg.qr(a)), [TALL]),
    _case("lu", lambda a: list(linalg.lu(a)), _lu, _torch_lu, [SQUARE[0]]),
    _case("eig", _our_eig, _eig, _torch_eig, [SQUARE[0]]),
    _case("svdvals", linalg.svdvals, numpy.linalg.svdvals, "linalg.svdvals", [TALL]),
    _case("eigvals", lambda a: list(linalg.eigvals(a)), _eigenvalues, _torch_eigenvalues, [SQUARE]),
    _case("pseudo_inverse", linalg.pinv, numpy.linalg.pinv, "linalg.pinv", [TALL]),
    _case("matrix_power", lambda a: linalg.matrix_power(a, -3), lambda a: numpy.linalg.matrix_power(a, -3), lambda a: torch.linalg.matrix_power(a, -3), [SQUARE]),
    _case("matrix_exp", linalg.matrix_exp, _exponential, "linalg.matrix_exp", [SQUARE]),
    _case("matrix_sqrt", linalg.matrix_sqrt, _root, _torch_root, [POSITIVE]),
    _case("solve_lyapunov", linalg.solve_lyapunov, _lyapunov, _torch_lyapunov, [POSITIVE, SQUARE]),
    _case("least_squares", lambda a, b: linalg.lstsq(a, b).x, lambda a, b: numpy.linalg.lstsq(a, b)[0], lambda a, b: torch.linalg.lstsq(a, b[:, None]).solution[:, 0], [TALL[0], DRAW.normal(size=5)]),
    _case("norm", linalg.norm, numpy.linalg.norm, "linalg.norm", [VECTOR]),
    _case("norm 3", lambda x: linalg.norm(x, 3), lambda x: numpy.linalg.norm(x, 3), lambda x: torch.linalg.norm(x, 3), [VECTOR]),
    _case("norm 1 of a matrix", lambda x: linalg.norm(x, 1, (-2, -1)), lambda x: numpy.linalg.norm(x, 1, (-2, -1)), lambda x: torch.linalg.norm(x, 1, (-2, -1)), [TALL]),
    _case("norm nuc", lambda x: linalg.norm(x, "nuc"), lambda x: numpy.linalg.norm(x, "nuc"), lambda x: torch.linalg.norm(x, "nuc"), [TALL[0]]),
    _case("norm inf along an axis", lambda x: linalg.norm(x, numpy.inf, 1), lambda x: numpy.linalg.norm(x, numpy.inf, 1), lambda x: torch.linalg.norm(x, numpy.inf, 1), [TALL]),
    _case("cond", linalg.cond, numpy.linalg.cond, "linalg.cond", [SQUARE]),
    _case("cond 1", lambda a: linalg.cond(a, 1), lambda a: numpy.linalg.cond(a, 1), lambda a: torch.linalg.norm(a, 1, (-2, -1)) * torch.linalg.norm(torch.linalg.inv(a), 1, (-2, -1)), [SQUARE]),
    _case("trace", linalg.trace, lambda a: numpy.trace(a, axis1=-2, axis2=-1), lambda a: a.diagonal(dim1=-2, dim2=-1).sum(-1), [SQUARE]),
    _case("triu", lambda a: linalg.triu(a, 1), lambda a: numpy.triu(a, 1), lambda a: torch.triu(a, 1), [SQUARE]),
]  # fmt: skip
