"""Layers, losses and optimisers against PyTorch, where it is installed."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from support import assert_close

import gradus
from gradus import nn, optim

torch = pytest.importorskip("torch")


_SCORES = numpy.random.default_rng(3).normal(size=(6, 4)).astype(numpy.float32)
_LABELS = numpy.array([0, 3, 1, 1, 2, 0])
_VALUES = numpy.random.default_rng(4).uniform(0.1, 0.9, (6, 4)).astype(numpy.float32)
_functional = torch.nn.functional
LOSSES: dict[str, tuple[Any, Any, Any, Any]] = {
    "cross_entropy": (nn.cross_entropy, _functional.cross_entropy, _SCORES, _LABELS),
    "label smoothing": (
        nn.cross_entropy.with_options(label_smoothing=0.1),
        lambda x, t: _functional.cross_entropy(x, t, label_smoothing=0.1),
        _SCORES,
        _LABELS,
    ),
    "class weights": (
        nn.cross_entropy.with_options(class_weights=gradus.tensor([1.0, 2.0, 0.5, 3.0])),
        lambda x, t: _functional.cross_entropy(x, t, torch.tensor([1.0, 2.0, 0.5, 3.0])),
        _SCORES,
        _LABELS,
    ),
    "binary": (
        nn.binary_cross_entropy_with_logits,
        _functional.binary_cross_entropy_with_logits,
        _SCORES,
        _VALUES,
    ),
    "squared": (nn.mean_squared_error, _functional.mse_loss, _SCORES, _VALUES),
    "absolute": (nn.mean_absolute_error, _functional.l1_loss, _SCORES, _VALUES),
    "huber": (nn.huber, _functional.huber_loss, _SCORES, _VALUES),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients(name: str) -> None:
    loss, twin, prediction, target = LOSSES[name]
    given = torch.tensor(prediction, requires_grad=True)
    wanted = twin(given, torch.tensor(target))
    wanted.backward()
    value, gradient = gradus.value_and_grad(lambda x: loss(x, gradus.tensor(target)))(
        gradus.tensor(prediction)
    )
    assert_close(value, wanted.detach(), 1e-5)
    assert_close(gradient, given.grad, 1e-4, 1e-6)


OPTIMIZERS: dict[str, tuple[Any, Any]] = {
    "sgd": (lambda: optim.Sgd(0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": (
        lambda: optim.Sgd(0.05, 0.9, weight_decay=0.01),
        lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=0.01),
    ),
    "nesterov": (
        lambda: optim.Sgd(0.05, 0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.05, 0.9, nesterov=True),
    ),
    "dampening": (
        lambda: optim.Sgd(0.05, 0.9, dampening=0.5),
        lambda p: torch.optim.SGD(p, 0.05, 0.9, dampening=0.5),
    ),
    "adam": (lambda: optim.Adam(0.01), lambda p: torch.optim.Adam(p, 0.01)),
    "adamw": (
        lambda: optim.AdamW(0.01, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.1),
    ),
    "adagrad": (lambda: optim.AdaGrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    "rmsprop": (lambda: optim.RmsProp(0.01), lambda p: torch.optim.RMSprop(p, 0.01)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers_over_twenty_steps(name: str) -> None:
    make, make_twin = OPTIMIZERS[name]
    ours, theirs = nn.Linear(4, 3), torch.nn.Linear(4, 3)
    ours.load_state({path: value.numpy() for path, value in theirs.state_dict().items()})
    optimizer, twin = make(), make_twin(theirs.parameters())
    draw = numpy.random.default_rng(6)
    for _ in range(20):
        x = draw.normal(size=(8, 4)).astype(numpy.float32)
        y = draw.normal(size=(8, 3)).astype(numpy.float32)
        loss = lambda: nn.mean_squared_error(ours(gradus.tensor(x)), gradus.tensor(y))  # noqa: B023
        optimizer.step(ours, nn.value_and_grad(ours, loss)[1])
        twin.zero_grad()
        torch.nn.functional.mse_loss(theirs(torch.tensor(x)), torch.tensor(y)).backward()
        twin.step()
    assert_close(ours.weight, theirs.weight.detach(), 1e-4, 1e-5)
    assert_close(ours.bias, theirs.bias.detach(), 1e-4, 1e-5)


def test_tensors_go_both_ways_without_copying() -> None:
    theirs = torch.arange(6.0).reshape(2, 3)
    ours = gradus.from_dlpack(theirs)
    assert ours.numpy().ctypes.data == theirs.data_ptr()
    assert torch.from_dlpack(ours).data_ptr() == theirs.data_ptr()
    half = gradus.from_dlpack(torch.ones(3, dtype=torch.bfloat16))
    assert half.dtype == gradus.bf16 and torch.from_dlpack(half).dtype == torch.bfloat16
