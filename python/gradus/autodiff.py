"""Derivatives: the transforms, derivatives by differences, and the check of one against the other.

>>> float(grad(gradus.sin)(gradus.tensor(0.0)))
1.0
>>> check_gradients(lambda x: gradus.sum(gradus.tanh(x)), [[0.5, -1.0]]).passed
True
"""

from __future__ import annotations

from ._core import (  # noqa: F401
    CheckedElement,
    GradientCheck,
    NumericalDerivative,
    check_gradients,
    numerical_derivative,
)
from .transforms import (  # noqa: F401
    checkpoint,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
