"""The profiler: what it counts, and its trace."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

import gradus
from gradus import nn, optim


def test_counts_the_operations_of_a_training_step(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    step = optim.TrainStep(model, optim.Sgd(learning_rate=0.1), nn.mean_squared_error)
    inputs = numpy.ones((7, 6), numpy.float32)
    targets = numpy.zeros((7, 3), numpy.float32)
    step(inputs, targets)
    with gradus.profile() as profile:
        step(inputs, targets).item()
    forward = [row for row in profile.operations if row["name"] == "linear"]
    assert sum(row["calls"] for row in forward) == 2
    assert sum(row["multiply_adds"] for row in forward) == 7 * (6 * 5 + 5 * 3)
    assert {row["part"] for row in forward} == {"forward"}
    assert "backward" in {row["part"] for row in profile.operations}
    assert 0 < sum(row["seconds"] for row in profile.operations) <= profile.seconds
    lines = profile.table().splitlines()
    assert lines[0].split()[:3] == ["operation", "part", "calls"]
    assert max(map(len, lines)) <= 80
    path = tmp_path / "trace.json"
    profile.save(str(path))
    events = json.loads(path.read_text())["traceEvents"]
    calls = [event for event in events if event["ph"] == "X"]
    assert len(calls) == sum(row["calls"] for row in profile.operations)


def test_collects_inside_the_block_alone() -> None:
    x = gradus.tensor([1.0, 2.0])
    profile = gradus.profile()
    assert profile.operations == []
    with pytest.raises(ZeroDivisionError), profile:
        gradus.exp(x).eval()
        _ = 1 / 0
    gradus.sin(x).eval()
    assert [row["name"] for row in profile.operations] == ["exp"]
    with profile:  # anew
        gradus.cos(x).eval()
    assert [row["name"] for row in profile.operations] == ["cos"]


def test_a_trace_that_cannot_be_written_says_where() -> None:
    with gradus.profile() as profile:
        pass
    with pytest.raises(gradus.Error, match="nowhere"):
        profile.save("/nowhere/trace.json")
