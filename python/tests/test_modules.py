"""Modules: members, state, training, copies."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy
import pytest
from support import assert_close

import gradus
from gradus import nn, optim


class Network(nn.Module):
    """Two layers and a scale; dropout in training."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 8)
        self.scale = gradus.ones([8])
        self.blocks = [nn.Linear(8, 8), nn.Tanh()]
        self.dropout = nn.Dropout(0.5)
        self.steps = gradus.tensor(0)
        self.out = nn.Linear(8, 1)

    def forward(self, x: Any, context: Any) -> Any:
        x = gradus.tanh(self.hidden(x)) * self.scale
        for block in self.blocks:
            x = block(x)
        return self.out(self.dropout(x, context))


def test_members_have_paths_and_integers_are_buffers() -> None:
    network = Network()
    assert list(network.parameters()) == [
        "hidden.weight", "hidden.bias", "scale", "blocks.0.weight", "blocks.0.bias",
        "out.weight", "out.bias",
    ]  # fmt: skip
    assert set(network.state()) - set(network.parameters()) == {"steps"}
    assert network.parameter_count() == 2 * 8 + 8 + 8 + 8 * 8 + 8 + 8 + 1


def test_a_tensor_that_was_read_stays_what_it_was() -> None:
    network, x = Network(), gradus.ones([4, 2])
    before = network.scale
    _, gradients = nn.value_and_grad(network, lambda: gradus.sum(network(x)))
    optim.Sgd(0.1).step(network, gradients)
    assert before.tolist() == [1] * 8 and network.scale.tolist() != before.tolist()


def test_a_gradient_step_is_the_textbook_formula() -> None:
    layer = nn.Linear(2, 1)
    layer.load_state({"weight": [[1.0, 2.0]], "bias": [0.5]})
    loss = lambda: nn.mean_squared_error(layer(gradus.tensor([[1.0, 1.0]])), gradus.tensor([[1.0]]))
    value, gradients = nn.value_and_grad(layer, loss)
    assert float(value) == 6.25  # (1 + 2 + 0.5 - 1)^2
    assert gradients[0].tolist() == [[5, 5]] and gradients[1].tolist() == [5]
    optim.Sgd(0.1).step(layer, gradients)
    assert_close(layer.weight, [[0.5, 1.5]])


def test_training_in_compiled_steps_gives_the_bits_of_plain_ones() -> None:
    x = gradus.random_normal(gradus.Key(1), [32, 2])
    y = gradus.sum(x * x, 1, True)
    losses = []
    for is_compiled in (True, False):
        network = Network()
        step = optim.TrainStep(
            network, optim.Adam(0.01), nn.mean_squared_error, key=gradus.Key(2), compile=is_compiled
        )
        losses.append([float(step(x, y)) for _ in range(20)])
    assert losses[0] == losses[1] and losses[0][-1] < losses[0][0]


def test_a_python_layer_works_inside_a_sequential() -> None:
    class Double(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 2

    linear = nn.Linear(3, 2)
    model = nn.Sequential(linear, Double())
    assert model[0] is linear and len(model) == 2
    assert_close(model(gradus.ones([1, 3])), 2 * numpy.asarray(linear(gradus.ones([1, 3]))))
    linear.bias = gradus.tensor([5.0, 6.0])
    assert model.state()["layers.0.bias"].tolist() == [5, 6]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_compute_the_same_and_are_apart(duplicate: Any) -> None:
    for model in (Network(), nn.Sequential(nn.Linear(2, 3), nn.BatchNorm(3))):
        x = gradus.ones([3, 2])
        other = duplicate(model)
        assert other(x).tolist() == model(x).tolist()
        path = next(iter(model.state()))
        other.load_state({**other.state(), path: other.state()[path] + 1})
        assert other.state()[path].tolist() != model.state()[path].tolist()


def test_state_that_does_not_fit_changes_nothing() -> None:
    layer = nn.Linear(2, 1)
    before = layer.weight.tolist()
    for state in ({}, {"weight": gradus.ones([1, 2])}, {"weight": gradus.ones([9]), "bias": [1.0]}):
        with pytest.raises(gradus.Error, match="load_state"):
            layer.load_state(state)
    assert layer.weight.tolist() == before


def test_tensors_in_a_list_are_refused() -> None:
    network = Network()
    with pytest.raises(TypeError):
        network.weights = [gradus.ones([2])]


def test_a_module_without_its_constructor_is_refused() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            pass

    with pytest.raises(TypeError):
        nn.Sequential(Forgetful())


def test_members_can_be_replaced_and_deleted() -> None:
    network = Network()
    network.scale = gradus.zeros([8])
    network.out = nn.Linear(8, 3, bias=False)
    del network.steps
    assert network(gradus.ones([1, 2])).shape == (1, 3)
    assert "steps" not in network.state() and "out.bias" not in network.state()


def test_options_are_checked_by_name_and_type() -> None:
    for call in (
        lambda: nn.Linear(2, 3, size=1),
        lambda: nn.Linear(2, 3, out=4),
        lambda: nn.Linear("2", 3),
        lambda: nn.Linear(1, 2, True, "zeros", 5),
        lambda: optim.Adam(rate=1),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(ValueError):
        nn.Linear(2, 3, initializer="nonsense")


def test_fit_learns_and_reports() -> None:
    x = gradus.random_normal(gradus.Key(0), [128, 3])
    y = gradus.sum(x, 1, True)
    loader = gradus.data.DataLoader((x, y), 16, shuffle=True)
    records: list[Any] = []
    model = nn.Linear(3, 1)
    result = gradus.train.fit(
        model, nn.mean_squared_error, optim.Adam(0.1), loader, epochs=20,
        validation=gradus.data.DataLoader((x, y), 64), after_epoch=records.append, progress=False,
    )  # fmt: skip
    assert result["reason"] == "all_epochs" and result["history"] == records
    assert records[-1]["validation_loss"] < 1e-3
    assert_close(model.weight, [[1, 1, 1]], 0.05)


def test_a_python_loss_and_generator_of_examples_can_be_fitted() -> None:
    examples = ((numpy.float32([i]), numpy.float32([2 * i])) for i in range(-4, 5))
    loader = gradus.data.DataLoader(examples, 9)
    model = nn.Linear(1, 1)
    loss = lambda prediction, target: gradus.mean(gradus.square(prediction - target))
    gradus.train.fit(model, loss, optim.Sgd(0.05), loader, epochs=60, progress=False)
    assert_close(model.weight, [[2]], 0.01)
