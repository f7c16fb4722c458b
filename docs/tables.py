"""Writes what is derived from code and baselines into README.md and .env.example. Run it after changing either."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pydantic_core import PydanticUndefined  # noqa: E402

from rag.config import ENV_PREFIX, Config  # noqa: E402
from rag.preferences import CHOSEN  # noqa: E402

ON_THE_COMMAND_LINE = ("host", "port", "articles", "data", "model", "open")
"""The settings that app.py takes as options."""


def _default(name: str) -> str:
    value = Config.model_fields[name].default
    if value is None or value is PydanticUndefined:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def option_table() -> str:
    """The README's table of settings, in Markdown."""
    rows = ["| setting | option | environment | in the page | default | meaning |", "|---|---|---|---|---|---|"]
    for name, field in Config.model_fields.items():
        option = f"`--{name}`" if name in ON_THE_COMMAND_LINE else ""
        default = f"`{_default(name)}`" if _default(name) else "user's cache folder" if name == "weights" else ""
        page = "yes" if name in CHOSEN else ""
        rows.append(f"| {name} | {option} | `{ENV_PREFIX}{name.upper()}` | {page} | {default} | {field.description} |")
    return "\n".join(rows)


BASELINES = ROOT / "eval" / "baselines"
COLUMNS = (
    ("1.5b", "default model, at home"),
    ("news-1.5b", "default model, other news"),
    ("none", "extractive, at home"),
    ("news-none", "extractive, other news"),
)
"""Files of eval/baselines, and what they are called; the default model's are of samples spread over types and file."""
FIGURES = (
    ("accuracy", "answers right"),
    ("by_type.factoid", "factoid"),
    ("by_type.attribution", "attribution"),
    ("by_type.numeric_or_date", "number or date"),
    ("by_type.multi_doc", "several articles"),
    ("by_type.comparison_or_conflict", "comparison, disagreement"),
    ("by_type.followup", "follow-up"),
    ("by_type.unanswerable", "not in the articles"),
    ("refusal.f1", "refusal F1"),
    ("refusal.wrongly_refused", "wrongly refused"),
    ("citations.precision", "citation precision"),
    ("citations.recall", "citation recall"),
    ("citations.verbatim", "quotations verbatim"),
    ("reading.sentence_at.1", "the likeliest sentence is evidence"),
    ("reading.sentence_at.6", "evidence among the first 6"),
    ("reading.auroc", "the reader tells answered from not: AUROC"),
)
COSTS = (("answer_words", "words of an answer, median", 1), ("first_token_ms", "first word, median", 1000))


def results_table() -> str:
    """The README's table of results, in Markdown, from the committed baselines: value [95 % interval]."""
    known = {name: json.loads((BASELINES / f"{name}.json").read_text(encoding="utf-8")) for name, _ in COLUMNS}
    counts = [f"{title}, n {known[name]['run']['counts']['questions']}" for name, title in COLUMNS]
    rows = [f"| | {' | '.join(counts)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for path, title in FIGURES:
        rows.append(f"| {title} | {' | '.join(_cell(known[name]['summary'], path) for name, _ in COLUMNS)} |")
    for cost, title, unit in COSTS:
        cells = [_cost(known[name]["summary"]["cost"][cost]["p50"], unit) for name, _ in COLUMNS]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(summary: dict[str, Any], path: str) -> str:
    leaf: Any = summary
    for step in path.split("."):
        leaf = leaf.get(step, {})
    if leaf.get("value") is None:
        return ""
    bounds = "" if leaf["low"] is None else f" [{leaf['low']:.2f}, {leaf['high']:.2f}]"
    return f"{leaf['value']:.2f}{bounds}"


def _cost(median: float, unit: int) -> str:
    return f"{median:.0f}" if unit == 1 else f"{median / unit:.1f} s"


def env_example() -> str:
    """The content of .env.example: every setting, commented out."""
    lines = [
        "# Copy to .env and remove the # of what you want to change. The command line and the environment come first; "
        "what is chosen in the page counts where none of these says anything."
    ]
    for name, field in Config.model_fields.items():
        lines += ["", f"# {field.description}", f"#{ENV_PREFIX}{name.upper()}={_default(name)}"]
    return "\n".join(lines) + "\n"


def with_block(text: str, name: str, content: str) -> str:
    """``text`` with what stands between ``<!-- name -->`` and ``<!-- /name -->`` replaced."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"no block {name!r}")
    return pattern.sub(lambda match: f"{match[1]}{content}\n{match[2]}", text)


def main() -> None:
    """Rewrite the files."""
    readme = ROOT / "README.md"
    text = with_block(readme.read_text(encoding="utf-8"), "options", option_table())
    readme.write_text(with_block(text, "results", results_table()), encoding="utf-8")
    (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")


if __name__ == "__main__":
    main()
