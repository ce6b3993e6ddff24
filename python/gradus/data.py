"""Data sets, loaders and augmentations.

A data set is one of the library's, a pair of tensors (inputs, targets), or any sequence or
generator of examples, each an input or a pair of input and target.

>>> loader = DataLoader([([1.0, 2.0], 0), ([3.0, 4.0], 1)], batch_size=2)
>>> for inputs, targets in loader:
...     print(inputs.shape, targets)
(2, 2) Tensor(i64[2] [0, 1])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._core import _data
from ._core._data import (  # noqa: F401
    Augmentation,
    DataLoader,
    Dataset,
    DataSetInfo,
    InputScale,
    LoadedDataSet,
    Normalization,
    Subset,
    TensorDataset,
    data_sets,
    find_data_set,
    fit_scale,
    in_order,
    load,
    split_at_random,
    split_by_class,
)
from .kinds import Kind, documentation, options_of


def _augmentation_function(kind: Kind) -> Callable[..., Augmentation]:
    def augmentation(*options: Any, **named: Any) -> Augmentation:
        return Augmentation(kind["name"], options_of(kind, options, named))

    augmentation.__name__ = augmentation.__qualname__ = kind["name"]
    augmentation.__doc__ = documentation(kind)
    return augmentation


AUGMENTATIONS: dict[str, Callable[..., Augmentation]] = {
    row["name"]: _augmentation_function(row) for row in _data.augmentation_kinds()
}
"""Every augmentation of the library, by name."""

globals().update(AUGMENTATIONS)
