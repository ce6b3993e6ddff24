"""Every operation of the registry against NumPy and PyTorch: values and two derivatives."""

from __future__ import annotations

import edges
import elementwise
import matrices
import pytest
import structured
from harness import (
    Case,
    check_against_torch,
    check_derivatives_of_numpy,
    check_values_of_numpy,
    check_views,
)
from left_out import LEFT_OUT
from peers import needs_torch

import gradus

CASES = [*elementwise.cases(), *structured.CASES, *matrices.CASES, *edges.CASES]
EXACT = {*elementwise.COMPARISONS, *elementwise.LOGIC, *elementwise.TESTS_OF_ONE}


def _compared() -> set[str]:
    return {case.name.split()[0] for case in CASES} | EXACT


def test_every_operation_has_a_case_or_a_reason_to_have_none() -> None:
    registry = {str(row["name"]) for row in gradus.operations()}
    assert registry - _compared() - set(LEFT_OUT) == set(), "operations without a parity case"
    assert set(LEFT_OUT) - registry == set(), "reasons for operations that are not there"
    assert set(LEFT_OUT) & _compared() == set(), "reasons that are not needed"


def test_names_of_cases_are_their_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of infinities
@pytest.mark.parametrize("case", [case for case in CASES if case.numpy], ids=str)
def test_values_are_those_of_numpy(case: Case) -> None:
    check_values_of_numpy(case)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.numpy and case.derivatives], ids=str
)
def test_derivatives_are_differences_of_numpy(case: Case) -> None:
    check_derivatives_of_numpy(case)


@pytest.mark.parametrize("case", [*structured.CASES, *matrices.CASES, *edges.CASES], ids=str)
def test_views_give_the_values_of_copies(case: Case) -> None:
    check_views(case)


@needs_torch
@pytest.mark.parametrize("case", [case for case in CASES if case.torch], ids=str)
def test_values_and_derivatives_are_those_of_pytorch(case: Case) -> None:
    check_against_torch(case)
