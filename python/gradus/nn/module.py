"""How modules are copied and saved."""

from __future__ import annotations

from typing import Any

from .._core import Tensor
from .._core._nn import Module, Sequential


def _reduce(module: Module) -> tuple[Any, ...]:
    """For pickle and copy: a layer of the library is its kind, options and state."""
    kind = getattr(type(module), "_kind", None)
    if kind is not None:
        return _restore_layer, (type(module), kind, module.options, module.state())
    return _restore_module, (type(module),), (module.__dict__, module.own_tensors())


def _restore_layer(
    layer: type[Module], kind: str, options: dict[str, Any], state: dict[str, Tensor]
) -> Module:
    module = layer.__new__(layer)
    Module.__init__(module, kind, options)
    module.load_state(state)
    return module


def _restore_module(layer: type[Module]) -> Module:
    module = layer.__new__(layer)
    Module.__init__(module)
    return module


def _set_state(
    module: Module, state: tuple[dict[str, Any], list[tuple[str, Tensor, bool]]]
) -> None:
    members, tensors = state
    for name, value in members.items():
        setattr(module, name, value)
    for name, tensor, is_buffer in tensors:
        if is_buffer:
            module.set_buffer(name, tensor)
        else:
            setattr(module, name, tensor)


def _reduce_sequential(module: Sequential) -> tuple[Any, ...]:
    return type(module), tuple(module.layers)


def _text(module: Module) -> str:
    if getattr(type(module), "_kind", None) is None:
        return _text_of_members(module)
    options = ", ".join(f"{name}={value!r}" for name, value in module.options.items())
    return f"{type(module).__name__}({options})"


def _text_of_members(module: Module) -> str:
    """Of a module of the user: its modules by name."""
    parts = [
        f"  {name}={value!r},".replace("\n", "\n  ")
        for name, value in module.__dict__.items()
        if _holds_modules(value)
    ]
    name = type(module).__name__
    return "\n".join([f"{name}(", *parts, ")"]) if parts else f"{name}()"


def _holds_modules(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(_holds_modules(part) for part in value)
    return isinstance(value, Module)


def _sequential_text(module: Sequential) -> str:
    return "\n".join(["Sequential(", *(f"  {layer!r}," for layer in module.layers), ")"])


Module.__reduce__ = _reduce
Module.__setstate__ = _set_state
Module.__repr__ = _text
Sequential.__reduce__ = _reduce_sequential
Sequential.__repr__ = _sequential_text
