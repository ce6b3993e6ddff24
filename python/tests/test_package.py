"""What a wheel holds: it is made of the folder that the build makes, so that folder is looked at.

Building a wheel compiles the library, which is too long for every run of the tests. What can go wrong
beside the compiling can be seen here: files that are not installed, stubs that no type checker reads,
an import that needs what the wheel does not ask for.
"""

from __future__ import annotations

import ast
import compileall
import importlib
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gradus

PACKAGE = Path(gradus.__file__).parent
ROOT = Path(__file__).parents[2]
STUBS = sorted(PACKAGE.rglob("*.pyi"))


def test_every_module_of_the_source_is_in_the_package() -> None:
    names = {
        path.relative_to(ROOT / "python/gradus")
        for pattern in ("*.py", "py.typed")
        for path in (ROOT / "python/gradus").rglob(pattern)
    }
    assert names <= {
        path.relative_to(PACKAGE)
        for pattern in ("*.py", "py.typed")
        for path in PACKAGE.rglob(pattern)
    }
    for name in names:
        assert (PACKAGE / name).read_text() == (ROOT / "python/gradus" / name).read_text(), name


def test_modules_compile(tmp_path: Path) -> None:
    cache = os.fspath(tmp_path)
    assert compileall.compile_dir(
        PACKAGE, quiet=1, force=True, stripdir=cache, prependdir=cache
    ) or (os.access(PACKAGE, os.W_OK) is False)


def test_every_part_of_the_extension_has_a_stub() -> None:
    from gradus import _core

    parts = {name for name, value in vars(_core).items() if type(value) is type(sys)}
    assert parts == {
        path.stem for path in STUBS if path.parent.name == "_core" and path.stem != "__init__"
    }


@pytest.mark.parametrize("stub", STUBS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_stubs_are_python_and_say_what_is_there(stub: Path) -> None:
    tree = ast.parse(stub.read_text(), str(stub))
    place = stub.relative_to(PACKAGE).with_suffix("")
    parts = [part for part in place.parts if part != "__init__"]
    if parts[:1] == ["_core"] and len(parts) > 1:
        module = getattr(importlib.import_module("gradus._core"), parts[1])
    else:
        module = importlib.import_module(".".join(["gradus", *parts]))
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assert hasattr(module, node.name), f"{module.__name__} has no {node.name}"


def test_the_extension_asks_for_what_the_packages_list_has() -> None:
    """Shared libraries beside the system's own belong to packages of tools/packages.txt."""
    from gradus import _core

    run = subprocess.run(["ldd", _core.__file__], capture_output=True, text=True, check=True)
    assert "not found" not in run.stdout
    libraries = set(re.findall(r"^\s+(lib[\w+-]+)\.so", run.stdout, re.MULTILINE))
    assert {"libdnnl", "libgomp"} <= libraries
    assert not {name for name in libraries if name.startswith(("libpython", "libmpi", "libtorch"))}


def test_the_version_is_the_one_of_the_project() -> None:
    (version,) = re.findall(
        r"project\(Gradus VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text()
    )
    assert gradus.__version__ == version


def test_the_package_works_without_numpy_but_for_arrays() -> None:
    program = """
import sys
sys.modules["numpy"] = None
import gradus
from gradus import data, linalg, nn, optim, stats, symbolic, train
x = gradus.tensor([[1.0, 2.0], [3.0, 4.0]])
assert gradus.grad(lambda x: gradus.sum(x * x))(x).tolist() == [[2.0, 4.0], [6.0, 8.0]]
model = nn.Linear(2, 1)
train.fit(model, nn.mean_squared_error, optim.Sgd(0.01), data.DataLoader((x, x[:, :1]), 2), epochs=1,
          progress=False)
assert len(linalg.eigvalsh(x).tolist()) == 2 and repr(x) and stats.Normal(0.0, 1.0).cdf(0.0)
try:
    x.numpy()
except TypeError as error:
    print("numpy" in str(error))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "True", run.stderr[-2000:]


def test_type_checkers_find_no_fault() -> None:
    if not importlib.util.find_spec("mypy"):
        pytest.skip("mypy is not installed")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "-p", "gradus",
         "--cache-dir", os.devnull],
        cwd=PACKAGE.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:]
