"""gradus.optimize and derivatives by differences against published problems and closed forms."""

from __future__ import annotations

import math

import numpy
import pytest

import gradus
from gradus import autodiff, optimize

METHODS = ["gradient_descent", "conjugate_gradient", "bfgs", "lbfgs", "newton", "newton_cg"]


def rosenbrock(x: gradus.Tensor) -> gradus.Tensor:
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


@pytest.mark.parametrize("method", METHODS[1:])
def test_every_method_finds_the_minimum_of_rosenbrock(method: str) -> None:
    seen: list[float] = []
    found = optimize.minimize(
        rosenbrock,
        numpy.array([-1.2, 1.0]),
        method,
        record="path",
        observe=lambda point: seen.append(point.value),
    )
    assert found.converged and found.reason == "gradient"
    numpy.testing.assert_allclose(found.x.numpy(), [1, 1], atol=1e-5)
    assert seen == [point.value for point in found.path] and len(seen) == found.iterations + 1
    assert seen[0] == pytest.approx(24.2, rel=1e-14)
    assert "converged" in repr(found)


def test_several_arguments_and_own_gradients() -> None:
    def f(arguments: list[gradus.Tensor]) -> gradus.Tensor:
        a, b = arguments
        return gradus.sum(gradus.square(a - 2)) + gradus.square(b + 1)

    start = [gradus.zeros([2, 2], gradus.f64), numpy.array(5.0)]
    for found in (
        optimize.minimize(f, start),
        optimize.minimize(gradus.value_and_grad(f), start, returns_gradients=True),
    ):
        numpy.testing.assert_allclose(found.arguments[0].numpy(), numpy.full((2, 2), 2), atol=1e-6)
        assert float(found.arguments[1]) == pytest.approx(-1, abs=1e-6)
    single = optimize.minimize(
        gradus.value_and_grad(rosenbrock), [0.0, 0.0], "newton", returns_gradients=True
    )
    numpy.testing.assert_allclose(single.x.numpy(), [1, 1], atol=1e-6)


def test_functions_that_return_something_else_are_named() -> None:
    def forgets_to_return(x: gradus.Tensor) -> None:
        gradus.sum(x)

    with pytest.raises(TypeError, match=r"forgets_to_return\(\) returned None, where a tensor"):
        optimize.minimize(forgets_to_return, [1.0])
    with pytest.raises(TypeError, match="returned a value of type int, where a tensor"):
        optimize.minimize_projected(lambda x: 1, lambda x: x, [1.0])
    with pytest.raises(TypeError, match="where a pair of tensors is wanted"):
        optimize.minimize(rosenbrock, [1.0, 1.0], returns_gradients=True)
    with pytest.raises(gradus.Error, match='method is one of "gradient_descent"'):
        optimize.minimize(rosenbrock, [1.0, 1.0], "simplex")
    with pytest.raises(ZeroDivisionError):
        optimize.minimize(lambda x: 1 / 0, [1.0])
    with pytest.raises(gradus.Error):
        optimize.minimize(lambda x: gradus.sum(x) * math.nan, [1.0])
    with pytest.raises(gradus.Error):
        optimize.minimize(rosenbrock, gradus.tensor([1, 2]))


def test_least_squares_fits_published_data() -> None:
    # Misra1a of NIST's Statistical Reference Datasets, certified values.
    y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47,
         81.78]  # fmt: skip
    x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1,
         760.0]  # fmt: skip
    at, seen = gradus.tensor(x, gradus.f64), gradus.tensor(y, gradus.f64)
    fit = optimize.minimize_least_squares(
        lambda b: b[0] * (1 - gradus.exp(-b[1] * at)) - seen, [500.0, 0.0001]
    )
    assert fit.converged
    numpy.testing.assert_allclose(fit.x.numpy(), [2.3894212918e02, 5.5015643181e-04], rtol=1e-8)
    numpy.testing.assert_allclose(
        fit.standard_errors.numpy(), [2.7070075241e00, 7.2668688436e-06], rtol=1e-7
    )
    assert fit.sum_of_squares == pytest.approx(1.2455138894e-01, rel=1e-9)


def test_constraints_have_their_multipliers() -> None:
    # Hock and Schittkowski 1981, problem 35: minimum 1/9 at (4/3, 7/9, 4/9).
    def f(x: gradus.Tensor) -> gradus.Tensor:
        return (
            9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2
            + 2 * x[0] * x[1] + 2 * x[0] * x[2]
        )  # fmt: skip

    def limits(x: gradus.Tensor) -> gradus.Tensor:
        return gradus.concatenate([-x, gradus.reshape(x[0] + x[1] + 2 * x[2] - 3, [1])])

    found = optimize.minimize_constrained(f, [0.5, 0.5, 0.5], at_most_zero=limits)
    assert found.converged and found.equality_multipliers is None
    assert found.value == pytest.approx(1 / 9, abs=1e-5)
    numpy.testing.assert_allclose(found.x.numpy(), [4 / 3, 7 / 9, 4 / 9], atol=1e-5)
    at_end = optimize.kkt_residuals(
        f, found.x, at_most_zero=limits, inequality_multipliers=found.inequality_multipliers
    )
    assert at_end.largest == pytest.approx(found.residuals.largest, abs=1e-9) and (
        at_end.largest < 1e-5
    )


def test_projections() -> None:
    x = numpy.array([3.0, 4.0])
    numpy.testing.assert_allclose(optimize.project_onto_l2_ball(x, 1.0).numpy(), [0.6, 0.8])
    numpy.testing.assert_allclose(optimize.project_onto_l1_ball(x, 1.0).numpy(), [0, 1])
    numpy.testing.assert_allclose(optimize.project_onto_linf_ball(x, 1.0).numpy(), [1, 1])
    numpy.testing.assert_allclose(optimize.project_onto_box([-1.0, 9.0], 0, 1).numpy(), [0, 1])
    numpy.testing.assert_allclose(optimize.project_onto_simplex([0.5, 0.5, 3.0]).numpy(), [0, 0, 1])
    numpy.testing.assert_allclose(optimize.project_onto_nonnegative([-1.0, 2.0]).numpy(), [0, 2])
    found = optimize.minimize_projected(
        lambda p: gradus.sum(gradus.square(p - gradus.tensor(x))),
        optimize.project_onto_simplex,
        [0.5, 0.5],
    )
    assert found.converged
    numpy.testing.assert_allclose(found.x.numpy(), [0, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("method", "error"), [("forward", 1e-6), ("central", 1e-9), ("richardson", 1e-12)]
)
def test_differences_take_functions_of_numpy(method: str, error: float) -> None:
    x = numpy.array([0.3, 1.7])
    found = autodiff.numerical_derivative(lambda x: numpy.sin(numpy.asarray(x)), x, method)
    assert found.value.shape == (2, 2)
    assert numpy.abs(found.value.numpy() - numpy.diag(numpy.cos(x))).max() < error
    assert (found.error is None) == (method != "richardson")
    assert float(autodiff.numerical_derivative(math.exp, 0.0, method).value) == pytest.approx(
        1, abs=error
    )
    with pytest.raises(TypeError, match="returned None"):
        autodiff.numerical_derivative(lambda x: None, x, method)


def test_a_wrong_gradient_is_found() -> None:
    right = gradus.check_gradients(lambda x: gradus.sum(gradus.sin(x)), numpy.ones((2, 3)))
    assert right and right.checked == 6 and not right.failures

    def rounded(arguments: list[gradus.Tensor]) -> gradus.Tensor:
        x, y = arguments
        return gradus.sum(x * gradus.stop_gradient(y))

    wrong = gradus.check_gradients(rounded, [numpy.array([2.0]), numpy.array([3.0])])
    assert [failure.input for failure in wrong.failures] == [1]
    with pytest.raises(gradus.Error):
        gradus.check_gradients(rounded, gradus.tensor([1]))
    kink = gradus.check_gradients(lambda x: gradus.sum(gradus.relu(x)), [0.0, 1.0])
    assert not kink.passed and kink.worst.index == (0,) and len(kink.failures) == 1
    assert kink.worst.numeric == pytest.approx(0.5) and "differ" in repr(kink)
    assert kink.worst.error == pytest.approx(0.5)
