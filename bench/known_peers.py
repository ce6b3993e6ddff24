"""The libraries that Gradus is measured beside, and how their workers are started."""

import dataclasses
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable


@dataclasses.dataclass
class Peer:
    name: str
    command: Callable  # (problem, file of the problem) -> words
    takes: Callable  # (workload, threads) -> bool


def takes_everything(_workload, _threads):
    return True


def takes_steps(workload, _threads):
    """A compiler of functions is not what a first step is waiting for."""
    return not workload.from_start


def takes_expressions(workload, threads):
    """NumPy has no networks, and several threads only in its decompositions."""
    if workload.problem.startswith(("svd", "eigh", "eigvalsh")):
        return True
    return workload.problem.startswith(("elementwise", "softmax")) and threads == 1


def available(root, python, libtorch):
    """The peers of steps that are installed; says what is missing and how to get it."""
    found = []
    folder = os.path.join(root, "bench/peers")
    if has_modules(python, "torch", "numpy"):
        pytorch = [python, os.path.join(folder, "pytorch_worker.py")]
        numpy = [python, os.path.join(folder, "numpy_worker.py")]
        found += [
            Peer("pytorch-eager", lambda _, file: [*pytorch, "eager", file], takes_everything),
            Peer("pytorch-compile", lambda _, file: [*pytorch, "compile", file], takes_steps),
            Peer("numpy", lambda _, file: [*numpy, file], takes_expressions),
        ]
    else:
        say("PyTorch and NumPy are missing: bench/peers/setup fetches them (3 GB)")
    if os.path.exists(libtorch):
        found.append(Peer("libtorch", lambda problem, _: [libtorch, problem], takes_everything))
    else:
        say("libtorch is missing: `tools/setup peers` installs it (1 GB), and "
            "`make bench` builds its worker then")
    if not found:
        say("measuring Gradus alone")
    return found


def of_estimators(python):
    """Names of the libraries that bench/learning.py measures beside Gradus, where installed."""
    modules = {"scikit-learn": "sklearn", "numpy": "numpy", "scipy": "scipy"}
    found = [name for name, module in modules.items() if has_modules(python, module)]
    missing = [name for name in modules if name not in found]
    if missing:
        say(", ".join(missing) + " missing: bench/peers/setup fetches them")
    return found


def has_modules(python, *modules):
    """Whether the Python is there and has them, without loading any."""
    looked = f"import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, {modules})))"
    return os.path.exists(python) and subprocess.run([python, "-c", looked],
                                                     check=False).returncode == 0


def say(words):
    print("bench/run: " + words, file=sys.stderr)


def metadata_of(path):
    """The free text of a safetensors file."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(size))["__metadata__"]
