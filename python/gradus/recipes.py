"""Recipes as Python has them: dictionaries written as TOML, overrides by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

Overrides = Union[Mapping[str, Any], Iterable[str]]
"""Values by key path (``{"train.epochs": 3}``), or texts ``"train.epochs=3"``."""


def override_texts(overrides: Overrides) -> list[str]:
    """Overrides as the library takes them: "key.path=value"."""
    if isinstance(overrides, Mapping):
        return [f"{key}={value_text(value)}" for key, value in overrides.items()]
    if isinstance(overrides, str):
        raise TypeError("overrides are a dictionary or a list of texts, not one text")
    return list(overrides)


def to_toml(table: Mapping[str, Any]) -> str:
    """A dictionary as TOML: dictionaries in it are tables, lists of dictionaries lists of tables.

    >>> print(to_toml({"name": "xor", "train": {"epochs": 3}}), end="")
    name = "xor"
    [train]
    epochs = 3
    """
    lines: list[str] = []
    _write(table, "", lines)
    return "".join(line + "\n" for line in lines)


def _write(table: Mapping[str, Any], path: str, lines: list[str]) -> None:
    tables = []
    for key, value in table.items():
        name = _key_text(key)
        if isinstance(value, Mapping) or _is_list_of_tables(value):
            tables.append((path + name, value))
        elif value is not None:  # left out
            lines.append(f"{name} = {value_text(value)}")
    for name, value in tables:
        if isinstance(value, Mapping):
            lines.append(f"[{name}]")
            _write(value, name + ".", lines)
            continue
        for element in value:
            lines.append(f"[[{name}]]")
            _write(element, name + ".", lines)


def _is_list_of_tables(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) > 0
        and all(isinstance(element, Mapping) for element in value)
    )


def _key_text(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a recipe is a text, not {type(key).__name__}")
    is_bare = key != "" and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    return key if is_bare else _quoted(key)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(
        escapes.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text
    ) + '"'  # fmt: skip


def value_text(value: Any) -> str:
    """A value as TOML.

    >>> value_text([1.5, float("inf")]), value_text(True), value_text("a")
    ('[1.5, inf]', 'true', '"a"')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(value_text(element) for element in value) + "]"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, int):
        return str(value)
    if hasattr(value, "tolist"):  # a tensor, or a number or an array of NumPy
        return value_text(value.tolist())
    raise TypeError(f"a recipe cannot hold a value of type {type(value).__name__}")
