"""Every optimiser against torch.optim over 20 steps, schedules and clipping too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from peers import array, needs_torch, torch
from record import compare

import gradus
from gradus import nn, optim

GROUP = "Optimisers"
PRECISIONS = [("f64", gradus.f64, 2.0**-52), ("f32", gradus.f32, 2.0**-23)]


def _single(value: Any) -> Any:
    """Options are single precision in the C++ library."""
    return float(numpy.float32(value)) if isinstance(value, float) else value


OPTIMIZERS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("sgd", {"learning_rate": 0.1}, "SGD", {"lr": 0.1}),
    (
        "sgd",
        {"learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.01},
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01},
    ),
    (
        "sgd",
        {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    (
        "sgd",
        {"learning_rate": 0.05, "momentum": 0.9, "dampening": 0.5},
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.5},
    ),
    ("adagrad", {"learning_rate": 0.1}, "Adagrad", {"lr": 0.1}),
    (
        "adagrad",
        {"learning_rate": 0.1, "epsilon": 1e-3, "weight_decay": 0.1},
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.1},
    ),
    ("rmsprop", {"learning_rate": 0.01}, "RMSprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8}),
    (
        "rmsprop",
        {"learning_rate": 0.01, "alpha": 0.9, "epsilon": 1e-3, "weight_decay": 0.1},
        "RMSprop",
        {"lr": 0.01, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
    ),
    ("adam", {"learning_rate": 0.01}, "Adam", {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8}),
    (
        "adam",
        {"learning_rate": 0.01, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1},
        "Adam",
        {"lr": 0.01, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.1},
    ),
    (
        "adamw",
        {"learning_rate": 0.01},
        "AdamW",
        {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
    ),
    (
        "adamw",
        {"learning_rate": 0.01, "weight_decay": 0.5},
        "AdamW",
        {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.5},
    ),
]


def test_every_optimiser_has_a_case() -> None:
    assert {kind for kind, _, _, _ in OPTIMIZERS} == set(optim.OPTIMIZERS)


def _pair(dtype: Any) -> tuple[Any, Any]:
    """A network and its twin with the same parameters."""
    ours = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    ours.convert(dtype)
    twin = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    twin = twin.to(getattr(torch, array(gradus.zeros([1], dtype)).dtype.name))
    draw = numpy.random.default_rng(5)
    for one, other in zip(ours.parameters(), twin.parameters()):
        value = draw.uniform(-0.5, 0.5, tuple(other.shape))
        other.data = torch.tensor(value, dtype=other.dtype)
    names = dict(zip(ours.parameters(), twin.parameters()))
    ours.load_state({name: array(value) for name, value in names.items()})
    return ours, twin


def _train(ours: Any, twin: Any, optimizer: Any, optimizer_twin: Any, dtype: Any) -> None:
    """Twenty steps of both on the same batches."""
    draw = numpy.random.default_rng(6)
    numbers = array(gradus.zeros([1], dtype)).dtype
    for _ in range(20):
        x, y = draw.normal(size=(8, 4)).astype(numbers), draw.normal(size=(8, 3)).astype(numbers)
        loss = lambda: nn.mean_squared_error(ours(gradus.tensor(x)), gradus.tensor(y))  # noqa: B023
        optimizer.step(ours, nn.value_and_grad(ours, loss)[1])
        optimizer_twin.zero_grad()
        torch.nn.functional.mse_loss(twin(torch.tensor(x)), torch.tensor(y)).backward()
        optimizer_twin.step()


def _compare_parameters(ours: Any, twin: Any, precision: tuple[str, Any, float]) -> None:
    label, _, unit = precision
    place = (GROUP, "PyTorch", f"parameters after 20 steps, {label}")
    for one, other in zip(ours.parameters().values(), twin.parameters()):
        compare(place, one, array(other), 4096 * unit, 1.0)


def _title(value: Any) -> str:
    return (
        " ".join(f"{name}={number}" for name, number in value.items())
        if isinstance(value, dict)
        else str(value)
    )


@needs_torch
@pytest.mark.parametrize("precision", PRECISIONS, ids=lambda precision: precision[0])
@pytest.mark.parametrize(("kind", "options", "name", "twin_options"), OPTIMIZERS, ids=_title)
def test_optimisers_are_those_of_pytorch(
    kind: str,
    options: dict[str, Any],
    name: str,
    twin_options: dict[str, Any],
    precision: tuple[str, Any, float],
) -> None:
    ours, twin = _pair(precision[1])
    given = {key: _single(value) for key, value in twin_options.items()}
    if "betas" in given:
        given["betas"] = tuple(map(_single, given["betas"]))
    optimizer_twin = getattr(torch.optim, name)(twin.parameters(), **given)
    _train(ours, twin, optim.OPTIMIZERS[kind](**options), optimizer_twin, precision[1])
    _compare_parameters(ours, twin, precision)


@needs_torch
def test_groups_of_parameters_are_those_of_pytorch() -> None:
    precision = PRECISIONS[0]
    ours, twin = _pair(precision[1])
    groups = [
        optim.ParameterGroup(paths=["layers.0"], learning_rate=0.25, weight_decay=0.5),
        optim.without_decay(),
    ]
    optimizer = optim.Sgd(0.125, weight_decay=0.25, groups=groups)
    first, last = list(twin[0].parameters()), list(twin[2].parameters())
    optimizer_twin = torch.optim.SGD(
        [
            {"params": first, "lr": 0.25, "weight_decay": 0.5},
            {"params": last[1:], "weight_decay": 0.0},
            {"params": last[:1]},
        ],
        0.125,
        weight_decay=0.25,
    )
    _train(ours, twin, optimizer, optimizer_twin, precision[1])
    _compare_parameters(ours, twin, precision)


def _schedulers() -> Any:
    return torch.optim.lr_scheduler


SCHEDULES: dict[str, list[tuple[Callable[[], Any], Callable[[Any], Any], int]]] = {
    "constant": [(lambda: optim.constant(), lambda o: _schedulers().ConstantLR(o, 1.0), 5)],
    "step": [
        (lambda: optim.step_decay(3, 0.5), lambda o: _schedulers().StepLR(o, 3, 0.5), 12),
        (lambda: optim.step_decay(), lambda o: _schedulers().StepLR(o, 10, _single(0.1)), 25),
    ],
    "exponential": [
        (
            lambda: optim.exponential(0.9),
            lambda o: _schedulers().ExponentialLR(o, _single(0.9)),
            20,
        ),
    ],
    "cosine": [
        (lambda: optim.cosine(10), lambda o: _schedulers().CosineAnnealingLR(o, 10), 10),
        (
            lambda: optim.cosine(7, 0.125),
            lambda o: _schedulers().CosineAnnealingLR(o, 7, 0.125),
            7,
        ),
    ],
    "warm_up": [
        (lambda: optim.warm_up(5, 0.25), lambda o: _schedulers().LinearLR(o, 0.25, 1.0, 5), 8),
        (
            lambda: optim.warm_up(4, 0.25, optim.cosine(6)),
            lambda o: _schedulers().SequentialLR(
                o,
                [_schedulers().LinearLR(o, 0.25, 1.0, 4), _schedulers().CosineAnnealingLR(o, 6)],
                [4],
            ),
            10,
        ),
    ],
    "one_cycle": [  # whose last step is number duration: PyTorch's total_steps - 1
        (
            lambda: optim.one_cycle(19, 5 / 19),
            lambda o: _schedulers().OneCycleLR(o, 1.0, 20, pct_start=0.3),
            19,
        ),
    ],
}


def test_every_schedule_has_a_case() -> None:
    assert set(SCHEDULES) == {*optim.SCHEDULES, "warm_up"}


@needs_torch
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_those_of_pytorch(name: str) -> None:
    for make, make_twin, steps in SCHEDULES[name]:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
        schedule, twin = make(), make_twin(optimizer)
        for step in range(steps + 1):
            place = (GROUP, "PyTorch", "factors of schedules")
            compare(place, schedule(step), optimizer.param_groups[0]["lr"], 1e-6, 1.0)
            optimizer.step()
            if step < steps:
                twin.step()


@needs_torch
@pytest.mark.parametrize("seed", range(4))
def test_plateaus_are_those_of_pytorch(seed: int) -> None:
    ours = optim.Plateau(factor=0.5, patience=2, cooldown=1, minimum=0.01)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    twin = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=2, cooldown=1, min_lr=0.01
    )
    draw = numpy.random.default_rng(seed)
    for metric in draw.uniform(0.5, 1, 40) * numpy.linspace(1, 0.8, 40):
        twin.step(metric)
        place = (GROUP, "PyTorch", "factors of plateaus")
        compare(place, ours(metric), optimizer.param_groups[0]["lr"], 1e-7)


@needs_torch
@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipping_is_that_of_pytorch(limit: float) -> None:
    draw = numpy.random.default_rng(7)
    gradients = [draw.normal(size=shape) for shape in ((3, 4), (5,), ())]

    def twins() -> list[Any]:
        parameters = [
            torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients
        ]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = torch.tensor(gradient)
        return parameters

    by_norm, by_value = twins(), twins()
    norm_twin = torch.nn.utils.clip_grad_norm_(by_norm, limit)
    torch.nn.utils.clip_grad_value_(by_value, limit)
    ours = [gradus.tensor(g) for g in gradients]
    clipped, norm = optim.clip_by_norm(ours, limit)
    compare((GROUP, "PyTorch", "global norm, f32"), norm, array(norm_twin), 2.0**-23)
    for one, other in zip(clipped, by_norm):  # PyTorch adds 1e-6 to the norm
        compare((GROUP, "PyTorch", "gradients of limited norm"), one, array(other.grad), 1e-6)
    for one, other in zip(optim.clip_by_value(ours, limit), by_value):
        compare((GROUP, "PyTorch", "gradients of limited values"), one, array(other.grad), 0.0)
