"""Linear algebra: batched over leading axes, differentiable, by LAPACK.

The names are those of the C++ library, and NumPy's and SciPy's beside them (``inv``, ``det``,
``lstsq``, ``norm``, ``expm``, ...). There are no complex tensors: ``eig`` gives real and imaginary
parts.

>>> q, r = qr(gradus.tensor([[3.0, 0.0], [4.0, 5.0]]))
>>> bool(gradus.all(gradus.absolute(q @ r - gradus.tensor([[3.0, 0.0], [4.0, 5.0]])) < 1e-5))
True
>>> round(float(det(gradus.tensor([[1.0, 2.0], [3.0, 4.0]]))), 5)
-2.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Literal, NamedTuple, overload

from . import _core
from ._core import (  # noqa: F401
    Tensor,
    diagonal,
    diagonal_matrix,
    gram,
    lower_triangle,
    matmul,
    matrix_transpose,
    outer,
    upper_triangle,
)
from ._core import _linalg as _bound
from ._core._linalg import (  # noqa: F401
    Pca,
    cholesky,
    cholesky_solve,
    column_vector,
    compose,
    condition_number,
    cosine_similarity,
    determinant,
    distance,
    eigvalsh,
    inverse,
    is_column,
    is_diagonal,
    is_identity,
    is_lower_triangular,
    is_orthogonal,
    is_positive_definite,
    is_row,
    is_singular,
    is_square,
    is_symmetric,
    is_upper_triangular,
    is_zero,
    low_rank,
    matrix_exp,
    matrix_log,
    matrix_power,
    matrix_sqrt,
    pca,
    pseudo_inverse,
    random_orthogonal,
    random_positive_definite,
    random_symmetric,
    rank,
    row_vector,
    solve,
    solve_lyapunov,
    solve_positive_definite,
    solve_triangular,
    spectral_radius,
    svdvals,
    symmetric_function,
    symmetric_part,
    trace,
)


class ComplexParts(NamedTuple):
    """Complex numbers as two tensors of one shape."""

    real: Tensor
    imaginary: Tensor


class EigResult(NamedTuple):
    eigenvalues: ComplexParts
    eigenvectors: ComplexParts


class EighResult(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor


class SVDResult(NamedTuple):
    U: Tensor
    S: Tensor
    Vh: Tensor


class QRResult(NamedTuple):
    Q: Tensor
    R: Tensor


class PivotedQRResult(NamedTuple):
    Q: Tensor
    R: Tensor
    permutation: Tensor


class LUResult(NamedTuple):
    L: Tensor
    U: Tensor
    permutation: Tensor


class SlogdetResult(NamedTuple):
    sign: Tensor
    logabsdet: Tensor


class CovarianceResult(NamedTuple):
    mean: Tensor
    matrix: Tensor


class LeastSquaresResult(NamedTuple):
    coefficients: Tensor
    intercept: Tensor | None
    residuals: Tensor
    residual_sum_of_squares: Tensor
    rank: Tensor
    standard_errors: Tensor | None
    intercept_error: Tensor | None


class LstsqResult(NamedTuple):
    x: Tensor
    residuals: Tensor
    rank: Tensor
    s: Tensor


def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors of any square matrix that has a basis of them.

    >>> eig([[0.0, -1.0], [1.0, 0.0]]).eigenvalues.imaginary.tolist()
    [1.0, -1.0]
    """
    values, vectors = _bound.eig(a)
    return EigResult(ComplexParts(*values), ComplexParts(*vectors))


def eigvals(a: Any) -> ComplexParts:
    """Eigenvalues of any square matrix, largest real parts first.

    >>> eigvals([[1.0, 2.0], [0.0, 3.0]]).real.tolist()
    [3.0, 1.0]
    """
    return ComplexParts(*_bound.eigvals(a))


def eigh(a: Any) -> EighResult:
    """Ascending eigenvalues and orthonormal eigenvectors of the symmetric part of a.

    >>> eigh([[2.0, 0.0], [0.0, 1.0]]).eigenvalues.tolist()
    [1.0, 2.0]
    """
    return EighResult(*_bound.eigh(a))


@overload
def svd(
    a: Any, full_matrices: bool = ..., compute_uv: Literal[True] = ..., hermitian: bool = ...
) -> SVDResult: ...
@overload
def svd(
    a: Any, full_matrices: bool = ..., *, compute_uv: Literal[False], hermitian: bool = ...
) -> Tensor: ...
def svd(
    a: Any, full_matrices: bool = False, compute_uv: bool = True, hermitian: bool = False
) -> SVDResult | Tensor:
    """U, S and Vh of a = U diag(S) Vh; thin unless ``full_matrices``, unlike NumPy's.

    >>> svd([[3.0, 0.0], [0.0, 4.0]]).S.tolist()
    [4.0, 3.0]
    """
    if hermitian:
        raise ValueError("svd has no method of its own for symmetric matrices: see eigh")
    return SVDResult(*_bound.svd(a, full_matrices)) if compute_uv else svdvals(a)


def truncated_svd(a: Any, k: int) -> SVDResult:
    """The k largest singular values and their vectors."""
    return SVDResult(*_bound.truncated_svd(a, k))


def randomized_svd(
    key: _core.Key, a: Any, k: int, oversampling: int = 10, iterations: int = 4
) -> SVDResult:
    """Nearly truncated_svd(), from products with a few random vectors."""
    return SVDResult(*_bound.randomized_svd(key, a, k, oversampling, iterations))


@overload
def qr(a: Any, mode: Literal["r"]) -> Tensor: ...
@overload
def qr(a: Any, mode: str = ...) -> QRResult: ...
def qr(a: Any, mode: str = "reduced") -> QRResult | Tensor:
    """Q with orthonormal columns and the upper triangle R of a = Q R; "r" gives R alone.

    >>> abs(qr([[3.0], [4.0]], "r")).tolist()
    [[5.0]]
    """
    if mode == "r":
        return _bound.qr(a, "reduced")[1]
    return QRResult(*_bound.qr(a, mode))


def pivoted_qr(a: Any, mode: str = "reduced") -> PivotedQRResult:
    """Q R = a[:, permutation], R's diagonal descending in magnitude."""
    return PivotedQRResult(*_bound.pivoted_qr(a, mode))


def lu(a: Any) -> LUResult:
    """L U = a[permutation], with partial pivoting.

    >>> lu([[0.0, 1.0], [2.0, 3.0]]).permutation.tolist()
    [1, 0]
    """
    return LUResult(*_bound.lu(a))


def log_determinant(a: Any) -> SlogdetResult:
    """The sign of the determinant and the logarithm of its magnitude.

    >>> log_determinant([[0.0, 1.0], [1.0, 0.0]]).sign.tolist()
    -1.0
    """
    return SlogdetResult(*_bound.log_determinant(a))


def covariance(x: Any) -> CovarianceResult:
    """The mean and the covariance, with 1 / (n - 1), of rows (n, d)."""
    return CovarianceResult(*_bound.covariance(x))


def least_squares(
    a: Any,
    b: Any,
    method: str = "qr",
    intercept: bool = False,
    ridge: float = 0.0,
    weights: Any = None,
    cutoff: float = -1.0,
) -> LeastSquaresResult:
    """The x of smallest |b - a x|, by "qr", "svd" or "normal_equations".

    >>> gradus.round(least_squares([[1.0], [1.0]], [1.0, 3.0])[0]).tolist()
    [2.0]
    """
    found = _bound.least_squares(a, b, method, intercept, ridge, weights, cutoff)
    return LeastSquaresResult(*found)


def matrix_function(a: Any, f: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> ComplexParts:
    """v f(diag(w)) v^-1; f takes and gives real and imaginary parts."""
    return ComplexParts(*_bound.matrix_function(a, f))


def vector_norm(
    x: Any, order: float = 2, axes: int | Sequence[int] | None = None, keep_axes: bool = False
) -> Tensor:
    """(sum |x|^order)^(1/order) over axes, all of them by default."""
    return _bound.vector_norm(x, order, axes, keep_axes)


_MATRIX_NORMS: dict[Any, str] = {
    "fro": "frobenius",
    "nuc": "nuclear",
    1: "one",
    2: "spectral",
    inf: "infinity",
}


def _norm_name(order: Any) -> str:
    known = isinstance(order, (str, int, float)) and order in _MATRIX_NORMS
    return _MATRIX_NORMS[order] if known else order if isinstance(order, str) else str(order)


def matrix_norm(a: Any, norm: Any = "frobenius") -> Tensor:
    """The norm of matrices by its name or by NumPy's ``ord``: "fro", "nuc", 1, 2, inf."""
    return _bound.matrix_norm(a, _norm_name(norm))


# NumPy's and SciPy's names.


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """NumPy's: of all elements, of vectors along one axis, of matrices along the last two."""
    x = x if isinstance(x, Tensor) else _core.asarray(x)
    pair = isinstance(axis, tuple) and len(axis) == 2
    if ord is None:
        return vector_norm(x, 2, axis, keepdims)
    if not pair and (axis is not None or x.ndim == 1):
        return vector_norm(x, ord, axis, keepdims)
    if not pair and x.ndim != 2:
        raise ValueError("a norm of order ord needs an axis, or two")
    if pair:
        first, second = (place % x.ndim for place in axis)
        if (first, second) != (x.ndim - 2, x.ndim - 1):
            raise ValueError("matrices lie along the last two axes")
    found = matrix_norm(x, ord)
    return found[..., None, None] if keepdims else found


def lstsq(a: Any, b: Any, rcond: float | None = None) -> LstsqResult:
    """NumPy's: the solution of minimum norm, residual sums of squares, rank, singular values."""
    found = least_squares(a, b, "svd", cutoff=-1.0 if rcond is None else rcond)
    return LstsqResult(found.coefficients, found.residual_sum_of_squares, found.rank, svdvals(a))


def cond(a: Any, p: Any = None) -> Tensor:
    """The condition number; p is NumPy's: None, 1, 2, inf, "fro", "nuc"."""
    return condition_number(a, "spectral" if p is None else _norm_name(p))


def pinv(a: Any, rcond: float | None = None) -> Tensor:
    """Moore and Penrose's inverse."""
    return pseudo_inverse(a, -1.0 if rcond is None else rcond)


def matrix_rank(a: Any, rtol: float | None = None) -> Tensor:
    """The number of singular values above rtol times the largest."""
    return rank(a, -1.0 if rtol is None else rtol)


inv = inverse
det = determinant
slogdet = log_determinant
expm = matrix_exp
logm = matrix_log
sqrtm = matrix_sqrt
tril = lower_triangle
triu = upper_triangle
