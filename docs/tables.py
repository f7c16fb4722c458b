"""Writes what is derived from the code into README.md and .env.example. Run it after changing a setting."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pydantic_core import PydanticUndefined  # noqa: E402

from rag.config import ENV_PREFIX, Config  # noqa: E402

ON_THE_COMMAND_LINE = ("host", "port", "articles", "data", "model", "open")
"""The settings that app.py takes as options."""


def _default(name: str) -> str:
    value = Config.model_fields[name].default
    if value is None or value is PydanticUndefined:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def option_table() -> str:
    """The README's table of settings, in Markdown."""
    rows = ["| setting | option | environment | default | meaning |", "|---|---|---|---|---|"]
    for name, field in Config.model_fields.items():
        option = f"`--{name}`" if name in ON_THE_COMMAND_LINE else ""
        default = f"`{_default(name)}`" if _default(name) else "user's cache folder" if name == "weights" else ""
        rows.append(f"| {name} | {option} | `{ENV_PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def env_example() -> str:
    """The content of .env.example: every setting, commented out."""
    lines = [
        "# Copy to .env and remove the # of what you want to change. The command line and the environment come first."
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
    readme.write_text(with_block(readme.read_text(encoding="utf-8"), "options", option_table()), encoding="utf-8")
    (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")


if __name__ == "__main__":
    main()
