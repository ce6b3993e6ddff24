"""Nested tuples, lists and dictionaries of tensors, seen as one list of tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ._core import Tensor, tensor

Tree = Any
"""A tensor, or a tuple, list or dictionary of trees, or anything else (which is passed over)."""


def leaves(tree: Tree) -> list[Tensor]:
    """The tensors of a tree, from left to right, dictionaries in their own order."""
    found: list[Tensor] = []
    _collect(tree, found)
    return found


def replace(tree: Tree, tensors: list[Tensor]) -> Tree:
    """The tree with other tensors in the places of its own, of which there must be as many."""
    remaining = iter(tensors)
    result = _rebuild(tree, remaining)
    if next(remaining, None) is not None:
        raise ValueError("there are more tensors than places for them in the tree")
    return result


def map_leaves(function: Callable[[Tensor], Tensor], tree: Tree) -> Tree:
    """The tree with ``function`` applied to each of its tensors."""
    return replace(tree, [function(leaf) for leaf in leaves(tree)])


def of_arrays(tree: Tree) -> Tree:
    """The tree with tensors in the places of arrays."""
    return _converted(tree, _from_array)


def of_floats(tree: Tree) -> Tree:
    """The tree with tensors in the places of arrays and floats."""
    return _converted(tree, _from_float)


def _from_array(leaf: Any) -> Any:
    return tensor(leaf) if hasattr(leaf, "__dlpack__") or hasattr(leaf, "__array__") else leaf


def _from_float(leaf: Any) -> Any:
    return tensor(leaf) if isinstance(leaf, float) else _from_array(leaf)


def _converted(tree: Tree, convert: Callable[[Any], Any]) -> Tree:
    if isinstance(tree, Tensor):
        return tree
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_converted(part, convert) for part in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(_converted(part, convert) for part in tree)
    if isinstance(tree, dict):
        return {key: _converted(part, convert) for key, part in tree.items()}
    return convert(tree)


def structure(tree: Tree) -> Any:
    """What stays of a tree without its tensors: equal for trees that differ in tensors only."""
    if isinstance(tree, Tensor):
        return Tensor
    if isinstance(tree, (tuple, list)):
        return type(tree), tuple(structure(part) for part in tree)
    if isinstance(tree, dict):
        return dict, tuple((key, structure(part)) for key, part in tree.items())
    return tree


def _collect(tree: Tree, found: list[Tensor]) -> None:
    if isinstance(tree, Tensor):
        found.append(tree)
    elif isinstance(tree, (tuple, list)):
        for part in tree:
            _collect(part, found)
    elif isinstance(tree, dict):
        for part in tree.values():
            _collect(part, found)


def _rebuild(tree: Tree, remaining: Iterator[Tensor]) -> Tree:
    if isinstance(tree, Tensor):
        return next(remaining)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_rebuild(part, remaining) for part in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(_rebuild(part, remaining) for part in tree)
    if isinstance(tree, dict):
        return {key: _rebuild(part, remaining) for key, part in tree.items()}
    return tree
