"""The test of the table in CONTRIBUTING.md uses the harness of the wire tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))
