"""The torture tests use the harness of the wire tests."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))

import midair as harness  # noqa: E402: found through the line above


def pytest_sessionstart(session):
    if not os.access(harness.binary(), os.X_OK):
        pytest.exit(f"{harness.binary()} is not there: build it, or name another in MIDAIR_BIN", 4)
