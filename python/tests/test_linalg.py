"""What gradus.linalg returns in parts, and its errors; test_parity_operations.py compares values."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from support import assert_close

import gradus
from gradus import linalg

DRAW = numpy.random.default_rng(3)
SQUARE = DRAW.normal(size=(2, 4, 4))
TALL = DRAW.normal(size=(2, 5, 3))
POSITIVE = SQUARE @ SQUARE.swapaxes(-1, -2) + numpy.eye(4)


def test_factors_compose_the_matrix() -> None:
    q, r = linalg.qr(TALL)
    assert_close(q @ r, TALL, 1e-12, 1e-12)
    found = linalg.svd(TALL)
    assert_close((found.U * found.S[:, None, :]) @ found.Vh, TALL, 1e-12, 1e-12)
    assert linalg.svd(TALL, full_matrices=True).U.shape == (2, 5, 5)
    factors = linalg.lu(SQUARE[0])
    rows = SQUARE[0][numpy.asarray(factors.permutation)]
    assert_close(factors.L @ factors.U, rows, 1e-12, 1e-12)
    pairs = linalg.eigh(POSITIVE)
    assert_close(
        (pairs.eigenvectors * pairs.eigenvalues[:, None, :])
        @ linalg.matrix_transpose(pairs.eigenvectors),
        POSITIVE, 1e-12, 1e-12,
    )  # fmt: skip


def test_general_eigenvalues_come_in_parts() -> None:
    values, vectors = linalg.eig(SQUARE[0])
    w = numpy.asarray(values.real) + 1j * numpy.asarray(values.imaginary)
    v = numpy.asarray(vectors.real) + 1j * numpy.asarray(vectors.imaginary)
    numpy.testing.assert_allclose(SQUARE[0] @ v, v * w, atol=1e-12)
    numpy.testing.assert_allclose(
        numpy.sort_complex(w), numpy.sort_complex(numpy.linalg.eigvals(SQUARE[0])), atol=1e-12
    )


def test_slogdet_and_functions_of_matrices() -> None:
    sign, logarithm = linalg.slogdet(SQUARE)
    wanted = numpy.linalg.slogdet(SQUARE)
    assert_close(sign, wanted.sign)
    assert_close(logarithm, wanted.logabsdet, 1e-10, 1e-12)
    root = linalg.sqrtm(POSITIVE)
    assert_close(root @ root, POSITIVE, 1e-12, 1e-12)
    assert_close(linalg.logm(linalg.expm(linalg.symmetric_part(SQUARE))),
                 (SQUARE + SQUARE.swapaxes(-1, -2)) / 2, 1e-9, 1e-9)  # fmt: skip
    cubed = linalg.symmetric_function(POSITIVE, lambda w: w * w * w)
    assert_close(cubed, POSITIVE @ POSITIVE @ POSITIVE, 1e-10, 1e-9)

    def square(real: Any, imaginary: Any) -> Any:
        return real * real - imaginary * imaginary, 2.0 * real * imaginary

    found = linalg.matrix_function(SQUARE[0], square)
    assert_close(found.real, SQUARE[0] @ SQUARE[0], 1e-10, 1e-10)


def test_least_squares_reports_what_was_fitted() -> None:
    x, y = DRAW.normal(size=(20, 3)), DRAW.normal(size=20)
    fit = linalg.least_squares(x, y, intercept=True, weights=numpy.ones(20))
    design = numpy.c_[x, numpy.ones(20)]
    wanted, squares = numpy.linalg.lstsq(design, y)[:2]
    assert_close(fit.coefficients, wanted[:3], 1e-10, 1e-12)
    assert_close(fit.intercept, wanted[3], 1e-10, 1e-12)
    assert_close(fit.residual_sum_of_squares, squares[0], 1e-10, 1e-12)
    errors = numpy.sqrt(numpy.diag(numpy.linalg.inv(design.T @ design)) * squares[0] / 16)
    assert_close(fit.standard_errors, errors[:3], 1e-10, 1e-12)
    assert int(fit.rank) == 4


def test_pca_and_low_rank() -> None:
    x = DRAW.normal(size=(50, 4)) * [3.0, 2.0, 1.0, 0.1]
    found = linalg.pca(x, 2)
    values = numpy.linalg.eigvalsh(numpy.cov(x.T))[::-1]
    assert_close(found.explained_variance, values[:2], 1e-10, 1e-12)
    assert found.transform(x).shape == (50, 2)
    assert found.inverse_transform(found.transform(x)).shape == (50, 4)
    assert_close(linalg.randomized_svd(gradus.Key(1), x, 4).S, numpy.linalg.svdvals(x), 1e-8)
    assert int(linalg.matrix_rank(linalg.low_rank(x, 2))) == 2


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(gradus.Error, match="singular"):
        linalg.inv(numpy.ones((2, 2))).eval()
    with pytest.raises(gradus.Error, match="square matrices"):
        linalg.det(numpy.ones((2, 3)))
    with pytest.raises(gradus.Error, match='method is one of "qr", "svd", "normal_equations"'):
        linalg.least_squares(numpy.ones((2, 1)), numpy.ones(2), "magic")
    assert linalg.is_singular(numpy.ones((2, 2)))
    assert not linalg.is_singular(numpy.eye(100) * 0.1)
