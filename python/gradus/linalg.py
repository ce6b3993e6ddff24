"""Linear algebra.

>>> q, r = qr(gradus.tensor([[3.0, 0.0], [4.0, 5.0]]))
>>> bool(gradus.all(gradus.absolute(q @ r - gradus.tensor([[3.0, 0.0], [4.0, 5.0]])) < 1e-5))
True
"""

from ._core import matmul, outer, qr  # noqa: F401
