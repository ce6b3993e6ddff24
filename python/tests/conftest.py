"""What the tests share."""

from __future__ import annotations


import gradus
import pytest


@pytest.fixture(autouse=True)
def _names_of_examples(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["gradus"] = gradus
