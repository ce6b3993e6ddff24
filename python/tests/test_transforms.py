"""Derivatives of functions whose derivatives are known, trees, and compiled functions."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
from support import assert_close

import gradus


def test_derivatives_of_a_sine_to_the_fourth_order() -> None:
    function = gradus.sin
    for order, wanted in enumerate(
        (math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin)
    ):
        function = gradus.grad(function)
        assert float(function(gradus.tensor(0.7, gradus.f64))) == pytest.approx(
            wanted(0.7), abs=1e-12
        ), order


def test_gradients_look_like_the_arguments() -> None:
    parameters = {"weight": gradus.ones([2, 2]), "rest": [gradus.ones([2]), (gradus.tensor(2.0),)]}

    def loss(p: Any, x: Any) -> Any:
        return gradus.sum(x @ p["weight"] + p["rest"][0]) * p["rest"][1][0]

    value, gradient = gradus.value_and_grad(loss)(parameters, gradus.ones([3, 2]))
    assert float(value) == 36
    assert gradient["weight"].tolist() == [[6, 6], [6, 6]]
    assert gradient["rest"][0].tolist() == [6, 6]
    assert float(gradient["rest"][1][0]) == 18


def test_several_arguments_give_a_tuple() -> None:
    gradients = gradus.grad(lambda a, b: a * b, (0, 1))(gradus.tensor(2.0), gradus.tensor(5.0))
    assert [float(g) for g in gradients] == [5, 2]


def test_decorated_functions_keep_their_names() -> None:
    @gradus.grad
    def cube(x: Any) -> Any:
        """The third power."""
        return x * x * x

    assert cube.__name__ == "cube" and cube.__doc__ == "The third power."
    assert float(cube(gradus.tensor(2.0))) == 12


def test_jacobian_of_a_linear_map_is_its_matrix() -> None:
    matrix = numpy.arange(6.0).reshape(2, 3)
    jacobian = gradus.jacobian(lambda x: gradus.tensor(matrix) @ x)
    assert_close(jacobian(gradus.ones([3], gradus.f64)), matrix)


def test_hessian_of_a_quadratic_form_is_its_matrix_and_hvp_its_product() -> None:
    matrix = numpy.array([[2.0, 1.0], [1.0, 3.0]])
    form = lambda x: x @ gradus.tensor(matrix) @ x / 2
    x = gradus.tensor([1.0, -1.0], gradus.f64)
    assert_close(gradus.hessian(form)(x), matrix)
    assert_close(gradus.hvp(form, x, gradus.tensor([1.0, 2.0], gradus.f64)), matrix @ [1, 2])


def test_jvp_and_vjp_are_transposes() -> None:
    function = lambda x: gradus.stack([x[0] * x[1], gradus.exp(x[0])])
    x = gradus.tensor([0.5, 2.0], gradus.f64)
    wanted = numpy.array([[2.0, 0.5], [math.exp(0.5), 0.0]])
    _, pullback = gradus.vjp(function, x)
    for row in range(2):
        direction = gradus.tensor(numpy.eye(2)[row])
        assert_close(pullback(direction)[0], wanted[row])
        assert_close(gradus.jvp(function, [x], [direction])[1], wanted[:, row])


def test_checkpoint_calls_its_function_again_for_the_derivative() -> None:
    calls = []

    def function(x: Any) -> Any:
        calls.append(1)
        return gradus.exp(x)

    assert float(gradus.grad(gradus.checkpoint(function))(gradus.tensor(0.0))) == 1
    assert len(calls) >= 2


def test_what_a_function_raises_comes_through() -> None:
    def function(x: Any) -> Any:
        raise KeyError("here")

    for transform in (
        gradus.grad,
        gradus.jacobian,
        gradus.hessian,
        gradus.compile,
        gradus.checkpoint,
    ):
        with pytest.raises(KeyError, match="here"):
            transform(function)(gradus.tensor(1.0))


def test_a_gradient_of_several_elements_is_refused() -> None:
    with pytest.raises(gradus.Error):
        gradus.grad(lambda x: x)(gradus.ones([2]))
    with pytest.raises(TypeError):
        gradus.grad(lambda x: 1.0)(gradus.ones([2]))


def test_compiled_functions_trace_once_for_each_signature() -> None:
    traces = []

    @gradus.compile
    def function(x: Any, options: Any) -> Any:
        traces.append(x.shape)
        return {"twice": x * options["factor"], "sum": gradus.sum(x)}

    for size in (2, 3, 2, 3, 2):
        result = function(gradus.ones([size]), {"factor": gradus.tensor(2.0)})
        assert result["twice"].tolist() == [2] * size and float(result["sum"]) == size
    assert len(traces) == 2


def test_a_value_cannot_be_read_while_a_function_is_traced() -> None:
    with pytest.raises(gradus.Error, match="read"):
        gradus.compile(lambda x: gradus.tensor(float(x)))(gradus.tensor(1.0))


def test_compiled_functions_keep_the_state_they_are_told_of() -> None:
    class Counter(gradus.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.total = gradus.tensor(0.0)

        def forward(self, x: Any) -> Any:
            self.total = self.total + x
            return self.total

    counter = Counter()
    count = gradus.compile(counter, state=counter)
    for wanted in (1, 2, 3):
        assert float(count(gradus.tensor(1.0))) == wanted
    assert float(counter.total) == 3


def test_a_compiled_module_computes_with_the_parameters_it_has() -> None:
    model = gradus.nn.Conv2d(32, 32, 3, padding=1)
    compiled = gradus.compile(model)
    x = gradus.ones([1, 32, 16, 16])
    for factor in (1.0, 2.0, 0.5):
        model.weight = model.weight * factor
        for _ in range(2):
            assert compiled(x).tolist() == model(x).tolist()


def test_arrays_and_floats_are_differentiated_like_tensors() -> None:
    def cube(x: gradus.Tensor) -> gradus.Tensor:
        return gradus.sum(x**3)

    assert float(gradus.grad(cube)(2.0)) == 12.0
    found = gradus.grad(cube)(numpy.array([1.0, 2.0]))
    assert isinstance(found, gradus.Tensor) and found.dtype == gradus.f64
    assert found.tolist() == [3.0, 12.0]
    assert gradus.hessian(cube)(numpy.array([1.0])).tolist() == [[6.0]]
    assert gradus.jvp(cube, [2.0], [1.0])[1].tolist() == 12.0
    assert gradus.vjp(cube, numpy.array([2.0]))[1](gradus.tensor(1.0, gradus.f64))[0].tolist() == [
        12.0
    ]
    tree = {"a": 1.0, "b": [numpy.array(2.0)]}
    found = gradus.grad(lambda t: t["a"] * t["b"][0])(tree)
    assert float(found["a"]) == 2.0 and float(found["b"][0]) == 1.0
    for wrong in (1, "text", None, []):
        with pytest.raises(TypeError, match="holds no tensor"):
            gradus.grad(cube)(wrong)
    with pytest.raises(TypeError, match="there is no argument 1 among 1"):
        gradus.grad(cube, 1)(2.0)


def test_compiled_functions_take_arrays() -> None:
    double = gradus.compile(lambda x: x * 2)
    assert double(numpy.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert double(numpy.array([3.0, 4.0])).tolist() == [6.0, 8.0]
