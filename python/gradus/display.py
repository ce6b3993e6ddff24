"""How tensors and modules show themselves in notebooks."""

from __future__ import annotations

from ._core import Tensor
from ._core._nn import Module

_ROWS, _COLUMNS = 8, 10


def _tensor_html(tensor: Tensor) -> str:
    """Type and shape; the elements as a table if there are few enough, else their short text."""
    from html import escape  # here, so that importing gradus does not wait for it

    head = f"<code>{escape(str(tensor.dtype).split('.')[-1])} {list(tensor.shape)}</code>"
    if tensor.ndim not in (1, 2) or tensor.size == 0:
        return f"<div>{head}<pre>{escape(repr(tensor))}</pre></div>"
    rows = tensor.shape[0] if tensor.ndim == 2 else 1
    if rows > _ROWS or tensor.shape[-1] > _COLUMNS:
        return f"<div>{head}<pre>{escape(repr(tensor))}</pre></div>"
    lines = tensor.tolist() if tensor.ndim == 2 else [tensor.tolist()]
    cells = "".join(f"<tr>{''.join(f'<td>{_cell(x)}</td>' for x in line)}</tr>" for line in lines)
    return f"<div>{head}<table>{cells}</table></div>"


def _cell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _module_html(module: Module) -> str:
    """The text of the module, and a table of its tensors by path."""
    from html import escape

    rows = "".join(
        f"<tr><td>{escape(path)}</td><td>{list(value.shape)}</td></tr>"
        for path, value in module.state().items()
    )
    return f"<div><pre>{escape(repr(module))}</pre><table>{rows}</table></div>"


Tensor._repr_html_ = _tensor_html
Module._repr_html_ = _module_html
