"""Products in bfloat16, by themselves and in training."""

from __future__ import annotations

import numpy
import pytest

import gradus
from gradus import data, nn, optim, train


def rounded(x: numpy.ndarray) -> numpy.ndarray:
    """To 8 bits of significance, ties to even: what bfloat16 keeps of numbers of usual size."""
    fraction, exponent = numpy.frexp(x.astype(numpy.float64))
    return numpy.ldexp(numpy.rint(fraction * 256), exponent - 8)


def test_products_round_their_operands_and_sum_in_f32() -> None:
    random = numpy.random.default_rng(1)
    a = random.standard_normal((128, 96)).astype(numpy.float32)
    b = random.standard_normal((96, 160)).astype(numpy.float32)
    with gradus.product_precision("bf16"):
        found = gradus.matmul(a, b)
    assert numpy.allclose(numpy.asarray(found), rounded(a) @ rounded(b), rtol=0, atol=1e-4)
    assert numpy.abs(numpy.asarray(found) - a @ b).max() > 1e-3
    assert numpy.allclose(numpy.asarray(gradus.matmul(a, b)), a @ b, rtol=0, atol=1e-4)
    assert isinstance(gradus.has_bf16_products(), bool)


def test_a_step_of_training_in_bf16_is_near_that_of_f32() -> None:
    random = numpy.random.default_rng(2)
    x = random.standard_normal((128, 64)).astype(numpy.float32)
    y = random.standard_normal((128, 4)).astype(numpy.float32)
    losses = {}
    for precision in ("f32", "bf16"):
        model = nn.Sequential(
            nn.Linear(64, 256, key=gradus.Key(1)), nn.Tanh(), nn.Linear(256, 4, key=gradus.Key(2))
        )
        step = optim.TrainStep(
            model, optim.Adam(learning_rate=0.001), nn.mean_squared_error, precision=precision
        )
        losses[precision] = [step(x, y).item() for _ in range(20)]
    assert numpy.allclose(losses["f32"], losses["bf16"], rtol=0.03)
    assert losses["f32"] != losses["bf16"]
    with pytest.raises(gradus.Error, match='one of "f32", "bf16", not "f16"'):
        optim.TrainStep(model, optim.Adam(), nn.mean_squared_error, precision="f16")


def test_fit_takes_the_precision_of_products() -> None:
    random = numpy.random.default_rng(3)
    x = random.standard_normal((256, 64)).astype(numpy.float32)
    y = random.standard_normal((256, 4)).astype(numpy.float32)
    loader = data.DataLoader((x, y), 128)
    losses = {}
    for precision in ("f32", "bf16"):
        model = nn.Sequential(
            nn.Linear(64, 256, key=gradus.Key(1)), nn.Tanh(), nn.Linear(256, 4, key=gradus.Key(2))
        )
        result = train.fit(
            model,
            nn.mean_squared_error,
            optim.Adam(learning_rate=0.001),
            loader,
            epochs=3,
            precision=precision,
            progress=False,
        )
        losses[precision] = [record["train_loss"] for record in result["history"]]
    assert numpy.allclose(losses["f32"], losses["bf16"], rtol=0.03)
    assert losses["f32"] != losses["bf16"]
    with pytest.raises(gradus.Error, match='fit: .*one of "f32", "bf16", not "f16"'):
        train.fit(model, nn.mean_squared_error, optim.Adam(), loader, precision="f16")
