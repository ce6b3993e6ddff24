"""Minimisation of any differentiable function, to a tolerance.

Functions take the tensor, or the list of tensors, that the minimisation starts from. Plain numbers
and lists of them are read in f64. The result prints as the reason why it stopped.

>>> rosenbrock = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
>>> found = minimize(rosenbrock, [-1.2, 1.0], "newton")
>>> found.converged, [round(x, 6) for x in found.x.tolist()]
(True, [1.0, 1.0])
"""

from __future__ import annotations

from ._core._optimize import *
