"""What the tests share."""

from __future__ import annotations

import pytest

import gradus


@pytest.fixture(autouse=True)
def _names_of_examples(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["gradus"] = gradus
