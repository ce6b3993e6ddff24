"""The array API's own test suite, where there is a checkout of it.

ARRAY_API_TESTS names a checkout of github.com/data-apis/array-api-tests with its submodule; the
suite needs hypothesis, ndindex and pytest-json-report. python/tests/array_api/xfails.txt has what
is known to differ, with reasons. ARRAY_API_EXAMPLES is how many examples each test draws, 5 if it
is not set.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradus

OWN = Path(__file__).parent / "array_api"


def test_the_suite_passes_but_for_what_is_listed() -> None:
    checkout = os.environ.get("ARRAY_API_TESTS")
    if not checkout:
        pytest.skip("ARRAY_API_TESTS names no checkout of array-api-tests")
    package = Path(gradus.__file__).parents[1]
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "without_complex", "-p", "no:cacheprovider",
            "--disable-deadline", "--derandomize",
            "--max-examples", os.environ.get("ARRAY_API_EXAMPLES", "5"),
            f"--xfails-file={OWN / 'xfails.txt'}", "--rootdir=.", "array_api_tests",
        ],
        cwd=checkout,
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(package), str(OWN)]),
            "ARRAY_API_TESTS_MODULE": "gradus.array_api",
            "ARRAY_API_TESTS_VERSION": "2023.12",
            "ARRAY_API_TESTS_SKIP_DTYPES": "complex64,complex128",
            "ARRAY_API_TESTS_XFAIL_MARK": "skip",
            "ARRAY_API_TESTS_MAX_ARRAY_SIZE": "64",
        },
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
