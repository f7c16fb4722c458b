"""The programs of docs/llamaindex.md run as they are printed, and are short."""

import re
import shutil
from pathlib import Path

import pytest

from rag.models import ScriptedModel
from tests.conftest import ROOT, SEEDS
from tests.promises.endpoint import GOOD, Endpoint, reply

PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "llamaindex.md").read_text(encoding="utf-8"), re.DOTALL)
FACT = "US National Security Adviser Jake Sullivan had a seven-hour meeting"


@pytest.fixture
def folder(scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(SEEDS, tmp_path / "articles")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("program", PROGRAMS)
def test_ten_lines_are_ten(program: str) -> None:
    assert 8 <= len([line for line in program.splitlines() if line.strip()]) <= 10


def test_footnote_goes_into_an_application_of_llamaindex(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PROGRAMS[0], "docs/llamaindex.md", "exec"), {"__name__": "__main__"})
    said = capsys.readouterr().out
    assert said.startswith(FACT)
    assert "[1]" in said.splitlines()[0]
    assert re.search(rf"^\[1\] .+: {FACT}", said, re.M)


def test_an_llm_of_llamaindex_goes_into_footnote(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint()
    endpoint.behave = lambda _: reply(GOOD)
    monkeypatch.setenv("MY_URL", endpoint.url)
    try:
        exec(compile(PROGRAMS[1], "docs/llamaindex.md", "exec"), {"__name__": "__main__"})
    finally:
        endpoint.close()
    assert len(endpoint.asked) == 1
    said = capsys.readouterr().out
    assert said.startswith("Jake Sullivan had a seven-hour meeting with Yang Jiechi in Rome.") and FACT in said
