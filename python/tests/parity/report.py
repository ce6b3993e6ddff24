"""docs/parity.md, of what was compared in one run of the tests."""

from __future__ import annotations

from typing import Any

from differences import DIFFERENCES
from kinks import KINKS
from left_out import LEFT_OUT
from peers import versions
from record import rows

_HEAD = """# Parity

What `python/tests/parity` compares, by the run that wrote this page (`pytest python/tests/parity \
--parity-report docs/parity.md`) beside {versions}. An error is relative to the wanted value, or \
to 1 where that is smaller; gradients and values of PyTorch are taken relative to the largest \
element. A *case* is one array compared. What the array API's own test suite says is in [python.md](python.md).

Operations have a case each, or a reason below to have none: a test walks the registry, and the \
tables of layers, losses, optimisers and schedules, and fails for what is new and not compared.
"""


def text() -> str:
    """The page."""
    return "\n".join([_HEAD.format(versions=versions()), *_compared(), "", *_differences(), "", *_kinks(), "",
                      *_left_out(), ""])  # fmt: skip


def _compared() -> list[str]:
    lines = ["## What was compared", ""]
    group_before = ""
    for group, peer, kind, line in rows():
        if group != group_before:
            lines += ["", f"### {group}", "", "| against | what | cases | largest error |"]
            lines += ["|---|---|---:|---:|"]
        group_before = group
        error = f"{line.error:.0e}" if line.error else "0"
        lines.append(f"| {peer} | {kind} | {line.cases} | {error} |")
    return lines


def _differences() -> list[str]:
    lines = ["## Differences above rounding", ""]
    lines += ["| call | here | elsewhere | why |", "|---|---|---|---|"]
    for one in DIFFERENCES:
        elsewhere = f"{one.peer}: {_shown(one.elsewhere)}"
        lines.append(f"| `{one.call}` | {_shown(one.here)} | {elsewhere} | {one.why} |")
    return lines


def _kinks() -> list[str]:
    lines = ["## Derivatives where there is none, or at infinity", ""]
    lines += ["| derivative | here | PyTorch | why |", "|---|---|---|---|"]
    for kink in KINKS:
        lines.append(f"| {kink} | {_shown(kink.here)} | {_shown(kink.elsewhere)} | {kink.why} |")
    return lines


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _left_out() -> list[str]:
    reasons: dict[str, list[str]] = {}
    for name, reason in LEFT_OUT.items():
        reasons.setdefault(reason, []).append(f"`{name}`")
    lines = ["## Operations without a case of their own", "", "| operations | why |", "|---|---|"]
    return lines + [f"| {', '.join(names)} | {reason} |" for reason, names in reasons.items()]
