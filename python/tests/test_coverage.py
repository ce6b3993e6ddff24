"""What the C++ library has and Python lacks: every public function is there, or in a list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gradus
from gradus import data, io, learn, linalg, nn, optim, optimize, stats, symbolic, train

ROOT = Path(__file__).parents[2]
SPACES = {
    "": gradus,
    "nn": nn,
    "optim": optim,
    "optimize": optimize,
    "data": data,
    "io": io,
    "learn": learn,
    "linalg": linalg,
    "stats": stats,
    "symbolic": symbolic,
    "train": train,
}

MISSING = {
    "autodiff": {"gradients_of"},  # inside a scope of tracers, which Python does not open
    "data": {
        "augmentation_kinds",  # are functions here
        "is_installed",  # a property
        "name_of",
    },
    "io": {  # parts that readers are made of, and readers of bytes in memory
        "check_booleans", "copy_bytes", "format_error", "map_file", "parse_csv", "parse_idx",
        "parse_npy", "parse_npz", "parse_number", "parse_png", "parse_r_data", "system_error",
        "tensor_over", "usual_missing_values", "write_file",
    },
    "learn": {
        "estimator_kinds", "make_estimator",  # are classes here
        "options_of", "parse_options", "save", "set_options", "text_of",  # methods of estimators
        "folds_for", "scaled_gamma", "search_by_products", "search_by_tree",  # inside estimators
    },
    "nn": {
        "convert", "load_state", "parameter_count", "parameters", "state",  # methods of Module
        "layer_kinds", "loss_kinds", "find_kind",  # are classes and functions here
        "initialization_names", "reduction_names", "fans_of", "starting_key",  # inside layers
        "members", "add_state", "in_module", "multiply_adds", "to_table",
    },
    "ops": {
        "adagrad_update", "adam_update", "momentum_update", "rmsprop_update", "sgd_update",
        "all_ops", "find_op",  # operations() lists the registry
        "copy_peak", "measure_machine_peak", "multiply_add_peak",  # beside a profile's table
        "number_like", "pull_back", "pull_back_through",
        "scatter_matrix",  # stats.covariance, linalg.pca
        "triangular_solve",  # linalg.solve_triangular
    },
    "optim": {"optimizer_kinds", "schedule_kinds"},  # are classes and functions here
    "optimize": {"name_of"},  # enumerations are strings
    "symbolic": {"exact_power"},  # numbers are Python's
    "train": {  # what fit() and runs are made of
        "check_monitor", "crc32c", "create_named_run_folder", "create_run_folder", "duration_text",
        "find_metric", "has_ended", "has_recipe", "history_from_json", "history_to_json",
        "hold_run_folder", "is_better_when_larger", "metric_names", "monitored_names",
        "open_run_folder", "read_checkpoint", "tf_record", "to_json", "value_text",
        "write_checkpoint",
    },
}  # fmt: skip
"""Public functions of the C++ library that Python lacks, by folder."""


def _public_headers() -> list[Path]:
    names = ("gradus", "differentiation", "learn", "linalg", "optimize", "recipes", "stats")
    text = "".join((ROOT / f"gradus/{name}.h").read_text() for name in names)
    found = [ROOT / name for name in re.findall(r'#include "(gradus/[^"]+)"', text)]
    return [header for header in found if header.parent.name not in ("base", "core", "report")]


def _functions_of(header: Path) -> set[str]:
    """Functions declared at the left margin: "Tensor softmax(const Tensor& x, int axis = -1);"."""
    return set(
        re.findall(
            r"^(?!using|return|extern|struct|class|requires)[A-Za-z][\w:<>&,\* ]*[ &\*](\w+)\(",
            header.read_text(),
            re.MULTILINE,
        )
    )


def _lacking() -> dict[str, set[str]]:
    lacking: dict[str, set[str]] = {}
    for header in _public_headers():
        folder = header.parent.name
        space = SPACES.get(folder, gradus)
        names = {name for name in _functions_of(header) if not hasattr(space, name)}
        lacking.setdefault(folder, set()).update(names)
    return {folder: names for folder, names in lacking.items() if names}


def test_what_python_lacks_is_what_the_list_says() -> None:
    assert _lacking() == MISSING


@pytest.mark.parametrize("row", gradus.operations(), ids=lambda row: row["name"])
def test_every_operation_of_the_registry_can_be_called(row: dict[str, object]) -> None:
    name = str(row["name"])
    renamed = {
        "broadcast": "broadcast_to",
        "cum_sum": "cumulative_sum",
        "cum_prod": "cumulative_prod",
    }
    if name in ("slice", "rnn", "lstm", "gru", "softmax_cross_entropy"):
        pytest.skip("stands behind indexing, a layer or a loss")
    if not row["for_users"]:
        pytest.skip("a part of derivatives or of optimisers' steps")
    found = [space for space in (gradus, linalg) if hasattr(space, renamed.get(name, name))]
    assert found, f"{name} has no function in Python"
    assert row["doc"]


def test_every_layer_loss_optimiser_and_schedule_is_there() -> None:
    for layer in nn.LAYERS.values():
        assert getattr(nn, layer.__name__) is layer and layer.__doc__
    for name in nn.LOSSES:
        assert hasattr(nn, name)
    for optimizer in optim.OPTIMIZERS.values():
        assert getattr(optim, optimizer.__name__) is optimizer
    for name in optim.SCHEDULES:
        assert hasattr(optim, name)


def test_layers_of_the_header_files_are_among_the_kinds() -> None:
    for header in (ROOT / "gradus/nn").glob("*.h"):
        for name in re.findall(
            r"^struct (\w+) : (?:LayerOf|ConvOf)<(?!Self)", header.read_text(), re.MULTILINE
        ):
            assert hasattr(nn, name), f"{header.name} has the layer {name}, which Python lacks"
