"""Tensors go to PyTorch and back, where it is installed; parity/ compares what is computed."""

from __future__ import annotations

import numpy
import pytest

import gradus
from gradus import nn

torch = pytest.importorskip("torch")


def test_tensors_go_both_ways_without_copying() -> None:
    theirs = torch.arange(6.0).reshape(2, 3)
    ours = gradus.from_dlpack(theirs)
    assert ours.numpy().ctypes.data == theirs.data_ptr()
    assert torch.from_dlpack(ours).data_ptr() == theirs.data_ptr()
    half = gradus.from_dlpack(torch.ones(3, dtype=torch.bfloat16))
    assert half.dtype == gradus.bf16 and torch.from_dlpack(half).dtype == torch.bfloat16


def test_state_dicts_are_loaded_by_name() -> None:
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Sequential(torch.nn.Linear(32, 8), torch.nn.LayerNorm(8)), torch.nn.Linear(8, 3),
    )  # fmt: skip
    theirs(torch.randn(5, 1, 6, 6))  # statistics that are not those at the start
    ours = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm(2), nn.ReLU(), nn.Flatten(),
        nn.Sequential(nn.Linear(32, 8), nn.LayerNorm(8)), nn.Linear(8, 3),
    )  # fmt: skip
    ours.load_state(theirs.state_dict())
    x = torch.randn(4, 1, 6, 6)
    wanted = theirs.eval()(x).detach().numpy()
    numpy.testing.assert_allclose(ours(x.numpy()).numpy(), wanted, rtol=2e-5, atol=2e-6)

    state = theirs.state_dict()
    del state["5.bias"]
    with pytest.raises(gradus.Error, match="layers.5.bias .* is missing"):
        ours.load_state(state)


def test_state_dicts_of_modules_of_the_user_are_loaded_by_name() -> None:
    class Theirs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh())
            self.rnn = torch.nn.LSTM(4, 5, batch_first=True)

    class Ours(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
            self.rnn = nn.LSTM(4, 5)

        def forward(self, x: gradus.Tensor) -> gradus.Tensor:
            return self.rnn(self.encoder(x))

    theirs, ours = Theirs(), Ours()
    ours.load_state(theirs.state_dict())
    x = torch.randn(2, 6, 3)
    wanted = theirs.rnn(theirs.encoder(x))[0].detach().numpy()
    numpy.testing.assert_allclose(ours(x.numpy()).numpy(), wanted, rtol=2e-5, atol=2e-6)
