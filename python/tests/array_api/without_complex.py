"""A plugin for the array API's test suite, for a namespace without complex types.

The suite's dtype_helpers ask max() for the widest of them. Here it is the widest real type, and
special cases of complex numbers are skipped.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

_MODULE = "array_api_tests.dtype_helpers"


def _max(*values: Any, **options: Any) -> Any:
    if len(values) == 1:
        options.setdefault("default", (None, 0))
    return builtins.max(*values, **options)


class _Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["max"] = _max
        super().exec_module(module)
        module.__dict__["widest_complex_dtype"] = module.__dict__["widest_real_dtype"]


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
        return spec


sys.meta_path.insert(0, _Finder())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        case = getattr(item, "callspec", None) and item.callspec.params.get("case")
        if getattr(case, "is_complex", False):
            item.add_marker(pytest.mark.skip(reason="there are no complex tensors"))
