"""Settings chosen in the page: which source wins, what is refused, and what is left on a full disk or after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rag.config import Config, Origin, load_config, load_without_page
from rag.errors import ConfigError, LibraryUnwritable
from rag.models import check_model, label_of, notice_of, sent_to, usable
from rag.preferences import FILE, Preferences, checked, load, save
from rag.secrets import environment_for_children

PAGE = "https://page.example/v1"
OURS: dict[str, Any] = {"llm_url": PAGE, "llm_model": "theirs", "llm_api_key": "page-key"}
EnvFile = Callable[[str], None]


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EnvFile:
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / ".env").write_text(text, encoding="utf-8") and None


def kept(data: Path, **values: Any) -> None:
    save(data, Preferences(values, keep_key=True))


def seen(config: Config, name: str) -> tuple[Any, Origin]:
    return getattr(config, name), config.origin(name)


# -- which source wins: each line of the table, by hand ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "environment", "file", "page", "expected"),
    [
        (None, None, None, None, (200, Origin.DEFAULT)),
        (None, None, None, 110, (110, Origin.PAGE)),
        (None, None, 120, 110, (120, Origin.FILE)),
        (None, 130, 120, 110, (130, Origin.ENVIRONMENT)),
        (140, 130, 120, 110, (140, Origin.GIVEN)),
        (140, None, None, 110, (140, Origin.GIVEN)),
        (None, 130, None, None, (130, Origin.ENVIRONMENT)),
    ],
)
def test_the_surest_source_wins(
    given: int | None,
    environment: int | None,
    file: int | None,
    page: int | None,
    expected: tuple[int, Origin],
    env_file: EnvFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if environment:
        monkeypatch.setenv("FOOTNOTE_EVIDENCE_TOKENS", str(environment))
    if file:
        env_file(f"FOOTNOTE_EVIDENCE_TOKENS={file}\n")
    if page:
        kept(Path("data"), evidence_tokens=page)
    assert seen(load_config(evidence_tokens=given), "evidence_tokens") == expected


def test_what_the_page_chose_is_taken_back_whole(env_file: EnvFile) -> None:
    kept(Path("data"), model="none", threads=2)
    config = load_config()
    assert (config.model, config.threads) == ("none", 2)
    config = config.with_page(config.chosen.changed({"threads": None}, keep_key=False))
    assert seen(config, "threads") == (0, Origin.DEFAULT)
    assert seen(config, "model") == ("none", Origin.PAGE)
    assert config.with_page(Preferences()).model_dump() == load_without_page().model_dump()
    moved = config.model_copy(update={"articles": Path("elsewhere")})
    assert moved.with_page(Preferences({"threads": 3})).articles == Path("elsewhere")
    assert "model" not in config.without_page.model_fields_set
    assert load_without_page().model == "1.5b", "what is measured does not depend on a page"


# -- an address and the key that goes there ----------------------------------------------------------------------------


def test_the_pages_key_goes_with_the_pages_address(env_file: EnvFile) -> None:
    kept(Path("data"), **OURS)
    config = load_config()
    check_model(config)
    assert (config.llm_url, config.llm_api_key) == (PAGE, "page-key")
    assert label_of(config) == f"theirs, hosted at {PAGE}"
    assert sent_to(config) == f"Questions and excerpts are sent to {PAGE}: so say the settings of this page."
    assert notice_of(config) is None


@pytest.mark.parametrize("source", ["environment", "file", "command line"])
def test_no_other_address_gets_it(source: str, env_file: EnvFile, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(Path("data"), **OURS)
    elsewhere = "https://elsewhere.example/v1"
    if source == "environment":
        monkeypatch.setenv("FOOTNOTE_LLM_URL", elsewhere)
    elif source == "file":
        env_file(f"FOOTNOTE_LLM_URL={elsewhere}\n")
    config = load_config(llm_url=elsewhere if source == "command line" else None)
    assert (config.llm_url, config.llm_api_key) == (elsewhere, None)
    assert sent_to(config) == ""


@pytest.mark.parametrize("source", ["environment", "file", "command line"])
def test_the_pages_address_gets_no_other_key(source: str, env_file: EnvFile, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(Path("data"), llm_url=PAGE, llm_model="theirs")
    if source == "environment":
        monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "mine")
    elif source == "file":
        env_file("FOOTNOTE_LLM_API_KEY=mine\n")
    config = load_config(llm_api_key="mine" if source == "command line" else None)
    assert (config.llm_url, config.llm_api_key) == (PAGE, None)
    check_model(config)


def test_another_address_takes_the_key_away() -> None:
    chosen = Preferences(OURS, keep_key=True)
    assert "llm_api_key" not in chosen.changed({"llm_url": "https://evil.example/v1"}, keep_key=True).values
    both = chosen.changed({"llm_url": "https://b.example/v1", "llm_api_key": "other"}, keep_key=False)
    assert (both.values["llm_api_key"], both.keep_key) == ("other", False)
    assert "llm_api_key" not in chosen.changed({"llm_url": None}, keep_key=True).values
    assert chosen.changed({"evidence_tokens": 300}, keep_key=True).values["llm_api_key"] == "page-key"


def test_choices_that_make_no_model_do_not_keep_the_page_shut(env_file: EnvFile) -> None:
    kept(Path("data"), model="hosted")
    config = usable(load_config())
    assert config.model == "1.5b"
    assert "needs FOOTNOTE_LLM_URL" in str(config.chosen.problem)
    with pytest.raises(ConfigError):
        usable(load_config(model="hosted"))


# -- what is refused ---------------------------------------------------------------------------------------------------

MEGABYTE = "x" * 1_000_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("llm_url", "http://me:secret-word@host/v1"),
        ("llm_url", "http://me@host/v1"),
        ("llm_url", "javascript:alert(1)//http://"),
        ("llm_url", "file:///etc/passwd"),
        ("llm_url", "http:///v1"),
        ("llm_url", "http://host:99999/v1"),
        ("llm_url", "http://[::1/v1"),
        ("llm_url", "http://host/v1?key=secret-word"),
        ("llm_url", "http://host/v1#secret-word"),
        ("llm_url", "http://host\\@evil.example/v1"),
        ("llm_url", "http://ho st/v1"),
        ("llm_url", "http://раypal.example/v1"),
        ("llm_url", "http://host/\r\nX: y"),
        ("llm_url", "http://host/\u202egro.elpmaxe"),
        ("llm_url", MEGABYTE),
        ("llm_model", MEGABYTE),
        ("llm_model", "a\x1b[2Jb"),
        ("llm_model", "\u200b"),
        ("llm_model", " "),
        ("llm_api_key", "secret-word\nHost: evil"),
        ("llm_api_key", "secret word"),
        ("llm_api_key", "schlüssel"),
        ("llm_api_key", MEGABYTE),
        ("model", "/etc/passwd.gguf"),
        ("model", "7b"),
        ("model", 3),
        ("evidence_tokens", True),
        ("evidence_tokens", "many"),
        ("articles", "/"),
        ("password", "secret-word"),
        ("nonsense", "x"),
    ],
)
def test_a_hostile_value_is_one_sentence_that_does_not_repeat_it(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        checked(name, value)
    said = str(caught.value)
    assert len(said) < 200 and "\n" not in said and "secret-word" not in said


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 10**400, 49])
def test_a_number_out_of_range_is_left_out_and_said(value: float, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"version": 1, "settings": {"evidence_tokens": value}}))
    config = load_config(data=tmp_path)
    assert config.evidence_tokens == 200
    assert config.chosen.problem


# -- the file ----------------------------------------------------------------------------------------------------------


def test_it_is_its_owners_alone_and_holds_the_key_only_when_asked(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        save(tmp_path, Preferences(OURS))
        assert "page-key" not in (tmp_path / FILE).read_text()
        save(tmp_path, Preferences(OURS, keep_key=True))
    finally:
        os.umask(old)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert load(tmp_path) == Preferences(OURS, keep_key=True)
    assert "page-key" not in repr(load(tmp_path))
    save(tmp_path, Preferences())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"version": 2, "settings": {}}',
        '{"version": 1}',
        '{"version": 1, "settings": [1]}',
        '{"version": 1, "settings": {"model": "/etc/passwd.gguf"}}',
        '{"version": 1, "settings": {"host": "0.0.0.0"}}',
        '{"version": 1, "settings": {"llm_url": "http://me:pw@evil.example"}}',
        "[" * 60_000,
        "1" * 60_000,
        '{"version": 1, "settings": {}}' + " " * 70_000,
    ],
)
def test_a_damaged_file_is_set_aside_and_said(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    (tmp_path / "settings-damaged-1.json").write_text("an earlier one")
    config = load_config(data=tmp_path)
    assert config.chosen.values == {}
    assert "settings-damaged-2.json" in str(config.chosen.problem)
    assert (tmp_path / "settings-damaged-2.json").read_text() == text
    assert (tmp_path / "settings-damaged-2.json").stat().st_mode & 0o777 == 0o600
    assert load_config(data=tmp_path).chosen.problem is None


def test_a_pipe_and_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    assert "cannot be read" in str(load(tmp_path).problem)
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert "cannot be read" in str(load(tmp_path).problem)


def test_a_link_in_its_place_leads_nowhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"{FILE}.part").symlink_to(victim)
    (tmp_path / FILE).symlink_to(victim)
    save(tmp_path, Preferences({"threads": 1}))
    assert victim.read_text() == "mine"
    assert not (tmp_path / FILE).is_symlink()


@pytest.mark.parametrize("fails", ["write", "fsync", "replace", "open"])
def test_a_full_disk_is_one_sentence_and_keeps_what_was(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, Preferences({"threads": 1}))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    target = {"write": "rag.preferences.write_whole", "replace": "pathlib.Path.replace"}.get(fails, f"os.{fails}")
    with monkeypatch.context() as patched:
        patched.setattr(target, full)
        with pytest.raises(LibraryUnwritable, match=r"cannot be kept .*No space left on device.*until Footnote ends"):
            save(tmp_path, Preferences({"threads": 2}))
    assert load(tmp_path).values == {"threads": 1}
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


_WRITER = """
import sys
from pathlib import Path
from rag.preferences import Preferences, save
print("ready", flush=True)
number = 0
while True:
    number += 1
    save(Path(sys.argv[1]), Preferences({"threads": number % 200, "llm_model": "m" * 1500}))
"""


def test_killed_at_any_moment_it_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    for pause in (0.003, 0.02):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment_for_children()) as child:
            assert child.stdout is not None
            child.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                child.wait(pause)
            child.kill()
        found = load(tmp_path)
        assert found.problem is None
        assert found.values == {} or found.values["llm_model"] == "m" * 1500
