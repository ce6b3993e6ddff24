"""``--parity-report PATH`` writes docs/parity.md of what the tests compared."""

from __future__ import annotations

from pathlib import Path

import pytest
import report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--parity-report", metavar="PATH", help="write what was compared there")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    path = session.config.getoption("--parity-report", None)
    if path and exitstatus == 0:
        Path(path).write_text(report.text())
