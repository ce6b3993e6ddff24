"""What notebooks show."""

from __future__ import annotations

import gradus
from gradus import nn


def test_a_small_matrix_is_a_table() -> None:
    html = gradus.tensor([[1.0, 2.5], [-3.0, 1e10]])._repr_html_()
    assert "f32 [2, 2]" in html and html.count("<tr>") == 2
    assert "<td>2.5</td>" in html and "<td>1e+10</td>" in html


def test_other_tensors_show_their_short_text() -> None:
    shapes = ([], [0], [20, 30], [1, 2, 3])
    for tensor in map(gradus.ones, shapes):
        html = tensor._repr_html_()
        assert "<table>" not in html and "Tensor(" in html


def test_a_module_lists_its_tensors() -> None:
    html = nn.Sequential(nn.Linear(2, 3), nn.ReLU())._repr_html_()
    assert html.count("<tr>") == 2 and "weight</td><td>[3, 2]</td>" in html
