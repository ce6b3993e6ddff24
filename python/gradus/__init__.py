"""Deep learning on one small engine with derivatives of any order.

Tensors are immutable, and operations on them build a graph that is computed when a value is read.
The names are those of the C++ library, by the same paths: ``gradus.nn``, ``gradus.optim``,
``gradus.data``, ``gradus.io``, ``gradus.train``, ``gradus.autodiff``, ``gradus.symbolic``,
``gradus.optimize``, ``gradus.linalg``, ``gradus.stats``, ``gradus.learn``. The Python array API
stands in ``gradus.array_api``.
"""

from . import (  # noqa: F401
    autodiff,
    data,
    io,
    linalg,
    nn,
    optim,
    optimize,
    stats,
    symbolic,
    train,
)
from . import display as _display  # noqa: F401
from . import saving as _saving  # noqa: F401
from ._core import *
from ._core import DType, commit  # noqa: F401
from ._core import version as __version__  # noqa: F401
from .errors import Error  # noqa: F401
from .transforms import (  # noqa: F401
    checkpoint,
    compile,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)

abs = absolute

boolean, u8, i32, i64 = DType.boolean, DType.u8, DType.i32, DType.i64
f16, bf16, f32, f64 = DType.f16, DType.bf16, DType.f32, DType.f64


def __getattr__(name: str) -> object:
    if name == "learn":  # it needs NumPy, which takes longer to import than all the rest
        import importlib

        return importlib.import_module(".learn", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
