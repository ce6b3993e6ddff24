"""The differences that are listed are there, and docs/parity.md lists them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy
import pytest
import report
from differences import DIFFERENCES, Difference, outcome
from peers import torch
from record import rows

DOCUMENT = Path(__file__).parents[3] / "docs/parity.md"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_differences_are_those_listed(difference: Difference) -> None:
    if difference.peer == "PyTorch" and torch is None:
        pytest.skip("PyTorch is not installed")
    numpy.testing.assert_equal(outcome(difference.ours), difference.here)
    numpy.testing.assert_equal(outcome(difference.theirs), difference.elsewhere)


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^##+ (.*)$", text, flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[1::2], parts[2::2])}


@pytest.fixture
def written(request: pytest.FixtureRequest) -> dict[str, str]:
    """The sections of the page, but in the run that writes it."""
    if request.config.getoption("--parity-report", None):
        pytest.skip("the page is being written")
    return _sections(DOCUMENT.read_text())


def test_the_document_lists_the_differences_and_what_is_left_out(written: dict[str, str]) -> None:
    now = _sections(report.text())
    for title in now:
        if title.startswith(("Differences", "Derivatives", "Operations without")):
            assert written[title] == now[title], f"docs/parity.md is old: see {report.__doc__}"


def test_the_document_has_the_groups_that_were_compared(written: dict[str, str]) -> None:
    for group, peer, kind, _ in rows():  # of the tests that ran before
        assert f"| {peer} | {kind} |" in written[group]
