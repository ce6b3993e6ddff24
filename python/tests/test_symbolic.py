"""gradus.symbolic against closed forms; the library's tests have the rest."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy
import pytest

import gradus
from gradus import symbolic
from gradus.symbolic import Expression, parse


def test_formulas_are_made_of_python_numbers_and_operators() -> None:
    x = Expression.variable("x")
    assert str(symbolic.simplify(2 * x + x * Fraction(1, 2))) == "5*x/2"
    assert str(symbolic.simplify(x**0.5 * x**0.5)) == "x"
    assert symbolic.simplify(0.1 * x + 0.2 * x) == symbolic.simplify(Fraction(3, 10) * x)
    assert (1 - x / 2, -x, +x) == (1 - x / 2, -x, x)
    assert str(2**x) == "2^x"
    assert Expression(3).number == 3 and Expression(Fraction(1, 3)).number == Fraction(1, 3)
    assert Expression(numpy.int64(4)) == 4 and float(Expression(math.pi).number) == math.pi
    assert parse("x + y") != parse("y + x") and hash(parse("x*y")) == hash(parse("x * y"))
    assert parse("sin(x)").name == "sin" and parse("sin(x)").operands == [x]
    assert parse("b*a + pi").variables == ["a", "b"]


def test_expressions_can_be_pickled_and_shown() -> None:
    for text in ("x^2*sin(x) - 3/(x + y)", "-x^2", "sqrt(x)", "2^(x - 1)"):
        e = parse(text)
        assert pickle.loads(pickle.dumps(e)) == e
    assert parse("x^2")._repr_latex_() == "$x^{2}$"


def test_what_is_no_expression_is_refused() -> None:
    x = Expression.variable("x")
    with pytest.raises(TypeError, match="unsupported operand"):
        x + "y"
    with pytest.raises(TypeError, match="cannot be made of dict"):
        symbolic.simplify({})
    with pytest.raises(ValueError, match="finite"):
        x * math.nan
    with pytest.raises(ValueError, match="finite"):
        x * math.inf
    with pytest.raises(gradus.Error, match="column"):
        parse("x +* 2")
    with pytest.raises(gradus.Error):
        symbolic.evaluate("x + y", {"x": 1.0})
    with pytest.raises(gradus.Error, match="2 tensors, not of 1"):
        symbolic.as_function("x*y", ["x", "y"])([1.0])
    with pytest.raises(TypeError):
        symbolic.evaluate_number("x", {"x": "text"})


def test_derivatives_agree_with_closed_forms() -> None:
    assert str(symbolic.derivative("x^2*sin(x)", "x")) == "x^2*cos(x) + 2*x*sin(x)"
    assert str(symbolic.derivative("exp(2*x)", "x", 3)) == "8*exp(2*x)"
    assert [str(e) for e in symbolic.gradient("x^2*y", ["x", "y"])] == ["2*x*y", "x^2"]
    assert symbolic.evaluate_number("sin(x)^2 + y", {"x": 0.3, "y": 2}) == pytest.approx(
        math.sin(0.3) ** 2 + 2, rel=1e-15
    )
    # Squire and Trapp 1998: e^x / (sin(x)^3 + cos(x)^3) at 1.5
    found = symbolic.complex_step("exp(x)/(sin(x)^3 + cos(x)^3)", "x", {"x": 1.5})
    s, c = math.sin(1.5), math.cos(1.5)
    below = s**3 + c**3
    wanted = math.exp(1.5) * (below - 3 * s * s * c + 3 * c * c * s) / below**2
    assert found == pytest.approx(wanted, rel=1e-14)


def test_formulas_are_evaluated_on_arrays_and_differentiated_as_functions() -> None:
    x = numpy.linspace(0.1, 2.0, 7)
    found = symbolic.evaluate("log(x) * y", {"x": x, "y": gradus.tensor(2.0, gradus.f64)})
    numpy.testing.assert_allclose(found.numpy(), 2 * numpy.log(x), rtol=1e-14)
    f = symbolic.as_function("x*y^2", ["x", "y"])
    at = [gradus.tensor(3.0), gradus.tensor(2.0)]
    assert float(f(at)) == 12
    assert [float(g) for g in gradus.grad(f)(at)] == [4, 12]
    assert float(gradus.grad(symbolic.as_function("x^3", "x"))(gradus.tensor(2.0))) == 12


def test_common_parts_are_shared() -> None:
    shared = symbolic.share_subexpressions(["sin(x)^2 + sin(x)", "sin(x)*y"])
    assert {name: str(part) for name, part in shared.parts.items()} == {"t1": "sin(x)"}
    assert shared.to_string(["f", "g"]).splitlines()[0] == "t1 = sin(x)"
    assert symbolic.count_operations("sin(x)*sin(x)").written_out == 3
    assert symbolic.count_operations("sin(x)*sin(x)").distinct == 2
    assert str(symbolic.substitute("x^2", "x", "y + 1")) == "(y + 1)^2"
    assert str(symbolic.expand("(x + 1)^2")) == "x^2 + 2*x + 1"
