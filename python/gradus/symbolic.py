"""Formulas as data: parsed, printed, differentiated, simplified and evaluated.

Numbers are Python's (``int``, ``Fraction``, ``float``), and a text stands for the formula it
writes. A float is the decimal that Python prints for it: ``0.1`` is 1/10.

>>> x = Expression.variable("x")
>>> derivative(x**2 * parse("sin(x)"), "x")
Expression(x^2*cos(x) + 2*x*sin(x))
>>> evaluate("x^2 + y", {"x": [1.0, 2.0], "y": 0.5})
Tensor(f32[2] [1.5, 4.5])
"""

from __future__ import annotations

from ._core._symbolic import *
