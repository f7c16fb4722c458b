"""The settings page and the check-up: what can be chosen, what is said of it, and what attackers make of the forms."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag import loading as loading_room
from rag import running
from rag.answering import prompts
from rag.assistant import Assistant, complete
from rag.config import Config, load_config, load_without_page
from rag.doctor import Finding, examine
from rag.domain import Answer, Timings
from rag.errors import ConfigError, FootnoteError
from rag.models import QWEN_0_5B, ScriptedModel
from rag.models.lending import Lending
from rag.pace import FILE as PACE
from rag.pace import Paces
from rag.password import hashed
from rag.preferences import FILE, Preferences, load
from rag.running import Running
from rag.ui.door import Access
from rag.ui.login import Login
from rag.ui.settings.checkup import as_text
from rag.ui.settings.choosing import Desk
from rag.ui.settings.table import key_words, rows
from tests.conftest import Assemble
from tests.fake_assistant import FakeAssistant
from tests.pier import TEXT
from tests.promises.page import Served, served

KEY = "sk-Canary/7f3a+9Zq-kestrel"
ENDPOINT = {"model": "hosted", "llm_url": "https://llm.example/v1", "llm_model": "theirs"}
NOTHING = {"nothing": ""}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUESTION = "What would the new pier cost?"


@pytest.fixture(scope="module")
def everybodys() -> Iterator[Served]:
    with served(FakeAssistant()) as page:
        yield page


@pytest.fixture
def site(everybodys: Served) -> Served:
    """The page, with nothing chosen."""
    assistant = everybodys.app.state.assistant
    assert isinstance(assistant, FakeAssistant)
    assistant.use(assistant.config.without_page)
    (assistant.config.data / FILE).unlink(missing_ok=True)
    assistant.remade = 0
    return everybodys


@pytest.fixture
def assistant(site: Served) -> FakeAssistant:
    found = site.app.state.assistant
    assert isinstance(found, FakeAssistant)
    return found


def soon(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# -- the table of what is in force: by hand ----------------------------------------------------------------------------


def test_every_value_is_told_with_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("FOOTNOTE_HOSTED_SECONDS=45\n")
    monkeypatch.setenv("FOOTNOTE_THREADS", "3")
    monkeypatch.setenv("FOOTNOTE_PASSWORD", "a long secret")
    config = load_config(port=8000).with_page(Preferences({**ENDPOINT, "llm_api_key": KEY, "evidence_tokens": 300}))
    table = {row.name: (row.value, row.source) for row in rows(config)}
    assert table == {
        "articles": ("seeds", "default"),
        "data": ("data", "default"),
        "weights": (str(config.weights), table["weights"][1]),
        "host": ("127.0.0.1", "default"),
        "port": ("8000", "command line (--port)"),
        "allowed_hosts": ("not set", "default"),
        "link_hosts": ("not set", "default"),
        "password": ("set (not shown)", "environment (FOOTNOTE_PASSWORD)"),
        "password_file": ("not set", "default"),
        "insecure_no_password": ("no", "default"),
        "open": ("no", "default"),
        "model": ("hosted", "this page"),
        "llm_url": ("https://llm.example/v1", "this page"),
        "llm_model": ("theirs", "this page"),
        "llm_api_key": ("set (not shown)", "this page, for this run"),
        "chroma_url": ("not set", "default"),
        "evidence_tokens": ("300", "this page"),
        "hosted_evidence_tokens": ("1200", "default"),
        "hosted_seconds": ("45", "the file .env (FOOTNOTE_HOSTED_SECONDS)"),
        "threads": ("3", "environment (FOOTNOTE_THREADS)"),
    }


def test_a_key_that_is_not_sent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_words(load_without_page()) == "No key is set."
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", KEY)
    bare = load_without_page()
    assert key_words(bare) == "A key is set, from: environment (FOOTNOTE_LLM_API_KEY)."
    ours = bare.with_page(Preferences(ENDPOINT))
    told = "A key is set by the environment (FOOTNOTE_LLM_API_KEY), and not sent to the address that is set here."
    assert key_words(ours) == told
    kept = bare.with_page(Preferences({**ENDPOINT, "llm_api_key": "k"}, keep_key=True))
    assert key_words(kept) == "A key is set, from: this page, kept in the data folder."


# -- the form ----------------------------------------------------------------------------------------------------------


def test_what_is_chosen_holds_and_is_kept(site: Served, assistant: FakeAssistant) -> None:
    data = assistant.config.data
    running.announce(data, Running(site.url, "", "1.5b", "token"))
    with site.client() as client:
        reply = client.post("/settings?fragment=1", data={**ENDPOINT, "llm_api_key": KEY, "evidence_tokens": "300"})
        assert reply.status_code == 200
        assert (
            "Questions and excerpts are sent to https://llm.example/v1: so say the settings of this page." in reply.text
        )
        assert (assistant.config.llm_api_key, assistant.config.evidence_tokens) == (KEY, 300)
        assert load(data).values == {**ENDPOINT, "evidence_tokens": 300}, "the key is for this run"
        kept = client.post("/settings?fragment=1", data={**ENDPOINT, "keep_key": "yes"})
        assert assistant.config.llm_api_key == KEY and load(data).values["llm_api_key"] == KEY
        assert (data / FILE).stat().st_mode & 0o777 == 0o600
        assert assistant.config.evidence_tokens == 300, "a field that is not in the form stays as it was"
        assert "from: this page, kept in the data folder" in kept.text
        emptied = client.post("/settings?fragment=1", data={**ENDPOINT, "evidence_tokens": "", "remove_key": "yes"})
        assert (assistant.config.llm_api_key, assistant.config.evidence_tokens) == (None, 200)
        assert "The key that was set here is forgotten" in emptied.text
        everything = client.post("/settings/forget?fragment=1", data=NOTHING)
        assert everything.status_code == 200 and not (data / FILE).exists()
        assert assistant.config.model == "1.5b"
    note = json.loads((data / "running.json").read_text())
    assert (note["model"], note["token"]) == ("1.5b", "token")


def test_the_note_for_the_command_line_names_the_model_that_answers(site: Served, assistant: FakeAssistant) -> None:
    running.announce(assistant.config.data, Running(site.url, "", "1.5b"))
    with site.client() as client:
        client.post("/settings", data={"model": "none"})
    assert json.loads((assistant.config.data / "running.json").read_text())["model"] == "none"


def test_a_choice_that_is_the_default_is_not_written_down(site: Served, assistant: FakeAssistant) -> None:
    with site.client() as client:
        client.post("/settings", data={"model": "1.5b", "evidence_tokens": "200", "threads": "2"})
    assert dict(assistant.config.chosen.values) == {"threads": 2}


def test_what_is_fixed_elsewhere_is_shown_as_such_and_not_changed(
    site: Served, monkeypatch: pytest.MonkeyPatch, assistant: FakeAssistant
) -> None:
    before = assistant.config
    monkeypatch.setenv("FOOTNOTE_LLM_URL", "https://fixed.example/v1")
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "fixed")
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", KEY)
    assistant.config = load_without_page(model="none", data=assistant.config.data, threads=2)
    with site.client() as client:
        shown = client.get("/settings").text
        assert "Fixed by the command line (--model)" in shown
        assert "https://fixed.example/v1, by the environment (FOOTNOTE_LLM_URL)" in shown
        for name in ("llm_url", "llm_model", "llm_api_key", "threads"):
            assert f'name="{name}"' not in shown
        assert shown.count("disabled") == 4
        client.post("/settings", data={**ENDPOINT, "threads": "9", "llm_api_key": "another", "keep_key": "yes"})
    config, assistant.config = assistant.config, before
    assert (config.model, config.llm_url, config.llm_api_key) == ("none", "https://fixed.example/v1", KEY)
    assert config.threads == 2


def test_two_tabs_at_once_the_last_one_wins_and_is_told(site: Served, assistant: FakeAssistant) -> None:
    with site.client() as client:
        seen = re.search(r'name="revision" value="(\w+)"', client.get("/settings").text)
        assert seen
        one = client.post("/settings?fragment=1", data={"threads": "2", "revision": seen[1]})
        other = client.post("/settings?fragment=1", data={"threads": "3", "revision": seen[1]})
    assert "Another tab" not in one.text
    assert "Another tab had changed the settings" in other.text
    assert assistant.config.threads == 3


def test_a_hundred_at_once_leave_one_of_them(assistant: FakeAssistant) -> None:
    desk = Desk(assistant)
    threads = [threading.Thread(target=desk.choose, args=({"threads": str(n)},)) for n in range(1, 101)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load(assistant.config.data).values["threads"] == assistant.config.threads


@pytest.mark.parametrize(
    "form",
    [
        {**ENDPOINT, "llm_url": "http://me:secret-word@host/v1"},
        {**ENDPOINT, "llm_url": "javascript:alert('secret-word')"},
        {**ENDPOINT, "llm_url": "file:///etc/secret-word"},
        {**ENDPOINT, "llm_url": "http://раypal.example/secret-word"},
        {**ENDPOINT, "llm_url": "x" * 100_000},
        {**ENDPOINT, "llm_url": ""},
        {**ENDPOINT, "llm_model": ""},
        {**ENDPOINT, "llm_model": "a\x1b[2J"},
        {**ENDPOINT, "llm_api_key": "secret-word\r\nHost: evil"},
        {"model": "/etc/passwd.gguf"},
        {"evidence_tokens": "-1"},
        {"evidence_tokens": "1e9"},
        {"evidence_tokens": "<script>secret-word</script>"},
        {"evidence_tokens": "٣٠٠"},
        {"threads": "100000"},
        {"hosted_seconds": "0"},
    ],
)
def test_a_hostile_form_changes_nothing_and_is_one_sentence(
    form: dict[str, str], site: Served, assistant: FakeAssistant
) -> None:
    before = assistant.config
    with site.client() as client:
        reply = client.post("/settings?fragment=1", data=form)
        assert reply.status_code == 422
        assert "Nothing has been changed." in reply.text
        assert "secret-word" not in reply.text and "<script" not in reply.text
        assert client.post("/settings", data=form).status_code == 422
    assert assistant.config is before
    assert not (before.data / FILE).exists()


def test_no_form_and_too_long_a_form_are_refused(site: Served, assistant: FakeAssistant) -> None:
    before = assistant.config
    with site.client() as client:
        assert client.post("/settings", json=ENDPOINT).status_code == 400
        assert client.post("/settings", content=b"model=\xff\xfe", headers=FORM).status_code == 400
        assert client.post("/settings", content=b"a&" * 2000, headers=FORM).status_code == 400
        assert client.post("/settings", content=b"model=" + b"x" * 1_000_000, headers=FORM).status_code == 413
        assert client.post("/doctor/repair", json={"sure": "yes"}).status_code == 400
        assert client.post("/settings/theme", data={"theme": "<b>"}).status_code == 422
    assert assistant.config is before and assistant.remade == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(
    site: Served, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rag.preferences.write_whole", full)
    with site.client() as client:
        reply = client.post("/settings?fragment=1", data={"threads": "2"})
    assert "cannot be kept" in reply.text and "they hold until Footnote ends" in reply.text
    assert assistant.config.threads == 2


# -- who may change ----------------------------------------------------------------------------------------------------


def test_who_has_not_logged_in_changes_nothing(assistant: FakeAssistant) -> None:
    access = Access((), Login(hashed("a long secret"), "token"))
    with served(assistant, access) as page, page.client() as client:
        assert client.post("/settings", data=ENDPOINT).status_code == 401
        assert client.get("/doctor").status_code == 401
        assert client.post("/login", data={"password": "a long secret"}).status_code == 200
        assert client.post("/settings", data={"threads": "2"}).status_code == 200
    assert assistant.config.threads == 2


def test_without_a_password_only_this_machine_changes_settings(
    site: Served, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ui.door.peer", lambda _: "192.0.2.7")
    with site.client() as client:
        for path in ("/settings", "/settings/forget", "/settings/fetch", "/settings/stop", "/doctor/repair"):
            reply = client.post(f"{path}?fragment=1", data={**ENDPOINT, "sure": "yes"})
            assert reply.status_code == 403, path
            assert "this page has no password" in reply.text
        assert client.get("/settings").status_code == 200
    assert assistant.config.llm_url is None and assistant.remade == 0


# -- the key -----------------------------------------------------------------------------------------------------------


def test_the_key_is_in_no_answer_and_in_no_other_file(
    site: Served, assistant: FakeAssistant, capfd: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []
    data = assistant.config.data
    with site.client() as client:
        for extra in (
            {},
            {"keep_key": "yes"},
            {"llm_model": ""},
            {"evidence_tokens": "x"},
            {"llm_url": "http://h/\x07"},
        ):
            form = {**ENDPOINT, "llm_api_key": KEY, **extra}
            for address in ("/settings", "/settings?fragment=1"):
                reply = client.post(address, data=form)
                shown += [reply.text, str(reply.headers)]
            for address in ("/settings", "/settings/loading", "/doctor", "/doctor?fragment=1", "/", "/config"):
                shown.append(client.get(address).text)
        soon(lambda: "data-poll" not in client.get("/doctor?fragment=1").text)
        shown.append(client.get("/doctor").text)
    shown += [repr(assistant.config), repr(assistant.config.chosen), repr(assistant.status()), *capfd.readouterr()]
    assert not any(KEY[at : at + 8] in text for text in shown for at in range(len(KEY) - 8))
    holding = [f for f in data.rglob("*") if f.is_file() and KEY.encode() in f.read_bytes()]
    assert [(f.name, f.stat().st_mode & 0o777) for f in holding] == [(FILE, 0o600)]
    if Path("/proc/self/cmdline").exists():
        assert KEY not in Path("/proc/self/cmdline").read_text()
    assert KEY not in os.environ.values()


def test_another_address_never_gets_the_key(site: Served, assistant: FakeAssistant) -> None:
    with site.client() as client:
        client.post("/settings", data={**ENDPOINT, "llm_api_key": KEY, "keep_key": "yes"})
        reply = client.post(
            "/settings?fragment=1", data={**ENDPOINT, "llm_url": "https://evil.example/v1", "keep_key": "yes"}
        )
    assert (assistant.config.llm_url, assistant.config.llm_api_key) == ("https://evil.example/v1", None)
    assert "The key that was set here is forgotten" in reply.text
    assert KEY not in (assistant.config.data / FILE).read_text()


def test_an_address_with_a_secret_step_is_not_shown_and_stays(site: Served, assistant: FakeAssistant) -> None:
    address = "https://gateway.example/v1/plover-step-63/openai"
    with site.client() as client:
        client.post("/settings", data={**ENDPOINT, "llm_url": address, "llm_api_key": KEY})
        shown = client.get("/settings").text
        assert "plover-step-63" not in shown and 'placeholder="https://gateway.example/v1/.../openai"' in shown
        client.post("/settings", data={**ENDPOINT, "llm_url": ""})
    assert (assistant.config.llm_url, assistant.config.llm_api_key) == (address, KEY)


# -- light or dark -----------------------------------------------------------------------------------------------------


def test_the_theme_is_a_cookie_that_every_page_knows(site: Served) -> None:
    with site.client() as client:
        assert "data-theme" not in client.get("/articles/trams.txt").text
        chosen = client.post("/settings/theme", data={"theme": "dark"})
        assert chosen.status_code == 303
        assert "samesite=strict" in chosen.headers["set-cookie"].lower()
        for address in ("/articles/trams.txt", "/settings", "/doctor"):
            assert '<html lang="en" data-theme="dark">' in client.get(address).text
        client.post("/settings/theme", data={"theme": "system"})
        assert "data-theme" not in client.get("/articles").text
        client.cookies.set("footnote-theme", '"><script>')
        assert "<script" not in client.get("/articles").text


# -- the check-up ------------------------------------------------------------------------------------------------------


def test_the_check_up_runs_in_the_background_and_is_told(site: Served) -> None:
    with site.client() as client:
        client.get("/doctor")
        soon(lambda: "data-poll" not in client.get("/doctor?fragment=1").text)
        shown = client.get("/doctor?fragment=1").text
        assert re.search(r"\d broken, \d to see to, \d+ as it should be", shown)
        assert "1 in " in shown and "not fetched yet" in shown
        assert client.post("/doctor?fragment=1", data=NOTHING).status_code == 200
        soon(lambda: "data-poll" not in client.get("/doctor?fragment=1").text)


def test_making_anew_asks_first(site: Served, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def repair(*_: object) -> None:
        raise FootnoteError("The search model is missing: start with a network.")

    monkeypatch.setattr("rag.ui.settings.checkup.repair", repair)
    with site.client() as client:
        asked = client.post("/doctor/repair?fragment=1", data=NOTHING)
        assert "Make the library anew from the articles?" in asked.text and assistant.remade == 0
        client.post("/doctor/repair?fragment=1", data={"sure": "yes"})
        soon(lambda: "data-poll" not in client.get("/doctor?fragment=1").text)
        assert "The search model is missing: start with a network." in client.get("/doctor").text
    assert assistant.remade == 1


def test_the_text_to_hand_on_names_no_home_and_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = load_without_page(
        articles=tmp_path, data=tmp_path / "d", chroma_url="http://me:secret-word@h:8000/secret-word", model="none"
    )
    text = as_text(tuple(examine(config)))
    assert str(tmp_path) not in text and "secret-word" not in text
    assert "broken: articles: " in text


def test_a_key_file_that_others_can_read_is_to_be_seen_to(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"version": 1, "settings": {}}')
    (tmp_path / FILE).chmod(0o644)
    findings = [f for f in examine(load_config(data=tmp_path, model="none")) if f.what == "settings"]
    assert [(f.ok, "others can read" in f.seen) for f in findings] == [(False, True)]
    (tmp_path / FILE).write_text("{")
    findings = [f for f in examine(load_config(data=tmp_path, model="none")) if f.what == "settings"]
    assert [(f.ok, "settings-damaged-1.json" in f.seen) for f in findings] == [(False, True)]


# -- another model while questions are answered ------------------------------------------------------------------------


def test_a_lent_model_is_closed_when_its_last_question_is_done() -> None:
    lending, first, second = Lending(), ScriptedModel(), ScriptedModel()
    lending.put(first)
    with lending.lend() as one, lending.lend() as two:
        assert one is two is first
        lending.put(second)
        assert not first.closed and not lending.wait_until_one(0)
        with lending.lend() as three:
            assert three is second
    assert first.closed and lending.wait_until_one(0) and not second.closed
    lending.close()
    lending.close()
    assert second.closed and lending.model is None


@pytest.fixture
def few(assemble: Assemble, tmp_path: Path) -> Assemble:
    """Assistants over a single article, which is read at once."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "pier.txt").write_text(f"Pier talks\n\n{TEXT}\n", encoding="utf-8")
    return lambda **settings: assemble(articles=folder, **settings)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, scripted: ScriptedModel) -> dict[str, ScriptedModel]:
    """A scripted model for each setting."""
    made = {
        "1.5b": ScriptedModel(delay=0.05),
        "0.5b": ScriptedModel(name="small"),
        "hosted": ScriptedModel(local=False),
    }
    monkeypatch.setattr(loading_room, "load_model", lambda config: made.get(config.model))
    return made


def chosen(config: Config, **values: Any) -> Config:
    return config.with_page(Preferences(values))


def test_the_model_is_exchanged_while_a_question_streams(few: Assemble, models: dict[str, ScriptedModel]) -> None:
    assistant = few(model=None)
    models["1.5b"].enqueue("YES. She said the new pier would cost $ 40 million [1].")
    models["0.5b"].enqueue("YES. She said the new pier would cost $ 40 million [1].")
    with closing(assistant.ask(QUESTION)) as answers:  # type: ignore[type-var]
        next(a for a in answers if models["1.5b"].calls)
        assistant.use(chosen(assistant.config, model="0.5b"))
        assert not models["1.5b"].closed
        assert assistant.status().model == "Qwen2.5-Coder 0.5B, on this machine"
        assert not assistant.status().model_ready
        assert complete(assistant.ask(QUESTION)).model == "none", "meanwhile answers are the articles' sentences"
        assert complete(answers).model == "scripted", "an answer under way keeps its model"
    assert models["1.5b"].closed
    soon(lambda: assistant.status().model_ready)
    assert models["0.5b"].warmed == [tuple(prompts.prefix())]
    assert complete(assistant.ask(QUESTION)).model == "small"
    assistant.use(chosen(assistant.config, model="none"))
    assert models["0.5b"].closed and not assistant.status().model_ready
    assert complete(assistant.ask(QUESTION)).model == "none"


def test_of_quick_changes_the_last_one_wins(few: Assemble, models: dict[str, ScriptedModel]) -> None:
    assistant = few(model=None)
    endpoint = {"llm_url": "http://127.0.0.1:9/v1", "llm_model": "m"}
    for _ in range(5):
        for model in ("0.5b", "none", "1.5b", "hosted"):
            assistant.use(chosen(assistant.config, model=model, **endpoint))
    soon(lambda: assistant.status().model_ready)
    assert assistant._model is models["hosted"]
    assert assistant.status().model == "m, hosted at http://127.0.0.1:9/v1"
    assert assistant.status().notice.startswith("Questions and excerpts are sent to http://127.0.0.1:9/v1")


def test_settings_that_make_no_model_change_nothing(few: Assemble, models: dict[str, ScriptedModel]) -> None:
    assistant = few(model=None)
    before = assistant.config
    with pytest.raises(ConfigError):
        assistant.use(chosen(before, model="hosted"))
    assert assistant.config is before and assistant._model is models["1.5b"]


def test_more_evidence_needs_no_other_model(few: Assemble, models: dict[str, ScriptedModel]) -> None:
    assistant = few(model=None)
    assistant.use(chosen(assistant.config, evidence_tokens=400))
    assert assistant._model is models["1.5b"] and not models["1.5b"].closed
    assert assistant.config.evidence_tokens == 400


@pytest.mark.parametrize("end", ["fails", "is stopped", "is overtaken"])
def test_a_download_that_does_not_come_to_its_end(
    end: str, few: Assemble, models: dict[str, ScriptedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.errors import WeightsCancelled, WeightsError

    def fetch(_: object, __: object, progress: Any, cancelled: Callable[[], bool]) -> None:
        if end == "fails":
            raise WeightsError("The small language model is missing and could not be fetched.")
        soon(cancelled)
        raise WeightsCancelled("not now")

    assistant = few(model=None)
    monkeypatch.setattr(loading_room, "is_present", lambda weights, _: weights is not QWEN_0_5B)
    monkeypatch.setattr(loading_room, "fetch", fetch)
    assistant.use(chosen(assistant.config, model="0.5b"))
    if end != "fails":
        soon(lambda: assistant.status().can_cancel)
        assert "Fetching the small language model 0.5b (491 MB)" in assistant.status().phase
    if end == "is overtaken":
        assistant.use(chosen(assistant.config, model="1.5b"))
        soon(lambda: assistant.status().model_ready)
        assert not assistant.status().can_fetch and assistant.status().problem is None
        return
    if end == "is stopped":
        assistant.not_now()
    soon(lambda: assistant.status().can_fetch)
    assert not assistant.status().can_cancel and assistant.status().phase == ""
    assert (assistant.status().problem is None) == (end == "is stopped")
    assert complete(assistant.ask(QUESTION)).model == "none"


def test_the_library_is_made_anew_while_questions_wait(few: Assemble, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag import doctor
    from rag.models import HashEmbedder

    assistant = few(model="none")
    monkeypatch.setattr(doctor, "_embedder", lambda *_: HashEmbedder())
    waited: list[str | None] = []

    def make(watch: Any) -> doctor.Repair:
        asking = assistant.ask(QUESTION)
        waited.append(next(asking).status)
        asking.close()  # type: ignore[attr-defined]
        return doctor.repair(assistant.config, watch)

    done = assistant.anew(make)
    assert waited != [None] and done.aside is not None and done.aside.name == "library-damaged-1"
    assert len(assistant.articles()) == len(done.report.added) == 1
    assert complete(assistant.ask(QUESTION)).sentences


# -- how long models take ----------------------------------------------------------------------------------------------


def answered(first: float, whole: float, model: str = "m", **more: Any) -> Answer:
    return Answer("q", "a", model=model, timings=Timings(1.0, first, whole), done=True, **more)


def test_times_are_medians_and_survive(tmp_path: Path) -> None:
    paces = Paces(tmp_path)
    for first, whole in ((1000, 2000), (3000, 9000), (2000, 4000)):
        paces.note(answered(first, whole))
    paces.note(answered(1, 1, error="failed"))
    paces.note(answered(1, 1, stopped=True))
    paces.note(answered(1, 1, kind="timeline"))
    for reader in (paces, Paces(tmp_path)):
        pace = reader.of("m")
        assert pace is not None and (pace.first_s, pace.whole_s, pace.answers) == (2.0, 4.0, 3)
    assert paces.of("other") is None
    for number in range(40):
        paces.note(answered(1000, 1000, model=f"{number}" * 500))
    assert (tmp_path / PACE).stat().st_size < 10_000
    for damage in ("{", "[]", '{"m": 1}', '{"m": [["x", 1]]}', "[" * 50_000):
        (tmp_path / PACE).write_text(damage)
        assert Paces(tmp_path).of("m") is None
    (tmp_path / PACE).unlink()
    (tmp_path / PACE).mkdir()
    Paces(tmp_path).note(answered(1000, 2000))


def test_answers_are_timed(few: Assemble) -> None:
    assistant: Assistant = few(model="none")
    complete(assistant.ask(QUESTION))
    pace = assistant.pace("none")
    assert pace is not None and pace.answers == 1 and 0 < pace.first_s <= pace.whole_s


def test_a_finding_is_graded() -> None:
    assert as_text((Finding("a", "x"), Finding("b", "y", ok=False), Finding("c", "z", ok=False, broken=True))) == (
        "ok: a: x\nsee to: b: y\nbroken: c: z"
    )


def test_pages_refuse_nothing_that_a_browser_asks(site: Served) -> None:
    with site.client() as client:
        for address in ("/settings", "/doctor"):
            assert client.head(address).status_code == 200
            assert "form-action 'self'" in client.get(address).headers["content-security-policy"]
    with httpx.Client(trust_env=False) as other:
        assert other.get(f"{site.url}/settings", headers={"Origin": "https://evil.example"}).status_code == 403
