"""What the promises of docs/reliability.md are attacked with: how hard, and where the figures go.

``make test`` attacks for minutes, ``make torture`` (FOOTNOTE_TORTURE=1) for as long as the figures in
docs/reliability.md say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

FIGURES = Path(__file__).resolve().parents[2] / "docs" / "torture.json"
"""Written by the long form alone."""
LONG = os.environ.get("FOOTNOTE_TORTURE") == "1"

Effort = Callable[[int, int], int]
Report = Callable[..., None]


@pytest.fixture(scope="session")
def effort() -> Effort:
    """``effort(short, long)``: how many times to try, in `make test` and in `make torture`."""
    return lambda short, long: long if LONG else short


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """``report(faults=200, lost=0)``: the figures of this test, kept when it is tried in its long form."""

    def keep(**figures: float | str) -> None:
        if LONG:
            known = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
            known[request.node.nodeid.removeprefix("tests/promises/")] = figures
            FIGURES.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    return keep
