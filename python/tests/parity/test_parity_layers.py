"""Every layer against torch.nn, with the same weights: values, gradients, second gradients."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from harness import weights_like
from layers import LAYERS, LEFT_OUT, RENAMED, LayerCase
from peers import array, needs_torch, torch
from record import compare

import gradus
from gradus import nn

GROUP = "Layers"
PRECISIONS = [("f64", gradus.f64, 2.0**-52), ("f32", gradus.f32, 2.0**-23)]


def test_every_layer_has_a_case_or_a_reason_to_have_none() -> None:
    compared = {case.kind for case in LAYERS}
    assert set(nn.LAYERS) == compared | set(LEFT_OUT)
    assert not compared & set(LEFT_OUT)


def _draw_weights(ours: Any, twin: Any, kind: str) -> None:
    """Gives both modules the same parameters and buffers: of variances, positive ones."""
    draw = numpy.random.default_rng(2)
    state = {
        name: draw.uniform(0.2, 1.0, value.shape)
        * (1 if _is_positive(name) else draw.choice([-1, 1]))
        for name, value in ours.state().items()
    }
    ours.load_state(
        {name: value.astype(array(ours.state()[name]).dtype) for name, value in state.items()}
    )
    renamed = RENAMED.get(kind, {})
    theirs = {renamed.get(name, name): torch.tensor(value) for name, value in state.items()}
    missing = twin.load_state_dict(theirs, strict=False)
    assert set(missing.missing_keys) <= {"num_batches_tracked"} and not missing.unexpected_keys


def _is_positive(name: str) -> bool:
    return name in ("running_variance", "widths")


def _close(kind: str, precision: str, actual: Any, wanted: Any, tolerance: float) -> None:
    wanted = array(wanted)
    scale = max(1.0, float(numpy.abs(wanted).max(initial=0.0)))
    compare((GROUP, "PyTorch", f"{kind}, {precision}"), actual, wanted, tolerance, scale)


@needs_torch
@pytest.mark.parametrize("precision", PRECISIONS, ids=lambda precision: precision[0])
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_layers_are_those_of_pytorch(case: LayerCase, precision: tuple[str, Any, float]) -> None:
    label, dtype, unit = precision
    ours, twin = case.make(), case.twin().to(getattr(torch, "float" + label[1:]))
    twin.train(case.training)
    ours.convert(dtype)
    _draw_weights(ours, twin, case.kind)
    x = case.input() if case.integers else array(gradus.cast(gradus.tensor(case.input()), dtype))
    context = nn.Context(training=case.training)
    x_torch = torch.tensor(x, requires_grad=not case.integers)
    before = ours.state()

    wanted = twin(x_torch)
    (weight,) = weights_like([array(wanted)])
    weights = gradus.cast(gradus.tensor(weight), dtype)
    loss = lambda x: gradus.sum(ours(x, context) * weights)
    theirs = dict(twin.named_parameters())
    leaves = [*theirs.values()] + ([] if case.integers else [x_torch])
    total = (wanted * torch.tensor(weight, dtype=wanted.dtype)).sum()
    wanted_gradients = torch.autograd.grad(total, leaves, create_graph=True) if leaves else []

    _close("values", label, ours(gradus.tensor(x), context), wanted, 256 * unit)
    for name, value in twin.named_buffers():
        if name != "num_batches_tracked":
            back = {other: name for name, other in RENAMED[case.kind].items()}
            _close("buffers after a step", label, ours.state()[back[name]], value, 64 * unit)
    ours.load_state(before)
    _, gradients = nn.value_and_grad(ours, lambda: loss(gradus.tensor(x)))
    names = [RENAMED.get(case.kind, {}).get(name, name) for name in ours.parameters()]
    assert set(names) == set(theirs)
    by_name = dict(zip(theirs, wanted_gradients))
    for name, gradient in zip(names, gradients):
        _close("gradients of weights", label, gradient, by_name[name], 1024 * unit)
    if not case.integers:
        gradient = gradus.grad(loss)(gradus.tensor(x))
        _close("gradients of inputs", label, gradient, wanted_gradients[-1], 1024 * unit)
        if label == "f64":
            _compare_second_gradients(loss, x, x_torch, wanted_gradients[-1])


def _compare_second_gradients(loss: Any, x: Any, x_torch: Any, first: Any) -> None:
    direction = numpy.random.default_rng(8).uniform(-1, 1, x.shape)
    along = lambda x: gradus.sum(gradus.grad(loss)(x) * gradus.tensor(direction))
    found = gradus.grad(along)(gradus.tensor(x))
    theirs = (first * torch.tensor(direction)).sum()
    if theirs.requires_grad:
        (wanted,) = torch.autograd.grad(theirs, x_torch, materialize_grads=True)
    else:
        wanted = torch.zeros_like(x_torch)
    _close("second gradients of inputs", "f64", found, wanted, 2.0**-38)


@needs_torch
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_sequences_of_other_lengths_and_states_are_those_of_pytorch(kind: str) -> None:
    """Rows of unlike lengths are packed sequences of PyTorch; states begin where they are told."""
    draw = numpy.random.default_rng(9)
    ours = nn.LAYERS[kind](in_=3, hidden_size=4, bidirectional=True)
    twin = getattr(torch.nn, kind.upper())(3, 4, bidirectional=True, batch_first=True)
    _draw_weights(ours, twin, kind)
    x, lengths = draw.normal(size=(3, 6, 3)).astype(numpy.float32), [6, 4, 1]
    states = [draw.normal(size=(2, 3, 4)).astype(numpy.float32) for _ in range(2)]
    start, start_twin = gradus.tensor(states[0]), torch.tensor(states[0])
    if kind == "lstm":
        start, start_twin = tuple(map(gradus.tensor, states)), tuple(map(torch.tensor, states))
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.tensor(x), lengths, batch_first=True)
    wanted, wanted_state = twin(packed, start_twin)
    wanted, _ = torch.nn.utils.rnn.pad_packed_sequence(wanted, batch_first=True)
    sequence, _, state = ours.run(gradus.tensor(x), None, start, gradus.tensor(lengths))
    _close("values", "f32", sequence, wanted, 2.0**-18)
    pairs = zip(state, wanted_state) if kind == "lstm" else [(state, wanted_state)]
    for one, other in pairs:
        _close("states, of rows of unlike lengths", "f32", one, other, 2.0**-18)


@needs_torch
@pytest.mark.parametrize("kind", ["dropout", "spatial_dropout"])
def test_dropout_in_training_is_that_of_pytorch_in_distribution(kind: str) -> None:
    shape = (60, 50, 2, 2)
    ours = nn.LAYERS[kind](rate=0.3)
    twin = torch.nn.Dropout(0.3) if kind == "dropout" else torch.nn.Dropout2d(0.3)
    found = array(ours(gradus.ones(shape), nn.Context(training=True, key=gradus.Key(4))))
    wanted = array(twin(torch.ones(shape)))
    assert set(numpy.unique(found)) == set(numpy.unique(wanted))
    draws = found.size if kind == "dropout" else 60 * 50
    limit = 4 * numpy.sqrt(2 * 0.3 * 0.7 / draws)  # four standard deviations of two shares
    place = (GROUP, "PyTorch", "share that is dropped")
    compare(place, (found == 0).mean(), (wanted == 0).mean(), float(limit))
    if kind == "spatial_dropout":
        assert numpy.all(found == found[:, :, :1, :1])
