"""Recipes and runs from Python, callbacks, and how progress is drawn."""

from __future__ import annotations

import contextlib
import inspect
import math
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
from gradus.recipes import to_toml

import gradus
from gradus import data, io, nn, optim, progress, train

XOR = {
    "name": "xor",
    "seed": 1,
    "data": {"name": "xor", "split": [1.0, 0.0]},
    "model": {"name": "mlp", "hidden": [8], "activation": "tanh"},
    "optimizer": {"name": "adam", "learning_rate": 0.05},
    "train": {"epochs": 200, "batch_size": 4},
}
RECIPE = Path(__file__).parents[2] / "recipes/xor.toml"


def test_a_recipe_of_a_dictionary_is_that_of_its_file() -> None:
    from_file = train.read_recipe(RECIPE)
    assert train.parse_recipe(XOR) == from_file
    assert train.parse_recipe(from_file.to_toml()) == from_file
    assert train.parse_recipe(RECIPE.read_text()) == from_file
    shorter = train.read_recipe(RECIPE, {"train.epochs": 3, "model.hidden": [4, 4]})
    assert train.read_recipe(RECIPE, ["train.epochs=3", "model.hidden=[4, 4]"]) == shorter
    assert train.differences(from_file, shorter) == {
        "model.hidden": ("[8]", "[4, 4]"),
        "train.epochs": ("200", "3"),
    }
    sections = {path: values for path, _, values in train.sections_of(shorter)}
    assert sections["train"]["epochs"] == "3" and sections[""]["name"] == '"xor"'
    assert any(table["path"] == "train" for table in train.recipe_tables())
    assert from_file.name == "xor" and from_file.metrics == train.MetricSet.classification


def test_lists_of_tables_and_numpy_values_are_written() -> None:
    layers = [{"type": "linear", "out": numpy.int64(6)}, {"type": "tanh"}, {"type": "linear"}]
    model = train.build_model({**XOR, "model": {"layers": layers}})
    assert [type(layer) for layer in model.layers] == [nn.Linear, nn.Tanh, nn.Linear]
    assert model[0].weight.shape == (6, 2) and model[2].weight.shape == (2, 6)
    text = to_toml({"a b": 'quote " and \n', "none": None, "deep": {"list": [{"x": 1e-3}]}})
    assert text == '"a b" = "quote \\" and \\U0000000a"\n[deep]\n[[deep.list]]\nx = 0.001\n'


def test_faults_of_a_recipe_are_listed_together() -> None:
    with pytest.raises(gradus.Error) as caught:
        train.parse_recipe({**XOR, "train": {"epoch": 3}}, {"optimizer.name": "adan"})
    assert "2 faults" in str(caught.value) and "did you mean epochs" in str(caught.value)
    with pytest.raises(gradus.Error, match="there-is-none"):
        train.run("there-is-none.toml")
    with pytest.raises(TypeError, match="cannot hold a value of type object"):
        train.parse_recipe({"name": object()})
    with pytest.raises(TypeError, match="not one text"):
        train.read_recipe(RECIPE, "train.epochs=3")
    with pytest.raises(TypeError, match="not for a Recipe"):
        train.run(train.parse_recipe(XOR), overrides={"seed": 2})
    with pytest.raises(TypeError, match="a key of a recipe"):
        train.parse_recipe({1: 2})


def test_a_run_learns_and_its_model_is_loaded(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = []
    result = train.run(XOR, tmp_path / "run", progress=False, after_epoch=records.append)
    assert result.history == records and len(records) == 200 and result.reason == "all_epochs"
    assert result.test["accuracy"] == 1 and Path(result.report).is_file()
    assert result.folder == str(tmp_path / "run")
    trained = train.load_run(result.folder)
    assert trained.recipe == train.parse_recipe(XOR) and trained.epochs == 200
    corners = numpy.array([[0, 0], [0, 1], [1, 0], [1, 1]], numpy.float32)
    outputs, probabilities, labels = train.predict(trained, corners)
    assert labels.tolist() == [0, 1, 1, 0]
    numpy.testing.assert_allclose(probabilities.numpy().sum(1), 1, rtol=1e-6)
    assert train.evaluate(trained) == trained.evaluate() == result.test
    model = trained.model
    assert [type(layer) for layer in model.layers] == [nn.Linear, nn.Tanh, nn.Linear]
    assert numpy.array_equal(model(trained.scale(corners)).numpy(), outputs.numpy())
    train.write_model(str(tmp_path / "copy.safetensors"), trained)
    again = train.load_run(str(tmp_path / "copy.safetensors"))
    assert numpy.array_equal(again.predict(corners)[0].numpy(), outputs.numpy())
    with pytest.raises(gradus.Error):
        train.run(XOR, tmp_path / "run", progress=False)  # the folder holds a run


def test_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    result = train.run(XOR, tmp_path / "run", dry_run=True, progress=False)
    assert result.folder == "" and not (tmp_path / "run").exists()


def test_ctrl_c_saves_a_checkpoint_from_which_the_run_goes_on(tmp_path: Path) -> None:
    whole = train.run(XOR, tmp_path / "whole", progress=False)
    program = """
import os, signal, sys
from gradus import train
def stop(record):
    if record["epoch"] == 70:
        os.kill(os.getpid(), signal.SIGINT)
try:
    train.run(sys.argv[1], sys.argv[2], progress=False, after_epoch=stop)
except KeyboardInterrupt:
    print("interrupted")
"""
    run = subprocess.run(
        [sys.executable, "-c", program, str(RECIPE), str(tmp_path / "stopped")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert run.stdout.strip() == "interrupted"
    result = train.run(XOR, tmp_path / "stopped", resume=True, progress=False)
    assert len(result.history) == 200
    first, second = train.load_run(whole.folder).state(), train.load_run(result.folder).state()
    assert all(first[path].tobytes() == second[path].tobytes() for path in first)


def _fit(**options: Any) -> dict[str, Any]:
    x = gradus.random_normal(gradus.Key(0), [32, 3])
    loader = data.DataLoader((x, gradus.sum(x, 1, True)), 8)
    return train.fit(
        nn.Linear(3, 1), nn.mean_squared_error, optim.Sgd(0.1), loader, epochs=2, **options
    )


def test_callbacks_are_told_what_happens() -> None:
    seen: list[Any] = []

    class All(train.Callback):
        def start_epoch(self, epoch: int, epochs: int, steps: int) -> None:
            seen.append(("start", epoch, epochs, steps))

        def after_step(self, record: dict[str, Any]) -> None:
            seen.append(("step", record["epoch"], record["step"]))

    ends = SimpleNamespace(end_epoch=lambda record: seen.append(("end", record["train_loss"])))
    result = _fit(callbacks=[All(), ends], progress=False)
    of_epoch = [("start", 1, 2, 4), *(("step", 1, step) for step in (1, 2, 3, 4))]
    assert seen[:5] == of_epoch
    assert [row[1] for row in seen if row[0] == "end"] == [
        record["train_loss"] for record in result["history"]
    ]


def test_what_a_callback_raises_ends_training() -> None:
    def raising(record: dict[str, Any]) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        _fit(after_epoch=raising, progress=False)
    with pytest.raises(RuntimeError, match="enough"):
        _fit(callbacks=[SimpleNamespace(after_step=raising)], progress=False)
    with pytest.raises(TypeError, match="has a method start_epoch"):
        _fit(callbacks=[object()], progress=False)
    with pytest.raises(TypeError, match="patience has a value of a wrong type"):
        _fit(early_stopping={"patience": "long"}, progress=False)


def test_fit_has_every_option_of_the_library() -> None:
    header = (Path(__file__).parents[2] / "gradus/train/fit.h").read_text()
    found = []
    for struct in ("FitOptions", "CheckpointOptions"):
        body = header.split(f"struct {struct} {{")[1].split("\n};")[0]
        found += re.findall(r"^  \S.* (\w+) = .*;", body, re.MULTILINE)
    assert {"epochs", "schedule_every", "steps", "metadata"} <= set(found)
    renamed = {
        "path": "checkpoint", "steps": "checkpoint_steps", "seconds": "checkpoint_seconds",
        "metadata": "checkpoint_metadata",
        "interrupted": "epochs",  # Ctrl-C
    }  # fmt: skip
    parameters = inspect.signature(train.fit).parameters
    assert [name for name in found if renamed.get(name, name) not in parameters] == []


def _rates(**options: Any) -> list[float]:
    """The learning rate at each of eight steps."""
    x = gradus.random_normal(gradus.Key(0), [32, 3])
    rule = optim.Sgd(0.5)
    rates: list[float] = []
    told = SimpleNamespace(after_step=lambda record: rates.append(rule.learning_rate()))
    train.fit(
        nn.Linear(3, 1), nn.mean_squared_error, rule, data.DataLoader((x, gradus.sum(x, 1, True)), 8),
        epochs=2, callbacks=[told], progress=False, **options,
    )  # fmt: skip
    return rates


def test_a_schedule_moves_by_steps_or_by_epochs() -> None:
    by_steps = _rates(schedule=optim.cosine(2))
    wanted = [0.25 * (1 + math.cos(math.pi * step / 8)) for step in range(8)]
    assert by_steps == pytest.approx(wanted, abs=1e-6)
    by_epochs = _rates(schedule=optim.cosine(2), schedule_every="epoch")
    assert by_epochs == pytest.approx([0.5] * 4 + [0.25] * 4)
    with pytest.raises(gradus.Error, match='schedule_every is one of "step", "epoch", not "year"'):
        _fit(schedule=optim.cosine(2), schedule_every="year", progress=False)


def test_a_plateau_lowers_the_rate() -> None:
    # An improvement must be tenfold, so the second epoch is none.
    plateau = {"monitor": "train_loss", "patience": 0, "factor": 0.25, "threshold": 0.9}
    x = gradus.random_normal(gradus.Key(0), [32, 3])
    rule = optim.Sgd(1e-6)
    loader = data.DataLoader((x, gradus.sum(x, 1, True)), 8)
    train.fit(
        nn.Linear(3, 1), nn.mean_squared_error, rule, loader, epochs=3, plateau=plateau,
        progress=False,
    )  # fmt: skip
    # The second end lowers the rate of the third epoch.
    assert rule.learning_rate() == pytest.approx(0.25e-6)
    for wrong, message in (
        ({"steps": 3}, 'plateau has no option "steps"'),
        ({"direction": "maximize"}, "direction follows from what is monitored"),
        ({"patience": "long"}, "the value of patience cannot be 'long'"),
    ):
        with pytest.raises(TypeError, match=message):
            _fit(plateau=wrong, progress=False)
    with pytest.raises(gradus.Error, match="validation_loss"):
        _fit(plateau={}, progress=False)  # there is no validation


def test_checkpoints_are_saved_within_epochs_with_what_the_caller_adds(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    weights: list[bytes] = []

    def look(record: dict[str, Any]) -> None:
        saved = io.read_safetensors(path)[0] if path.exists() else {}
        weights.append(saved["model.weight"].numpy().tobytes() if saved else b"")

    _fit(
        checkpoint=path, checkpoint_steps=2, checkpoint_seconds=0, progress=False,
        checkpoint_metadata={"author": "nobody"}, callbacks=[SimpleNamespace(after_step=look)],
    )  # fmt: skip
    # Callbacks hear of a step before its save: the second step of an epoch is seen at the third.
    changes = [step for step in range(1, 8) if weights[step] != weights[step - 1]]
    assert changes == [2, 6]
    tensors, metadata = io.read_safetensors(path)
    assert metadata["author"] == "nobody" and "model.weight" in tensors
    with pytest.raises(TypeError, match="checkpoint_metadata: takes texts by name"):
        _fit(checkpoint=path, checkpoint_metadata={"epochs": 3}, progress=False)


def test_a_run_that_goes_on_from_its_checkpoint_ends_in_the_same_bits(tmp_path: Path) -> None:
    def ended(path: str, stop_after: int | None = None, resume: bool = False) -> bytes:
        x = gradus.random_normal(gradus.Key(0), [32, 3])
        loader = data.DataLoader((x, gradus.sum(x, 1, True)), 8, shuffle=True)
        model = nn.Linear(3, 1)
        seen = []

        def count(record: dict[str, Any]) -> None:
            seen.append(record)
            if len(seen) == stop_after:
                raise RuntimeError("power is gone")

        with contextlib.suppress(RuntimeError):
            train.fit(
                model, nn.mean_squared_error, optim.Adam(0.1), loader, epochs=3,
                plateau={"monitor": "train_loss", "patience": 0, "threshold": 0.99},
                schedule=optim.cosine(3), callbacks=[SimpleNamespace(after_step=count)],
                checkpoint=path, checkpoint_steps=1, resume=resume, progress=False,
            )  # fmt: skip
        return model.state()["weight"].numpy().tobytes()

    whole = ended(str(tmp_path / "whole.safetensors"))
    part = str(tmp_path / "part.safetensors")
    assert ended(part, stop_after=7) != whole
    assert ended(part, resume=True) == whole


def test_functions_of_the_user_that_return_no_tensor_are_named() -> None:
    class Forgetful(nn.Module):
        def forward(self, x: gradus.Tensor) -> None:
            gradus.sum(x)

    x = gradus.ones([4, 2])
    loader = data.DataLoader((x, x), 2)
    with pytest.raises(TypeError, match=r"Forgetful\.forward\(\) returned None, where a tensor"):
        train.fit(Forgetful(), nn.mean_squared_error, optim.Sgd(0.1), loader, progress=False)
    with pytest.raises(TypeError, match="<lambda>\\(\\) returned a value of type float"):
        train.fit(nn.Linear(2, 2), lambda p, t: 1.0, optim.Sgd(0.1), loader, progress=False)
    with pytest.raises(TypeError, match="returned a value of type int"):
        gradus.jacobian(lambda x: 3)(x)
    with pytest.raises(TypeError, match="returned a value of type str"):
        gradus.linalg.symmetric_function(gradus.ones([2, 2]), lambda w: "w")


def test_lines_are_written_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _fit()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "loss" in lines[0] and "\r" not in "".join(lines)


def test_a_bar_is_drawn_on_a_terminal() -> None:
    program = """
import time, gradus
from gradus import data, nn, optim, train
x = gradus.ones([40, 2])
loader = data.DataLoader((x, x), 4)
class Slow(train.Callback):
    def after_step(self, record):
        time.sleep(0.03)
train.fit(nn.Linear(2, 2), nn.mean_squared_error, optim.Sgd(0.1), loader, epochs=2,
          callbacks=[Slow()])
"""
    own, its = pty.openpty()
    run = subprocess.Popen([sys.executable, "-c", program], stderr=its)
    os.close(its)
    text = b""
    try:
        while piece := os.read(own, 4096):
            text += piece
    except OSError:  # the other end is closed
        pass
    assert run.wait(60) == 0
    os.close(own)
    assert b"=>" in text and b"\r\x1b[K" in text and b"left" in text


def test_a_notebook_has_one_output_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures: list[dict[str, str]] = []

    def display(picture: dict[str, str], **options: Any) -> Any:
        pictures.append(picture)
        return SimpleNamespace(update=lambda picture, raw: pictures.append(picture))

    shell = SimpleNamespace(get_ipython=object, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", shell.display)
    writer = progress.progress_writer()
    for text in ("start\n", "\r\x1b[K1 [=> ]", "\r\x1b[K1 [==>]", "\r\x1b[K", "1 done <b>\n"):
        writer(text)
    assert [picture["text/plain"] for picture in pictures] == [
        "", "start\n", "start\n1 [=> ]", "start\n1 [==>]", "start\n", "start\n1 done <b>\n",
    ]  # fmt: skip
    assert pictures[-1]["text/html"] == "<pre>start\n1 done &lt;b&gt;\n</pre>"
    _fit()
    assert pictures[-1]["text/plain"].count("\n") == 2
