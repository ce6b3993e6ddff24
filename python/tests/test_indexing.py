"""Indexing against NumPy, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import gradus

ARRAY = numpy.arange(2 * 3 * 4, dtype=numpy.float32).reshape(2, 3, 4)
MASK = ARRAY[0] % 2 == 0
KEYS = [
    0, -1, (1, 2), (1, 2, 3), slice(None), slice(1, None), slice(None, None, -1), slice(-1, None, -2),
    (slice(None), slice(2, 0, -1)), slice(5, 9), Ellipsis, (Ellipsis, 0), (0, Ellipsis, 1), None,
    (None, 0), (slice(None), None, 1), (), ([0, 1],), ([1, 0, 1], [2, 2, 0]),
    (slice(None), [2, 0], [1, 3]), ([1, 0], slice(None), [1, 3]), (slice(None), [[0, 1], [2, 0]]),
    ARRAY > 10, (1, MASK), (slice(None), ARRAY[0, :, 0] > 3), numpy.array([[1], [0]]),
]  # fmt: skip


def _for_gradus(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_for_gradus(part) for part in key)
    return gradus.tensor(key) if isinstance(key, (list, numpy.ndarray)) else key


@pytest.mark.parametrize("key", KEYS, ids=lambda key: str(key)[:40])
def test_indexing_is_that_of_numpy(key: Any) -> None:
    actual = gradus.tensor(ARRAY)[_for_gradus(key)]
    numpy.testing.assert_array_equal(numpy.asarray(actual), ARRAY[key])


@pytest.mark.parametrize("key", KEYS, ids=lambda key: str(key)[:40])
def test_gradients_go_to_the_elements_that_were_taken(key: Any) -> None:
    gradient = gradus.grad(lambda x: gradus.sum(x[_for_gradus(key)]))(gradus.tensor(ARRAY))
    wanted = numpy.zeros_like(ARRAY)
    numpy.add.at(wanted, key, 1)
    numpy.testing.assert_array_equal(numpy.asarray(gradient), wanted)


@pytest.mark.parametrize(
    "key", [2, -3, (0, 0, 0, 0), (Ellipsis, Ellipsis), ([5],), ([0, 9], [0, 0])]
)
def test_places_out_of_range_are_index_errors(key: Any) -> None:
    with pytest.raises(IndexError):
        gradus.tensor(ARRAY)[_for_gradus(key)].eval()


@pytest.mark.parametrize("key", ["a", 1.5, gradus.tensor([0.5])], ids=str)
def test_keys_of_other_types_are_refused(key: Any) -> None:
    with pytest.raises((TypeError, gradus.Error)):
        gradus.tensor(ARRAY)[key]


def test_a_tensor_is_not_written_to() -> None:
    with pytest.raises(TypeError):
        gradus.tensor(ARRAY)[0] = 1  # type: ignore[index]


def test_iteration_goes_over_the_first_axis() -> None:
    assert [part.tolist() for part in gradus.tensor(ARRAY)] == ARRAY.tolist()
