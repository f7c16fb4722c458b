"""Keys of other programs: made, kept hashed, found, withdrawn; and what the command line says of them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.__main__ import app
from rag.errors import ConfigError, LibraryUnwritable
from rag.keys import MOST, Keys


def test_a_key_is_known_by_its_token_and_kept_without_it(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "data")
    assert keys.all() == [] and keys.owner("fn-guess") is None
    key, token = keys.make("  my   notebook ")
    assert (key.name, len(token)) == ("my notebook", 46)
    assert keys.owner(token) == key
    assert keys.owner(token[:-1]) is None and keys.owner(token.removeprefix("fn-")) is None
    file = tmp_path / "data" / "keys.json"
    assert token not in file.read_text() and token[3:] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [f.name for f in file.parent.iterdir()] == ["keys.json"], "no draft is left"


def test_another_process_s_keys_count_at_once_and_withdrawn_ones_no_longer(tmp_path: Path) -> None:
    page, terminal = Keys(tmp_path), Keys(tmp_path)
    first, token = terminal.make("first")
    second, other = terminal.make("second")
    assert (page.owner(token), page.owner(other)) == (first, second)
    assert terminal.withdraw(first.id) == first
    assert (page.owner(token), page.owner(other)) == (None, second)
    with pytest.raises(ConfigError, match="no key with the id"):
        terminal.withdraw(first.id)
    (tmp_path / "keys.json").unlink()
    assert page.owner(other) is None


NO_DIGEST = '[{"id": "a", "name": "b", "made": "c", "digest": "d"}]'


@pytest.mark.parametrize("held", ["{", "[1]", '{"a": 1}', "[" * 100_000, '[{"id": "a"}]', "\udcff", NO_DIGEST])
def test_a_damaged_file_lets_nobody_in_and_is_told(held: str, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, token = keys.make("one")
    (tmp_path / "keys.json").write_text(held, encoding="utf-8", errors="surrogateescape")
    assert keys.owner(token) is None
    with pytest.raises(ConfigError, match="cannot be read: correct the file"):
        keys.make("two")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x1b[2Jb", "turned \u202e around"])
def test_names_that_cannot_be_shown_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs a name"):
        Keys(tmp_path).make(name)


def test_there_is_an_end_to_keys_and_a_word_where_they_cannot_be_kept(tmp_path: Path) -> None:
    row = {"id": "a", "name": "n", "made": "2026-01-01"}
    rows = [{**row, "digest": f"{n:064x}"} for n in range(MOST)]
    (tmp_path / "keys.json").write_text(json.dumps(rows))
    with pytest.raises(ConfigError, match="100 keys already"):
        Keys(tmp_path).make("one more")
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryUnwritable, match="cannot be kept"):
        Keys(tmp_path / "file" / "data").make("x")


def test_the_command_line_makes_lists_and_withdraws(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["key", *arguments, "--data", str(tmp_path)])
        return done.exit_code, done.stdout, done.stderr

    code, token, said = run("new", "notebook")
    assert code == 0 and token.startswith("fn-") and token.count("\n") == 1
    assert "shown this once" in said and token.strip() not in said
    key = Keys(tmp_path).owner(token.strip())
    assert key is not None
    _, listed, _ = run("list")
    assert listed == f"{key.id}  {key.made}  notebook\n"
    assert run("withdraw", key.id)[1] == f"The key {key.id} for notebook opens nothing any more.\n"
    assert run("list")[1] == ""
    assert run("withdraw", "x\x1b[2J")[0] == 1
