"""The README's examples for other programs, run as they stand against a running page."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_assistant import FakeAssistant
from tests.promises.page import Served, served

ROOT = Path(__file__).resolve().parent.parent
SECTION = (ROOT / "README.md").read_text(encoding="utf-8").split("## For other programs")[1].split("\n## ")[0]
CURLS = [line for block in re.findall(r"```sh\n(.*?)```", SECTION, re.S) for line in block.splitlines()]
PROGRAMS = re.findall(r"```python\n(.*?)```", SECTION, re.S)
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(FakeAssistant()) as page:
        yield page


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("line", CURLS)
def test_the_curl_lines_work(line: str, site: Served) -> None:
    command = shlex.split(line.replace("http://127.0.0.1:7860", site.url))
    if "--json" in command and not _has_json():
        at = command.index("--json")
        command[at : at + 2] = ["-H", "Content-Type: application/json", "-d", command[at + 1]]
    rows = [json.loads(row) for row in _run(command).splitlines()]
    assert rows and all("error" not in row or row["error"] is None for row in rows)
    assert {"text", "hits", "articles"} & rows[-1].keys()


def _has_json() -> bool:
    return "--json" in _run(["curl", "--help", "all"])


@pytest.mark.parametrize("program", PROGRAMS, ids=["openai", "mcp"])
def test_the_programs_work(program: str, site: Served) -> None:
    said = _run([sys.executable, "-c", program.replace("http://127.0.0.1:7860", site.url)])
    assert "eleven to four" in said and ("257 285" in said or "?mark=257-285" in said)


def test_every_address_is_in_the_documents(site: Served) -> None:
    for method, path in site.routes():
        if path.startswith(("/api/", "/v1/", "/mcp")) and method in ("GET", "POST") and "footnote" not in path:
            named = path.replace("trams.txt", "ID").removeprefix("/api/v1")
            assert named in API, path
