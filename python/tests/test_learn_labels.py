"""The classes of classifiers: compared by ``score``, kept by ``save``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

import gradus
from gradus import io, learn

X = numpy.array([[0.0, 1.0], [0.1, 1.1], [5.0, 5.0], [5.1, 5.2]])
LABELS = {
    "integers": numpy.array([5, 5, 9, 9]),
    "small_integers": numpy.array([-3, -3, 7, 7], numpy.int8),
    "large_integers": numpy.array([0, 0, 2**64 - 1, 2**64 - 1], numpy.uint64),
    "floats": numpy.array([0.0, 0.0, 2.0, 2.0]),
    "half_floats": numpy.array([1.0, 1.0, 3.0, 3.0], numpy.float32),
    "booleans": numpy.array([False, False, True, True]),
    "strings": numpy.array(["blue", "blue", "größer", "größer"]),
    "wide_strings": numpy.array(["a", "a", "b", "b"], "<U9"),
    "objects": numpy.array(["blue", "blue", "red", "red"], object),
}


def _models() -> list[Any]:
    pipeline = [
        ("scale", learn.StandardScaler()),
        ("near", learn.KNeighborsClassifier(neighbors=1)),
    ]
    return [learn.GaussianNaiveBayes(), learn.Pipeline(pipeline)]


@pytest.mark.parametrize("model", _models(), ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("kind", LABELS)
def test_classes_come_back_from_a_file_with_their_type(
    model: Any, kind: str, tmp_path: Path
) -> None:
    labels = LABELS[kind]
    model.fit(X, labels).save(tmp_path / "model")
    loaded = learn.load(tmp_path / "model")
    assert loaded.classes_.dtype == labels.dtype
    assert loaded.predict(X).dtype == labels.dtype
    assert loaded.predict(X).tolist() == labels.tolist()
    assert [type(label) for label in loaded.classes_] == [type(label) for label in model.classes_]
    assert loaded.score(X, labels) == 1.0
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "model"]


def test_the_cpp_library_reads_files_that_have_classes(tmp_path: Path) -> None:
    learn.GaussianNaiveBayes().fit(X, LABELS["strings"]).save(tmp_path / "model")
    core = gradus._core._learn.load(str(tmp_path / "model"))
    assert numpy.asarray(core.predict(gradus.tensor(X))).tolist() == [0, 0, 1, 1]


def test_files_without_classes_have_those_of_the_cpp_library(tmp_path: Path) -> None:
    for labels in ([0, 0, 1, 1], [5, 5, 9, 9]):
        core = gradus._core._learn.Estimator("gaussian_naive_bayes")
        core.fit(gradus.tensor(X), gradus.tensor(numpy.array(labels)))
        core.save(str(tmp_path / "model"))
        loaded = learn.load(tmp_path / "model")
        assert loaded.predict(X).tolist() == labels
        loaded.save(tmp_path / "again")
        assert learn.load(tmp_path / "again").predict(X).tolist() == labels


def test_classes_that_cannot_be_saved_leave_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"before")
    days = numpy.array(["2020-01-01", "2020-01-01", "2021-01-01", "2021-01-01"], "datetime64[D]")
    with pytest.raises(ValueError, match=r"classes of type datetime64\[D\] cannot be saved"):
        learn.GaussianNaiveBayes().fit(X, days).save(path)
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[" * 100_000,
        "[]",
        '{"dtype": "<i8"}',
        '{"dtype": "<i8", "values": 2}',
        '{"dtype": "<i8", "values": [1]}',
        '{"dtype": "<i8", "values": [1, 1]}',
        '{"dtype": "<i8", "values": [1, [2]]}',
        '{"dtype": "<i8", "values": [1, 2.5]}',
        '{"dtype": "|i1", "values": [1, 300]}',
        '{"dtype": "<i8", "values": [1, 1180591620717411303424]}',
        '{"dtype": "<U1", "values": ["a", "bc"]}',
        '{"dtype": "<f8", "values": [NaN, 1]}',
        '{"dtype": "<V8", "values": [1, 2]}',
        '{"dtype": 8, "values": [1, 2]}',
    ],
)
def test_classes_in_files_are_not_trusted(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model"
    learn.GaussianNaiveBayes().fit(X, LABELS["integers"]).save(path)
    tensors, metadata = io.read_safetensors(path)
    io.write_safetensors(path, tensors, {**metadata, "gradus.classes": text})
    with pytest.raises(gradus.Error, match="model: gradus.classes is not what it should be"):
        learn.load(path)


def test_a_width_that_no_class_needs_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "model"
    learn.GaussianNaiveBayes().fit(X, LABELS["strings"]).save(path)
    tensors, metadata = io.read_safetensors(path)
    text = json.dumps({"dtype": "<U400000000", "values": ["a", "b"]})
    io.write_safetensors(path, tensors, {**metadata, "gradus.classes": text})
    assert learn.load(path).classes_.nbytes < 10_000


@pytest.mark.parametrize("model", _models(), ids=lambda model: type(model).__name__)
def test_scores_take_one_label_of_the_same_kind_for_each_example(model: Any) -> None:
    model.fit(X, [5, 5, 9, 9])
    assert model.score(X, [5, 9, 9, 9]) == 0.75
    for labels in ([5], [5, 5, 9, 9, 9]):
        with pytest.raises(
            gradus.Error, match=f"there are 4 examples and {len(labels)} targets"
        ) as found:
            model.score(X, labels)
        assert isinstance(found.value, ValueError)
    with pytest.raises(ValueError, match="1d array"):
        model.score(X, 5)
    with pytest.raises(ValueError, match="classes that are numbers, and y holds strings"):
        model.score(X, ["5", "5", "9", "9"])
    model.fit(X, LABELS["strings"])
    assert model.score(X, LABELS["strings"].astype(object)) == 1.0
    assert model.score(gradus.tensor(X), LABELS["strings"]) == 1.0
    with pytest.raises(ValueError, match="classes that are strings, and y holds numbers"):
        model.score(X, [0, 0, 1, 1])
    assert model.fit(X, LABELS["booleans"]).score(X, [0, 0, 1, 0]) == 0.75
