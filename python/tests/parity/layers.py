"""Every layer of gradus.nn beside its twin of torch.nn.

Where PyTorch has no such layer, the twin is its formula written with PyTorch's functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from peers import torch

from gradus import nn


@dataclass(frozen=True)
class LayerCase:
    """A layer and its twin.

    Attributes:
        kind: of the layer.
        options: of the layer.
        twin: makes PyTorch's module.
        shape: of the input.
        integers: how many entries the input may name, or 0 for a floating input.
        training: whether both are in training.
    """

    kind: str
    options: dict[str, Any]
    twin: Callable[[], Any]
    shape: tuple[int, ...]
    integers: int = 0
    training: bool = False

    def __str__(self) -> str:
        options = "".join(f" {name}={value}" for name, value in self.options.items())
        return self.kind + options + (" in training" if self.training else "")

    def make(self) -> Any:
        """Our layer."""
        return nn.LAYERS[self.kind](**self.options)

    def input(self) -> Any:
        """An array of float64, or of integers."""
        draw = numpy.random.default_rng(1)
        if self.integers:
            return draw.integers(0, self.integers, self.shape)
        return draw.normal(size=self.shape)


EPSILON = float(numpy.float32(1e-5))
"""Options of layers are single precision, as differences.py says."""
_TENTH = float(numpy.float32(0.1))
RENAMED = {
    "batch_norm": {
        "scale": "weight",
        "shift": "bias",
        "running_mean": "running_mean",
        "running_variance": "running_var",
    },
    "layer_norm": {"scale": "weight", "shift": "bias"},
    "prelu": {"slope": "weight"},
}
"""Names of parameters and buffers that are not PyTorch's."""


def formula(function: Callable[..., Any], **shapes: tuple[int, ...]) -> Callable[[], Any]:
    """Makes a module of PyTorch of parameters and a function of the input and of these."""

    def make() -> Any:
        class Formula(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                for name, shape in shapes.items():
                    self.register_parameter(name, torch.nn.Parameter(torch.zeros(shape)))

            def forward(self, x: Any) -> Any:
                return function(x, *(getattr(self, name) for name in shapes))

        return Formula()

    return make


def _maxout(x: Any, weight: Any, bias: Any) -> Any:
    pieces = torch.nn.functional.linear(x, weight, bias)
    return pieces.reshape(*x.shape[:-1], -1, 3).amax(-1)


def _radial_basis(x: Any, centers: Any, widths: Any) -> Any:
    squares = ((x[..., None, :] - centers) ** 2).sum(-1)
    return torch.exp(-squares / widths**2)


def _lstm_with_peepholes(x: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, peep: Any) -> Any:
    """Source: Gers and Schmidhuber 2000."""
    hidden = cell = torch.zeros(x.shape[0], w_hh.shape[1], dtype=x.dtype)
    states = []
    for step in range(x.shape[1]):
        gates = x[:, step] @ w_ih.T + b_ih + hidden @ w_hh.T + b_hh
        i, f, g, o = gates.chunk(4, 1)
        i, f = torch.sigmoid(i + peep[0] * cell), torch.sigmoid(f + peep[1] * cell)
        cell = f * cell + i * torch.tanh(g)
        hidden = torch.sigmoid(o + peep[2] * cell) * torch.tanh(cell)
        states.append(hidden)
    return torch.stack(states, 1)


def _gru_as_published(x: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """The reset gate on the state, the update gate on the candidate. Source: Chung et al. 2014."""
    size = w_hh.shape[1]
    hidden = torch.zeros(x.shape[0], size, dtype=x.dtype)
    states = []
    for step in range(x.shape[1]):
        given = x[:, step] @ w_ih.T + b_ih
        r, z = torch.sigmoid(
            given[:, : 2 * size] + hidden @ w_hh[: 2 * size].T + b_hh[: 2 * size]
        ).chunk(2, 1)
        n = torch.tanh(given[:, 2 * size :] + (r * hidden) @ w_hh[2 * size :].T + b_hh[2 * size :])
        hidden = z * n + (1 - z) * hidden
        states.append(hidden)
    return torch.stack(states, 1)


def _recurrent(make: Callable[[], Any], choose: Callable[..., Any]) -> Callable[[], Any]:
    """A recurrent module of PyTorch whose result is chosen of its two."""

    def made() -> Any:
        module = make()
        module.register_forward_hook(lambda module, given, results: choose(*results))
        return module

    return made


def _sequence(sequence: Any, state: Any) -> Any:
    return sequence


def _sum_of_directions(sequence: Any, state: Any) -> Any:
    return sum(sequence.chunk(2, -1))


def _last(sequence: Any, state: Any) -> Any:
    hidden = state[0] if isinstance(state, tuple) else state
    return torch.cat(list(hidden[-2:]), -1)


_PEEPHOLES = {"weight_ih_l0": (16, 3), "weight_hh_l0": (16, 4), "bias_ih_l0": (16,),
              "bias_hh_l0": (16,), "peepholes_l0": (3, 4)}  # fmt: skip
_PUBLISHED = {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 4), "bias_ih_l0": (12,),
              "bias_hh_l0": (12,)}  # fmt: skip

LAYERS = [
    LayerCase("linear", {"in_": 5, "out": 3}, lambda: torch.nn.Linear(5, 3), (4, 5)),
    LayerCase("linear", {"in_": 5, "out": 3, "bias": False}, lambda: torch.nn.Linear(5, 3, bias=False), (2, 4, 5)),
    LayerCase("conv1d", {"in_": 3, "out": 6, "stride": 2, "padding": 1}, lambda: torch.nn.Conv1d(3, 6, 3, 2, 1), (2, 3, 9)),
    LayerCase("conv1d", {"in_": 4, "out": 4, "groups": 4, "dilation": 2, "bias": False}, lambda: torch.nn.Conv1d(4, 4, 3, dilation=2, groups=4, bias=False), (2, 4, 9)),
    LayerCase("conv2d", {"in_": 3, "out": 5}, lambda: torch.nn.Conv2d(3, 5, 3), (2, 3, 6, 7)),
    LayerCase("conv2d", {"in_": 4, "out": 6, "kernel_size": (3, 2), "padding": 1, "groups": 2}, lambda: torch.nn.Conv2d(4, 6, (3, 2), padding=1, groups=2), (2, 4, 7, 6)),
    LayerCase("conv2d", {"in_": 3, "out": 4, "stride": (2, 1), "dilation": (1, 2), "padding": (0, 2)}, lambda: torch.nn.Conv2d(3, 4, 3, (2, 1), (0, 2), (1, 2)), (2, 3, 8, 7)),
    LayerCase("conv2d", {"in_": 2, "out": 3, "kernel_size": 5, "padding_mode": "same"}, lambda: torch.nn.Conv2d(2, 3, 5, padding="same"), (2, 2, 6, 6)),
    LayerCase("conv2d", {"in_": 4, "out": 8, "kernel_size": 1}, lambda: torch.nn.Conv2d(4, 8, 1), (2, 4, 5, 5)),
    LayerCase("conv3d", {"in_": 2, "out": 3, "kernel_size": 2}, lambda: torch.nn.Conv3d(2, 3, 2), (2, 2, 4, 4, 4)),
    LayerCase("conv3d", {"in_": 2, "out": 4, "stride": 2, "padding": 1, "groups": 2}, lambda: torch.nn.Conv3d(2, 4, 3, 2, 1, groups=2), (1, 2, 5, 4, 4)),
    LayerCase("conv_transpose2d", {"in_": 3, "out": 4}, lambda: torch.nn.ConvTranspose2d(3, 4, 3), (2, 3, 4, 5)),
    LayerCase("conv_transpose2d", {"in_": 4, "out": 6, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, lambda: torch.nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2), (2, 4, 4, 3)),
    LayerCase("conv_transpose2d", {"in_": 2, "out": 2, "dilation": 2, "bias": False}, lambda: torch.nn.ConvTranspose2d(2, 2, 3, dilation=2, bias=False), (1, 2, 4, 4)),
    LayerCase("max_pool", {}, lambda: torch.nn.MaxPool2d(2), (2, 3, 6, 7)),
    LayerCase("max_pool", {"kernel_size": 3, "stride": 2, "padding": 1}, lambda: torch.nn.MaxPool2d(3, 2, 1), (2, 3, 6, 7)),
    LayerCase("max_pool", {"kernel_size": 2, "stride": 1}, lambda: torch.nn.MaxPool3d(2, 1), (1, 2, 4, 4, 4)),
    LayerCase("average_pool", {}, lambda: torch.nn.AvgPool2d(2), (2, 3, 6, 7)),
    LayerCase("average_pool", {"kernel_size": 3, "stride": 2, "padding": 1}, lambda: torch.nn.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 3, 6, 7)),
    LayerCase("average_pool", {"kernel_size": 2}, lambda: torch.nn.AvgPool1d(2), (2, 3, 6)),
    LayerCase("global_average_pool", {}, lambda: torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()), (2, 3, 4, 5)),
    LayerCase("global_max_pool", {}, lambda: torch.nn.Sequential(torch.nn.AdaptiveMaxPool2d(1), torch.nn.Flatten()), (2, 3, 4, 5)),
    LayerCase("batch_norm", {"channels": 3}, lambda: torch.nn.BatchNorm2d(3, EPSILON, _TENTH), (4, 3, 5, 5), training=True),
    LayerCase("batch_norm", {"channels": 3}, lambda: torch.nn.BatchNorm2d(3, EPSILON, _TENTH), (4, 3, 5, 5)),
    LayerCase("batch_norm", {"channels": 4, "momentum": 0.5, "affine": False}, lambda: torch.nn.BatchNorm1d(4, EPSILON, momentum=0.5, affine=False), (6, 4), training=True),
    LayerCase("batch_norm", {"channels": 2, "epsilon": 0.0625}, lambda: torch.nn.BatchNorm1d(2, 0.0625, _TENTH), (3, 2, 5), training=True),
    LayerCase("layer_norm", {"shape": (4,)}, lambda: torch.nn.LayerNorm(4, EPSILON), (2, 3, 4)),
    LayerCase("layer_norm", {"shape": (3, 4), "epsilon": 0.0625, "affine": False}, lambda: torch.nn.LayerNorm((3, 4), 0.0625, False), (2, 3, 4)),
    LayerCase("dropout", {"rate": 0.25}, lambda: torch.nn.Dropout(0.25), (3, 4)),
    LayerCase("spatial_dropout", {"rate": 0.25}, lambda: torch.nn.Dropout2d(0.25), (3, 4, 2, 2)),
    LayerCase("embedding", {"entries": 7, "dimension": 3}, lambda: torch.nn.Embedding(7, 3), (2, 5), 7),
    LayerCase("rnn", {"in_": 3, "hidden_size": 5}, _recurrent(lambda: torch.nn.RNN(3, 5, batch_first=True), _sequence), (2, 6, 3)),
    LayerCase("rnn", {"in_": 3, "hidden_size": 4, "activation": "relu", "bias": False, "layers": 2}, _recurrent(lambda: torch.nn.RNN(3, 4, 2, "relu", False, True), _sequence), (2, 6, 3)),
    LayerCase("lstm", {"in_": 3, "hidden_size": 5, "layers": 2}, _recurrent(lambda: torch.nn.LSTM(3, 5, 2, batch_first=True), _sequence), (2, 6, 3)),
    LayerCase("lstm", {"in_": 3, "hidden_size": 4, "bidirectional": True, "output": "last"}, _recurrent(lambda: torch.nn.LSTM(3, 4, bidirectional=True, batch_first=True), _last), (2, 6, 3)),
    LayerCase("lstm", {"in_": 3, "hidden_size": 4, "bidirectional": True, "layers": 2}, _recurrent(lambda: torch.nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True), _sequence), (2, 6, 3)),
    LayerCase("lstm", {"in_": 3, "hidden_size": 4, "peepholes": True}, formula(_lstm_with_peepholes, **_PEEPHOLES), (2, 6, 3)),
    LayerCase("gru", {"in_": 3, "hidden_size": 5}, _recurrent(lambda: torch.nn.GRU(3, 5, batch_first=True), _sequence), (2, 6, 3)),
    LayerCase("gru", {"in_": 3, "hidden_size": 4, "bidirectional": True, "merge": "sum"}, _recurrent(lambda: torch.nn.GRU(3, 4, bidirectional=True, batch_first=True), _sum_of_directions), (2, 6, 3)),
    LayerCase("gru", {"in_": 3, "hidden_size": 4, "update": "takes_candidate", "reset": "before_product"}, formula(_gru_as_published, **_PUBLISHED), (2, 6, 3)),
    LayerCase("flatten", {}, lambda: torch.nn.Flatten(), (3, 4, 2)),
    LayerCase("flatten", {"first_axis": 0, "last_axis": 1}, lambda: torch.nn.Flatten(0, 1), (3, 4, 2)),
    LayerCase("reshape", {"shape": (2, 6)}, lambda: torch.nn.Unflatten(1, (2, 6)), (3, 12)),
    LayerCase("sigmoid", {}, lambda: torch.nn.Sigmoid(), (3, 4)),
    LayerCase("tanh", {}, lambda: torch.nn.Tanh(), (3, 4)),
    LayerCase("relu", {}, lambda: torch.nn.ReLU(), (3, 4)),
    LayerCase("leaky_relu", {"slope": 0.25}, lambda: torch.nn.LeakyReLU(0.25), (3, 4)),
    LayerCase("prelu", {}, lambda: torch.nn.PReLU(), (3, 4)),
    LayerCase("prelu", {"channels": 4}, lambda: torch.nn.PReLU(4), (3, 4, 2)),
    LayerCase("elu", {"alpha": 0.5}, lambda: torch.nn.ELU(0.5), (3, 4)),
    LayerCase("selu", {}, lambda: torch.nn.SELU(), (3, 4)),
    LayerCase("gelu", {}, lambda: torch.nn.GELU(), (3, 4)),
    LayerCase("silu", {}, lambda: torch.nn.SiLU(), (3, 4)),
    LayerCase("softplus", {}, lambda: torch.nn.Softplus(), (3, 4)),
    LayerCase("hard_tanh", {}, lambda: torch.nn.Hardtanh(), (3, 4)),
    LayerCase("absolute_value", {}, formula(lambda x: x.abs()), (3, 4)),
    LayerCase("maxout", {"in_": 5, "out": 4, "pieces": 3}, formula(_maxout, weight=(12, 5), bias=(12,)), (3, 5)),
    LayerCase("radial_basis", {"in_": 3, "out": 4}, formula(_radial_basis, centers=(4, 3), widths=(4,)), (5, 3)),
    LayerCase("softmax", {"axis": 1}, lambda: torch.nn.Softmax(1), (3, 4, 2)),
    LayerCase("log_softmax", {}, lambda: torch.nn.LogSoftmax(-1), (3, 4)),
]  # fmt: skip

LEFT_OUT = {
    "bayesian_linear": "PyTorch has none; tests/nn/bayesian_test.cpp compares it with closed forms",
}
"""Layers without a case, and why."""
