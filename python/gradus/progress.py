"""Where the progress of training is drawn: a terminal, a notebook, or lines in a file."""

from __future__ import annotations

import os
import sys
from typing import Any

_CLEAR_LINE = "\r\x1b[K"  # what the library writes before a bar that replaces another


class StreamProgress:
    """On standard error: a bar on a terminal, else a line for each epoch."""

    def __init__(self) -> None:
        self.is_terminal = sys.stderr is not None and sys.stderr.isatty()

    def width(self) -> int:
        try:
            return os.get_terminal_size(sys.stderr.fileno()).columns or 80
        except (AttributeError, OSError, ValueError):
            return 80

    def __call__(self, text: str) -> None:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()


class NotebookProgress:
    """In a notebook: one output that is updated, for not every notebook knows how to clear a line."""

    is_terminal = True

    def __init__(self, display: Any) -> None:
        self._text = ""
        self._handle = display(self._picture(), raw=True, display_id=True)

    def width(self) -> int:
        return 100

    def __call__(self, text: str) -> None:
        first, *replacements = text.split(_CLEAR_LINE)
        self._text += first
        for line in replacements:
            self._text = self._text[: self._text.rfind("\n") + 1] + line
        self._handle.update(self._picture(), raw=True)

    def _picture(self) -> dict[str, str]:
        from html import escape  # here, so that importing gradus does not wait for it

        return {"text/plain": self._text, "text/html": f"<pre>{escape(self._text)}</pre>"}


def progress_writer() -> StreamProgress | NotebookProgress:
    """The writer that fits where the program runs."""
    kernel = sys.modules.get("ipykernel")
    shell = sys.modules.get("IPython")
    if kernel is not None and shell is not None and shell.get_ipython() is not None:
        from IPython.display import display

        return NotebookProgress(display)
    return StreamProgress()
