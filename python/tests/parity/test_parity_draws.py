"""Random numbers against NumPy's: two samples of one distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from record import compare

import gradus

COUNT = 20000
KEY = gradus.Key(3)
_numpy = numpy.random.default_rng(5)
_LOGITS = numpy.log([0.1, 0.2, 0.7])

DRAWS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "random_uniform": (
        lambda: gradus.random_uniform(KEY, [COUNT], -1, 3),
        lambda: _numpy.uniform(-1, 3, COUNT),
    ),
    "random_normal": (
        lambda: gradus.random_normal(KEY, [COUNT], 2, 0.5),
        lambda: _numpy.normal(2, 0.5, COUNT),
    ),
    "random_bernoulli": (
        lambda: gradus.random_bernoulli(KEY, [COUNT], 0.3),
        lambda: _numpy.random(COUNT) < 0.3,
    ),
    "random_integer": (
        lambda: gradus.random_integer(KEY, [COUNT], -3, 9),
        lambda: _numpy.integers(-3, 9, COUNT),
    ),
    "random_permutation": (
        lambda: gradus.random_permutation(KEY, COUNT)[: COUNT // 2],
        lambda: _numpy.permutation(COUNT)[: COUNT // 2],
    ),
    "random_categorical": (
        lambda: gradus.random_categorical(
            KEY, gradus.broadcast_to(gradus.tensor(_LOGITS), (COUNT, 3))
        ),
        lambda: _numpy.choice(3, COUNT, p=numpy.exp(_LOGITS)),
    ),
    "random_log_gamma": (
        lambda: gradus.random_log_gamma(KEY, gradus.full([COUNT], 2.5)),
        lambda: numpy.log(_numpy.gamma(2.5, size=COUNT)),
    ),
    "random_poisson": (
        lambda: gradus.random_poisson(KEY, gradus.full([COUNT], 4.2)),
        lambda: _numpy.poisson(4.2, COUNT),
    ),
    "random_binomial": (
        lambda: gradus.random_binomial(KEY, gradus.full([COUNT], 12), gradus.full([COUNT], 0.3)),
        lambda: _numpy.binomial(12, 0.3, COUNT),
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_two_samples_have_one_distribution(name: str) -> None:
    """By the largest distance between the empirical distribution functions, after Kolmogorov and
    Smirnov; exceeded once in 10000 samples of one distribution.
    """
    ours, theirs = (numpy.asarray(draw(), dtype=float) for draw in DRAWS[name])
    places = numpy.concatenate([ours, theirs])
    shares = [
        numpy.searchsorted(numpy.sort(sample), places, side="right") / len(sample)
        for sample in (ours, theirs)
    ]
    limit = numpy.sqrt(-numpy.log(0.5e-4) / len(ours))
    compare(("Draws", "NumPy", "distribution functions"), shares[0], shares[1], float(limit), 1.0)


def test_random_numbers_follow_from_the_key_alone() -> None:
    first, second = gradus.Key(3).split(2)
    draws = [gradus.random_normal(key, [1000]) for key in (first, first, second)]
    assert draws[0].tolist() == draws[1].tolist() != draws[2].tolist()
    assert sorted(gradus.random_permutation(first, 10).tolist()) == list(range(10))
