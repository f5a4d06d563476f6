"""What a machine may lack: the tests that want it skip, unless TESTS_NEED names it; then they fail."""

from __future__ import annotations

import os

import pytest


def need(what: str, found: object, hint: str) -> None:
    """Skip the test if nothing was found, with a line that says how to get it.

    Where the environment's TESTS_NEED (names, separated by spaces) holds `what`, it is a failure instead.
    """
    if found:
        return
    line = f"no {what} here: {hint}"
    if what in os.environ.get("TESTS_NEED", "").split():
        pytest.fail(line, pytrace=False)
    pytest.skip(line)
