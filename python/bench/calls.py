"""What a call costs, and what it costs to cross the border: beside PyTorch where it is installed.

    PYTHONPATH=build/release/python python python/bench/calls.py

Each figure is the best of several rounds, so that other work on the machine disturbs it least.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy

import gradus

try:
    import torch
except ImportError:
    torch = None

GIGABYTE = 2**30


def microseconds(call: Callable[[], Any], calls: int, rounds: int = 15) -> float:
    """The time of a call in the best round."""
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, time.perf_counter() - begin)
    return best / calls * 1e6


def row(what: str, ours: float, theirs: float | None) -> None:
    print(f"| {what} | {ours:.2f} | {'-' if theirs is None else f'{theirs:.2f}'} |")


def small_sums() -> None:
    x, y = gradus.tensor([1.0, 2, 3, 4]), gradus.tensor([5.0, 6, 7, 8])
    x.eval(), y.eval()
    theirs = None
    if torch:
        x_torch, y_torch = torch.tensor([1.0, 2, 3, 4]), torch.tensor([5.0, 6, 7, 8])
        theirs = microseconds(lambda: x_torch + y_torch, 20_000)
    row("`x + y` of 4 elements, not evaluated", microseconds(lambda: x + y, 4_000), None)
    row("`(x + y).eval()` of 4 elements", microseconds(lambda: (x + y).eval(), 20_000), theirs)


def crossing() -> None:
    array = numpy.ones(GIGABYTE // 4, numpy.float32)
    tensor = gradus.asarray(array)
    assert tensor.numpy().ctypes.data == array.ctypes.data, "the way in copied"
    assert numpy.from_dlpack(tensor).ctypes.data == array.ctypes.data, "the way out copied"
    theirs = out = None
    if torch:
        tensor_torch = torch.from_numpy(array)
        theirs = microseconds(lambda: torch.from_numpy(array), 1000)
        out = microseconds(lambda: tensor_torch.numpy(), 1000)
    row("1 GiB from NumPy", microseconds(lambda: gradus.asarray(array), 1000), theirs)
    row("1 GiB to NumPy", microseconds(lambda: tensor.numpy(), 1000), out)


def main() -> None:
    peer = f"PyTorch {torch.__version__}" if torch else "PyTorch (not installed)"
    print(f"Python {platform.python_version()}, NumPy {numpy.__version__}, {peer}", file=sys.stderr)
    print("| microseconds | Gradus | PyTorch |\n|---|---|---|")
    small_sums()
    crossing()


if __name__ == "__main__":
    main()
