"""The examples in docstrings and the programs in python/examples."""

from __future__ import annotations

import doctest
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradus

MODULES = [
    "nn", "nn.gradients", "optim", "data", "linalg", "transforms", "train", "autodiff", "optimize",
    "symbolic", "stats", "learn", "learn.metrics", "recipes", "_core", "_core._optimize",
]  # fmt: skip
EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_say_what_happens(name: str) -> None:
    module = importlib.import_module(f"gradus.{name}")
    failures, _ = doctest.testmod(module, extraglobs={"gradus": gradus})
    assert failures == 0


BEHIND = ("slice", "rnn", "lstm", "gru")  # indexing and layers


@pytest.mark.parametrize(
    "name",
    [row["name"] for row in gradus.operations() if row["for_users"] and row["name"] not in BEHIND],
)
def test_every_operation_has_an_example_that_is_right(name: str) -> None:
    row = next(row for row in gradus.operations() if row["name"] == name)
    space = gradus if hasattr(gradus, name) else gradus.linalg
    text = getattr(space, name).__doc__ or ""
    names = (
        {**vars(gradus.linalg), "gradus": gradus} if space is gradus.linalg else {"gradus": gradus}
    )
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
    assert "->" in row["doc"], "the sentence of an operation has its shapes"


@pytest.mark.parametrize("program", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example_programs_run(program: Path) -> None:
    if (
        program.stem == "fashion_mnist"
        and not gradus.data.find_data_set("fashion-mnist").is_installed
    ):
        pytest.skip("Fashion-MNIST is not on this machine")
    environment = {**os.environ, "GRADUS_EXAMPLE_STEPS": "20"}
    subprocess.run([sys.executable, program], check=True, timeout=120, env=environment)


def test_importing_loads_neither_numpy_nor_much_else() -> None:
    program = "import sys, gradus; print(sorted({'numpy', 'json', 'inspect'} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_ctrl_c_ends_a_long_computation() -> None:
    program = """
import os, signal, threading, time, gradus
x = gradus.ones([1000, 1000]) / 1000
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
begin = time.monotonic()
try:
    for _ in range(1000):
        for _ in range(100):  # 400 MB: nothing is computed without being asked
            x = x @ x
        x.eval()
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - begin < 20)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=240, check=False
    )
    assert run.stdout.strip() == "interrupted True", run.stderr
