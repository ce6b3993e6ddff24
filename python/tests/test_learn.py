"""Estimators by scikit-learn's manners; against scikit-learn itself where it can be imported."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy
import pytest

import gradus
from gradus import learn

RANDOM = numpy.random.default_rng(0)
CLASSES = RANDOM.integers(0, 3, 120)
TABLE = RANDOM.normal(size=(120, 4)) + 3.0 * CLASSES[:, None]
COUNTS = numpy.abs(numpy.round(TABLE))


def fitted(name: str) -> Any:
    return learn.ESTIMATORS[name]().fit(COUNTS, CLASSES)


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_options_are_got_set_and_shown(name: str) -> None:
    estimator = learn.ESTIMATORS[name]()
    options = estimator.get_params()
    assert options == learn.ESTIMATORS[name]().set_params(**options).get_params()
    assert repr(estimator) == f"{type(estimator).__name__}()"
    assert type(estimator).__doc__
    with pytest.raises(ValueError, match="Invalid parameter"):
        estimator.set_params(nonsense=1)
    with pytest.raises(TypeError, match="no option"):
        type(estimator)(nonsense=1)


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_options_are_given_by_name_only(name: str) -> None:
    estimator = learn.ESTIMATORS[name]
    option = next(iter(estimator().get_params()))
    assert "by name only" in (estimator.__doc__ or "")
    with pytest.raises(TypeError) as found:
        estimator(2.0)  # type: ignore[call-arg]
    shown = f"{estimator.__name__}({option}=2.0)"
    assert str(found.value) == f"{estimator.__name__}() takes options by name: {shown}"


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_copies_and_pickles_answer_alike(name: str) -> None:
    estimator = fitted(name)
    question = next(q for q in ("predict", "transform", "fit_predict") if hasattr(estimator, q))
    expected = getattr(estimator, question)(COUNTS)
    for other in (pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)):
        assert numpy.array_equal(getattr(other, question)(COUNTS), expected)


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_what_is_not_fitted_says_so(name: str) -> None:
    estimator = learn.ESTIMATORS[name]()
    question = "predict" if hasattr(estimator, "predict") else "transform"
    if hasattr(estimator, question):
        with pytest.raises((ValueError, AttributeError), match="not fitted yet"):
            getattr(estimator, question)(COUNTS)


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_saved_and_loaded_estimators_answer_alike(name: str, tmp_path: Path) -> None:
    estimator = fitted(name)
    estimator.save(tmp_path / "estimator.safetensors")
    loaded = learn.load(tmp_path / "estimator.safetensors")
    assert type(loaded) is type(estimator)
    assert loaded.get_params() == estimator.get_params()
    for question in ("predict", "transform"):
        if hasattr(estimator, question):
            assert numpy.array_equal(
                getattr(loaded, question)(COUNTS), getattr(estimator, question)(COUNTS)
            )


def test_classes_may_be_names() -> None:
    names = numpy.array(["red", "green", "blue"])[CLASSES]
    model = learn.SupportVectorClassifier().fit(TABLE, names)
    assert model.classes_.tolist() == ["blue", "green", "red"]
    assert set(model.predict(TABLE)) <= set(names)
    assert model.score(TABLE, names) > 0.95


def test_pipelines_are_fitted_saved_and_searched(tmp_path: Path) -> None:
    model = learn.Pipeline(
        [("scale", learn.StandardScaler()), ("machine", learn.SupportVectorClassifier())]
    )
    names = numpy.array(["red", "green", "blue"])[CLASSES]
    assert model.set_params(machine__penalty=3.0).fit(TABLE, names).score(TABLE, names) > 0.95
    assert model.get_params()["machine__penalty"] == 3.0
    assert numpy.array_equal(pickle.loads(pickle.dumps(model)).predict(TABLE), model.predict(TABLE))
    model.fit(TABLE, CLASSES).save(tmp_path / "pipeline")
    loaded = learn.load(tmp_path / "pipeline")
    assert [name for name, _ in loaded.steps] == ["scale", "machine"]
    assert loaded.get_params()["machine__penalty"] == 3.0
    assert numpy.array_equal(loaded.predict(TABLE), model.predict(TABLE))
    _, test = learn.cross_validate(model, TABLE, CLASSES)
    assert test.mean() > 0.9
    grid = {"machine__penalty": [0.1, 1.0], "scale__center": [True, False]}
    best, rows = learn.grid_search(model, grid, TABLE, CLASSES)
    assert len(rows) == 4 and best.score(TABLE, CLASSES) > 0.95
    with pytest.raises(ValueError, match="Invalid parameter"):
        model.set_params(nonsense__penalty=1)


def test_tensors_give_tensors_and_arrays_give_arrays() -> None:
    model = learn.StandardScaler().fit(TABLE)
    assert isinstance(model.transform(TABLE), numpy.ndarray)
    result = model.transform(gradus.tensor(TABLE))
    assert isinstance(result, gradus.Tensor)
    assert numpy.array_equal(numpy.asarray(result), model.transform(TABLE))
    assert model.transform(TABLE.astype(numpy.float32)).dtype == numpy.float32


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_what_was_given_may_change_after_fit(name: str) -> None:
    for dtype in (numpy.float64, numpy.float32):
        table = COUNTS.astype(dtype)
        estimator = learn.ESTIMATORS[name]().fit(table, CLASSES)
        question = next((q for q in ("predict", "transform") if hasattr(estimator, q)), None)
        if question is None:
            expected = estimator.labels_
        else:
            expected = getattr(estimator, question)(table)
        answer = numpy.array(expected)
        table[:] = 7.0
        assert numpy.array_equal(expected, answer)
        if question is not None:
            assert numpy.array_equal(getattr(estimator, question)(COUNTS.astype(dtype)), answer)


def test_tables_that_cannot_be_written_to_are_read() -> None:
    table = COUNTS.astype(numpy.float32)
    expected = learn.Ridge().fit(table, CLASSES).predict(table)
    table.flags.writeable = False
    assert numpy.array_equal(learn.Ridge().fit(table, CLASSES).predict(table), expected)


def test_bad_tables_are_refused() -> None:
    model = learn.KMeans(clusters=2)
    for bad, message in [
        (numpy.full((3, 2), numpy.nan), "NaN"),
        (numpy.zeros((0, 2)), "0 sample"),
        (numpy.zeros(3), "2D"),
        (numpy.zeros((3, 2), complex), "Complex"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(bad)
    with pytest.raises(gradus.Error, match="clusters must be 1 to the number of examples"):
        model.set_params(clusters=5).fit(TABLE[:3])


def test_names_among_examples_are_refused() -> None:
    for table in ([["a"], ["b"]], numpy.array([["a"], ["b"]], object)):
        with pytest.raises(ValueError, match="encoders among them, take numbers: .*'a'"):
            learn.OneHotEncoder().fit_transform(table)
    _, codes = numpy.unique(["a", "b"], return_inverse=True)  # as the message says
    encoded = learn.OneHotEncoder().fit_transform(codes.reshape(-1, 1))
    assert encoded.tolist() == [[1, 0], [0, 1]]


def test_options_to_try_are_lists() -> None:
    model = learn.Pipeline([("svm", learn.SupportVectorClassifier())])
    for values in (1, "rbf", None):
        with pytest.raises(TypeError, match=r"'svm\.penalty' needs a list of values, not "):
            learn.grid_search(model, {"svm.penalty": values}, TABLE, CLASSES)
        with pytest.raises(TypeError, match=r"'svm\.penalty' needs a list of values, not "):
            learn.random_search(model, {"svm.penalty": values}, TABLE, CLASSES)
        with pytest.raises(TypeError, match=r"'svm\.penalty' needs a list of values, not "):
            learn.validation_curve(model, "svm.penalty", values, TABLE, CLASSES)


@pytest.mark.parametrize("name", learn.ESTIMATORS)
def test_what_is_learned_and_answered_is_finite_or_an_error(name: str) -> None:
    for table in (TABLE * 1e200, (TABLE * 1e30).astype(numpy.float32), TABLE * 1e-300):
        estimator = learn.ESTIMATORS[name]()
        question = next((q for q in ("predict", "transform") if hasattr(estimator, q)), None)
        try:
            estimator.fit(table, CLASSES)
            answer = getattr(estimator, question)(table) if question else estimator.labels_
        except (gradus.Error, ValueError) as error:
            assert str(error)
            continue
        assert numpy.all(numpy.isfinite(answer))
        for key, value in vars(estimator).items():
            if key.endswith("_") and isinstance(value, numpy.ndarray) and value.dtype.kind == "f":
                assert not numpy.any(numpy.isnan(value)), key


def test_folds_searches_and_metrics() -> None:
    model = learn.KNeighborsClassifier()
    train, test = learn.cross_validate(model, TABLE, CLASSES)
    assert train.shape == test.shape == (5,) and test.mean() > 0.9
    best, rows = learn.grid_search(model, {"neighbors": [1, 5, 50]}, TABLE, CLASSES)
    assert len(rows) == 3 and best.neighbors in (1, 5)
    assert best.score(TABLE, CLASSES) > 0.9
    train, test = learn.validation_curve(model, "neighbors", [1, 50], TABLE, CLASSES)
    assert train.shape == (2, 5) and numpy.all(train[0] == 1)
    train, test = learn.learning_curve(model, [0.3, 1.0], TABLE, CLASSES)
    assert numpy.array_equal(test[1], learn.cross_validate(model, TABLE, CLASSES)[1])
    ranges = {"neighbors": learn.OptionRange(1, 9, whole=True), "weights": ["uniform", "distance"]}
    best, rows = learn.random_search(model, ranges, TABLE, CLASSES, candidates=4)
    assert len(rows) == 4 and all(1 <= options["neighbors"] <= 9 for options, _ in rows)
    order, position = learn.dendrogram(learn.Hierarchical().fit(TABLE))
    assert sorted(order) == list(range(120)) and position.shape == (119,)
    assert learn.accuracy(gradus.tensor(CLASSES), gradus.tensor(CLASSES)) == 1


def test_weights_are_taken_by_those_that_can() -> None:
    weights = numpy.arange(len(CLASSES)) % 3
    rows = numpy.repeat(numpy.arange(len(CLASSES)), weights)
    model = learn.GaussianNaiveBayes(variance_smoothing=1e-14)
    weighted = model.fit(TABLE, CLASSES, sample_weight=weights).predict_proba(TABLE)
    repeated = model.fit(TABLE[rows], CLASSES[rows]).predict_proba(TABLE)
    assert numpy.allclose(weighted, repeated, atol=1e-9)
    labels = learn.KMeans(clusters=3).fit_predict(TABLE, sample_weight=weights + 1)
    assert labels.shape == CLASSES.shape
    same = learn.LinearRegression().fit(TABLE, CLASSES, sample_weight=2.0)
    assert numpy.allclose(
        same.coefficients_, learn.LinearRegression().fit(TABLE, CLASSES).coefficients_
    )
    with pytest.raises(ValueError, match="weight 3 must be finite"):
        learn.Ridge().fit(TABLE, CLASSES, sample_weight=3.5 - numpy.arange(len(CLASSES)) * 1.2)
    with pytest.raises(ValueError, match="1D array"):
        learn.Ridge().fit(TABLE, CLASSES, sample_weight=TABLE)
    with pytest.raises(TypeError):
        learn.KNeighborsClassifier().fit(TABLE, CLASSES, sample_weight=weights)


def _check_cases() -> list[Any]:
    try:
        from sklearn.utils.estimator_checks import estimator_checks_generator
    except ImportError:
        return []
    made = {
        "elastic_net": {"penalty": 0.01},  # whose default is too much for small targets
        "one_hot_encoder": {"unknown": "ignore"},  # continuous numbers have new values always
        # Weighted and repeated examples agree as far as the solution is exact, and with the same
        # gamma; what it is by itself goes by the variance of the examples without their weights.
        "support_vector_classifier": {"tolerance": 1e-9, "gamma": 0.25},
        "support_vector_regressor": {"tolerance": 1e-9, "gamma": 0.25},
    }
    estimators = [kind(**made.get(name, {})) for name, kind in learn.ESTIMATORS.items()]
    return [
        pytest.param(estimator, check, id=f"{type(estimator).__name__}-{check.func.__name__}")
        for estimator in estimators
        for _, check in estimator_checks_generator(estimator, mark=None)
    ]


SPARSE_BY_NAME = ("check_estimator_sparse_array", "check_estimator_sparse_matrix")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), _check_cases())
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    if isinstance(estimator, learn.StandardScaler) and check.func.__name__ in SPARSE_BY_NAME:
        pytest.skip("the check sets an option of scikit-learn's class of the same name")
    by_chance = isinstance(estimator, (learn.KMeans, learn.MiniBatchKMeans))
    if by_chance and "sample_weight_equivalence" in check.func.__name__:
        pytest.skip("which of repeated examples begins a cluster is drawn otherwise")
    from unittest import SkipTest

    try:
        check(estimator)
    except SkipTest as reason:
        pytest.skip(str(reason))
