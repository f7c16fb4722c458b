"""The gate: a run that falls below a floor is refused. Knows the figures and the floors, no assistant."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.results import leaf, read_results
from rag.errors import FootnoteError

GATE = Path(__file__).parent / "gate.toml"
NEWS_GATE = Path(__file__).parent / "gate-news.toml"
"""For questions over other people's news, the files ``news-*.jsonl``: what can be asked of them is another thing."""
REQUESTS_GATE = Path(__file__).parent / "gate-requests.toml"
"""For requests of all kinds, the files ``requests*.jsonl``."""
_BOUNDS = {"min", "max", "types", "of"}


class GateError(FootnoteError):
    """A file of floors that cannot be used."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A bound on one figure. ``figure``: its dotted path in the summary; ``types``: pooled over these by question.

    ``of``: which value of the leaf is bounded: ``value``, or ``p50`` or ``p95`` of a cost.
    """

    section: str
    figure: str
    min: float | None = None
    max: float | None = None
    types: tuple[str, ...] = ()
    of: str = "value"


@dataclass(frozen=True, slots=True)
class Finding:
    """A floor with what was seen; None when the run does not have the figure, which fails too."""

    floor: Floor
    seen: float | None

    @property
    def passed(self) -> bool:
        if self.seen is None:
            return False
        low, high = self.floor.min, self.floor.max
        return (low is None or self.seen >= low) and (high is None or self.seen <= high)

    def __str__(self) -> str:
        seen = "not measured" if self.seen is None else f"{self.seen:.3f}"
        bounds = [f"at least {self.floor.min:g}"] if self.floor.min is not None else []
        bounds += [f"at most {self.floor.max:g}"] if self.floor.max is not None else []
        mark = "ok  " if self.passed else "FAIL"
        return f"{mark}  {self.floor.section}  {self.floor.figure:30} {seen}  ({', '.join(bounds)})"


def check(out: Path, gate: Path | None = None) -> list[Finding]:
    """Every floor that applies to the run in ``out``, with what was seen.

    ``gate``: the file of floors; None: that of the run's questions.

    Floors of ``[retrieval]`` apply to every run. A run with answers is also held to ``[answers]`` and to
    ``[model.NAME]`` of its language model (``none``: extractive).

    Raises:
        GateError: the file of floors cannot be used.
        ResultsError: ``out`` does not hold the results of a complete run.
    """
    found = read_results(out)
    gate = gate or _gate_of(found)
    floors = read_floors(gate)
    sections = _sections(found)
    findings = [Finding(floor, _seen(floor, found["summary"])) for floor in floors if floor.section in sections]
    if not findings:
        raise GateError(f"{gate} has no floor for this run: write one under {', '.join(f'[{s}]' for s in sections)}.")
    return findings


def read_floors(gate: Path) -> list[Floor]:
    """The floors of a TOML file: under ``[section]``, ``"figure" = {min = 0.9}``.

    Raises:
        GateError: the file cannot be read, is no TOML, or has something in it that is no floor.
    """
    try:
        tables = tomllib.loads(gate.read_text(encoding="utf-8"))
    except OSError as error:
        raise GateError(f"The floors {gate} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GateError(f"{gate} is not TOML: {error}.") from None
    models = tables.pop("model", {})
    named = {**tables, **{f"model.{name}": table for name, table in models.items()}}
    for section, table in named.items():
        if not isinstance(table, dict):
            raise GateError(f"{gate}: {section} is {table!r}; write floors under [{section}].")
    return [
        _floor(gate, section, figure, bounds) for section, table in named.items() for figure, bounds in table.items()
    ]


def _floor(gate: Path, section: str, figure: str, bounds: Any) -> Floor:
    known = isinstance(bounds, dict) and bounds.keys() <= _BOUNDS and ("min" in bounds or "max" in bounds)
    if not known or not all(isinstance(bounds.get(end, 0), int | float) for end in ("min", "max")):
        raise GateError(
            f'{gate}, [{section}], {figure}: {bounds!r} is no floor; write e.g. "{figure}" = {{min = 0.9}}.'
        )
    types = tuple(bounds.get("types", ()))
    return Floor(section, figure, bounds.get("min"), bounds.get("max"), types, bounds.get("of", "value"))


def _gate_of(found: Mapping[str, Any]) -> Path:
    file = str(found["run"]["gold"]["file"])
    return NEWS_GATE if file.startswith("news-") else REQUESTS_GATE if file.startswith("requests") else GATE


def _sections(found: Mapping[str, Any]) -> list[str]:
    if found["run"]["settings"]["retrieval_only"]:
        return ["retrieval"]
    return ["retrieval", "answers", f"model.{found['run']['models']['language']}"]


def _seen(floor: Floor, summary: Mapping[str, Any]) -> float | None:
    if floor.types:
        return _pooled([found for name in floor.types if (found := summary["by_type"].get(name))])
    found = leaf(summary, floor.figure)
    return None if found is None else found.get(floor.of)


def _pooled(leaves: list[Mapping[str, Any]]) -> float | None:
    """The figure of several types together, by question."""
    n = sum(found["n"] for found in leaves)
    return sum(found["value"] * found["n"] for found in leaves if found["n"]) / n if n else None
