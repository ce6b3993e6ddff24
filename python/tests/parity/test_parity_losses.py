"""Every loss against PyTorch, with every reduction: values, gradients, second gradients."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from harness import Case, check_against_torch
from losses import LOSSES, LossCase
from peers import needs_torch, torch

import gradus
from gradus import nn


def test_every_loss_has_a_case() -> None:
    assert {case.kind for case in LOSSES} == set(nn.LOSSES)


@needs_torch
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_losses_are_those_of_pytorch(case: LossCase, reduction: str) -> None:
    labels = not numpy.issubdtype(case.target.dtype, numpy.floating)
    fixed = labels or case.kind == "kl_divergence"  # whose derivative by the target differs at 0

    def ours(x: Any, target: Any = None) -> Any:
        options = dict(case.options)
        if "class_weights" in options:
            options["class_weights"] = gradus.tensor(options["class_weights"], x.dtype)
        if target is None:
            target = gradus.tensor(case.target)
            target = target if labels else gradus.cast(target, x.dtype)
        return nn.LOSSES[case.kind](x, target, reduction=reduction, **options)

    def theirs(x: Any, target: Any = None) -> Any:
        if target is None:
            target = torch.tensor(case.target)
            target = target if labels else target.to(x.dtype)
        return case.twin(x, target, reduction)

    inputs = [case.prediction] if fixed else [case.prediction, case.target]
    check_against_torch(Case(str(case), ours, None, theirs, inputs, group="Losses"))
