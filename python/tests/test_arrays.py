"""NumPy, DLPack and Python numbers across the border."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy
import pytest
from support import NUMPY_TYPES

import gradus

DTYPES = list(NUMPY_TYPES)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)], ids=str)
def test_arrays_come_back_as_they_went(dtype: Any, shape: Any) -> None:
    array = numpy.random.default_rng(0).integers(0, 2, shape).astype(NUMPY_TYPES[dtype])
    for tensor in (gradus.tensor(array), gradus.asarray(array), gradus.from_dlpack(array)):
        assert tensor.dtype == dtype and tensor.shape == shape
        for back in (numpy.asarray(tensor), tensor.numpy(), numpy.from_dlpack(tensor)):
            assert back.dtype == array.dtype
            numpy.testing.assert_array_equal(back, array)


def test_nothing_is_copied_on_the_way_in_and_out() -> None:
    array = numpy.arange(12, dtype=numpy.float32).reshape(3, 4)
    address = array.ctypes.data
    tensor = gradus.asarray(array)
    assert tensor.numpy().ctypes.data == address
    assert numpy.asarray(tensor).ctypes.data == address
    assert numpy.from_dlpack(tensor).ctypes.data == address
    assert gradus.asarray(array[1:, ::2]).numpy().strides == array[1:, ::2].strides
    assert gradus.asarray(array[::-1]).numpy().ctypes.data == array[::-1].ctypes.data


def test_shared_values_are_read_only() -> None:
    tensor = gradus.ones([3])
    for array in (tensor.numpy(), numpy.asarray(tensor), numpy.from_dlpack(tensor)):
        with pytest.raises(ValueError):
            array[0] = 2


def test_tensor_copies_and_does_not_see_later_writes() -> None:
    array = numpy.zeros(3, numpy.float32)
    tensor, total = gradus.tensor(array), gradus.ones([3]) + array
    array[:] = 5
    assert tensor.tolist() == [0, 0, 0] and total.tolist() == [1, 1, 1]


def test_a_view_outlives_its_tensor() -> None:
    view = gradus.arange(1000.0).eval()[::-1].numpy()
    for _ in range(100):
        gradus.ones([1000]).eval()
    numpy.testing.assert_array_equal(view, numpy.arange(1000)[::-1])


def test_a_view_of_a_tensor_that_is_repacked_keeps_its_values() -> None:
    tensor = gradus.reshape(gradus.arange(6.0), [2, 3]).T.eval()
    view = tensor.numpy()
    assert tensor.tobytes() == numpy.ascontiguousarray(view).tobytes()  # row-major from here on
    for _ in range(100):
        gradus.ones([6]).eval()
    numpy.testing.assert_array_equal(view, numpy.arange(6).reshape(2, 3).T)


@pytest.mark.parametrize("narrow", [numpy.int8, numpy.int16, numpy.uint16, numpy.uint32])
def test_integer_types_that_are_not_there_widen(narrow: Any) -> None:
    array = numpy.arange(6, dtype=narrow).reshape(2, 3)[:, ::-1]
    assert gradus.tensor(array).tolist() == array.tolist()


def test_types_that_do_not_fit_are_refused() -> None:
    for array in (numpy.zeros(2, complex), numpy.zeros(2, numpy.uint64), numpy.array(["a"])):
        with pytest.raises(TypeError):
            gradus.tensor(array)
    with pytest.raises(TypeError):
        numpy.array(gradus.ones([2], gradus.bf16).numpy())


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (True, "boolean"),
        (1, "i64"),
        (1.5, "f32"),
        ([1, True], "i64"),
        ([1, 2.0], "f32"),
        ([], "f32"),
    ],
)
def test_python_numbers_have_these_types(value: Any, dtype: str) -> None:
    assert gradus.tensor(value).dtype == getattr(gradus, dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_numbers_beside_tensors_take_their_type(dtype: Any) -> None:
    x = gradus.ones([2], dtype)
    if dtype != gradus.boolean:
        assert (x + 1).dtype == dtype and (2 * x).dtype == dtype
    assert (x * 1.5).dtype == (dtype if gradus.is_floating(dtype) else gradus.f32)


def test_an_integer_out_of_the_type_beside_it_is_refused() -> None:
    with pytest.raises(OverflowError):
        gradus.ones([2], gradus.u8) + 256


def test_numpy_arrays_and_tensors_meet_in_operators() -> None:
    array, tensor = numpy.arange(3.0, dtype=numpy.float32), gradus.ones([3])
    for result in (array + tensor, tensor + array, array @ tensor, array < tensor):
        assert isinstance(result, gradus.Tensor)
    assert (array - tensor).tolist() == [-1, 0, 1]


def test_pickle_and_copy_give_equal_tensors() -> None:
    tensor = gradus.random_normal(gradus.Key(1), [3, 4])[:, ::2]
    for other in (pickle.loads(pickle.dumps(tensor)), copy.deepcopy(tensor), copy.copy(tensor)):
        numpy.testing.assert_array_equal(numpy.asarray(other), numpy.asarray(tensor))
    key = pickle.loads(pickle.dumps(gradus.Key(7)))
    assert key.data.tolist() == gradus.Key(7).data.tolist()


def test_threads_evaluate_a_common_graph() -> None:
    x = gradus.ones([64, 64])
    for _ in range(20):
        x = gradus.tanh(x @ x)
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(numpy.asarray(x * 1.0))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    for result in results:
        numpy.testing.assert_array_equal(result, results[0])


def test_values_that_are_not_finite_are_refused_where_it_is_asked_for() -> None:
    assert gradus.require_finite([1.0, 2.0]).tolist() == [1.0, 2.0]
    with pytest.raises(gradus.Error, match="the loss is nan"):
        gradus.require_finite(numpy.nan, "the loss").eval()


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "any", "all", "var", "std"])
def test_methods_are_those_of_numpy(name: str) -> None:
    array = numpy.random.default_rng(3).normal(size=(2, 3, 4))
    options = {"ddof": 1} if name in ("var", "std") else {}
    for axis in (None, 0, -1, (0, 2)):
        for keepdims in (False, True):
            found = getattr(gradus.tensor(array), name)(axis=axis, keepdims=keepdims).numpy()
            wanted = getattr(array, name)(axis=axis, keepdims=keepdims, **options)
            numpy.testing.assert_allclose(found, wanted, rtol=1e-13)
            assert found.shape == wanted.shape


def test_methods_rearrange_and_choose() -> None:
    array = numpy.arange(24.0).reshape(2, 1, 12)
    x = gradus.tensor(array)
    for call in (
        lambda a: a.reshape(4, 6), lambda a: a.reshape((4, -1)), lambda a: a.reshape(-1),
        lambda a: a.transpose(), lambda a: a.transpose(1, 2, 0), lambda a: a.transpose([2, 0, 1]),
        lambda a: a.flatten(), lambda a: a.squeeze(), lambda a: a.squeeze(1),
        lambda a: a.clip(3, 7.5), lambda a: a.argmax(2), lambda a: a.argmin(axis=0),
    ):  # fmt: skip
        numpy.testing.assert_array_equal(call(x).numpy(), call(array))
    with pytest.raises(TypeError, match="integers are wanted here"):
        x.reshape("text")


def test_one_element_is_written_and_rounded_as_a_number() -> None:
    x = gradus.tensor(2.71828, gradus.f64)
    assert f"{x:.2f}" == "2.72" and round(x, 1) == 2.7 and round(x) == 3
    assert f"{gradus.tensor([1, 2])}" == "Tensor(i64[2] [1, 2])"


def test_element_types_have_numpys_names() -> None:
    for name, dtype in {
        "float32": gradus.f32, numpy.float64: gradus.f64, numpy.dtype("int32"): gradus.i32,
        "bool": gradus.boolean, bool: gradus.boolean, "bf16": gradus.bf16, "u8": gradus.u8,
    }.items():  # fmt: skip
        assert gradus.tensor([1, 0], name).dtype == dtype
        assert gradus.zeros([1], name).astype(name).dtype == dtype
    for wrong in ("float", "complex64", float, 3, None, numpy.dtype("int8")):
        with pytest.raises(TypeError):
            gradus.zeros([2], wrong)
    with pytest.raises(TypeError):
        gradus.zeros(2, 3)  # an extent is no type
    assert gradus.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_functions_of_numpy_call_the_methods() -> None:
    array = numpy.random.default_rng(4).normal(size=(3, 4))
    x = gradus.tensor(array)
    for name in ("sum", "mean", "prod", "max", "min", "any", "all", "std", "var", "squeeze"):
        wanted = getattr(numpy, name)(array)
        numpy.testing.assert_allclose(numpy.asarray(getattr(numpy, name)(x)), wanted, rtol=1e-13)
    numpy.testing.assert_allclose(numpy.asarray(numpy.mean(x, axis=0)), array.mean(0))
    assert numpy.argmax(x) == array.argmax() and numpy.reshape(x, (4, 3)).shape == (4, 3)
    with pytest.raises(TypeError, match="immutable"):
        numpy.sum(x, axis=0, out=numpy.zeros(4))


def test_batches_without_channels_are_normalised_to_nothing() -> None:
    for dtype in (gradus.f32, gradus.f64):
        output, mean, variance = gradus.batch_norm(gradus.zeros([3, 0, 2], dtype))
        assert (output.shape, mean.shape, variance.shape) == ((3, 0, 2), (0,), (0,))
        assert output.tolist() == [[], [], []] and mean.tolist() == []
