"""A misbehaving model never becomes a false answer or a false refusal: it is told, and the articles still answer."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from rag import answering
from rag import loading as loading_room
from rag.answering import STANDS_IN, reply
from rag.assistant import Assistant, complete
from rag.domain import Answer
from rag.errors import ModelError
from rag.models import ScriptedModel, load_model
from rag.models import llama as llama_room
from rag.models.base import Message
from rag.models.local import LocalModel
from tests import llama_stub
from tests.conftest import Assemble
from tests.promises.conftest import Effort, Report
from tests.promises.endpoint import GOOD, Behave, Endpoint, Response, chunk, endless, event, failing, slowly
from tests.promises.endpoint import reply as says

QUESTION = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
FACT = "US National Security Adviser Jake Sullivan had a seven-hour meeting"
SECONDS = 4.0
"""What a whole reply may take here."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


@pytest.fixture
def hosted(assemble: Assemble, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    monkeypatch.setattr(loading_room, "load_model", load_model)
    settings = {"llm_url": endpoint.url, "llm_model": "m", "llm_api_key": "sk-1", "hosted_seconds": SECONDS}
    return assemble(model="hosted", **settings)


def timed(assistant: Assistant) -> tuple[Answer, float]:
    began = time.monotonic()
    return complete(assistant.ask(QUESTION)), time.monotonic() - began


def always(response: Callable[[], Response]) -> Behave:
    return lambda _: response()


HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
DATE = format_datetime(datetime.now(UTC) + timedelta(hours=5), usegmt=True)
FAILURES: dict[str, tuple[Behave, str]] = {
    "empty": (always(lambda: says("")), "sent no words"),
    "only white space": (always(lambda: Response([chunk(" \n"), chunk(finish="stop")])), "sent no words"),
    "no body": (always(lambda: Response([])), "sent no words"),
    "html": (always(lambda: Response([HTML.encode()], headers={"Content-Type": "text/html"})), "sent no words"),
    "html as words": (always(lambda: says(HTML)), "nothing that can be used"),
    "json as words": (always(lambda: says('{"error": {"message": "overloaded"}}')), "nothing that can be used"),
    "only a verdict": (always(lambda: says("YES.")), "nothing that can be used"),
    "cut in its first sentence": (always(lambda: says("YES. Jake Sullivan had a", "length")), "can be used"),
    "malformed": (always(lambda: Response([b"data: {not json}\n\n"])), "no whole reply"),
    "malformed in the middle": (
        always(lambda: Response([chunk("YES. Jake Sullivan met Xi Jinping [1]. And"), b"data: }{\n\n"])),
        "no whole reply",
    ),
    "no choices": (always(lambda: Response([event({"choices": None})])), "no whole reply"),
    "a list": (always(lambda: Response([event([1, 2])])), "no whole reply"),
    "words that are none": (always(lambda: Response([chunk({"a": 1}), chunk(["b"])])), "no whole reply"),
    "not utf-8": (always(lambda: Response([b"data: \xff\xfe\n\n"])), "no whole reply"),
    "an error as an event": (always(lambda: Response([event({"error": {"message": "overloaded"}})])), "overloaded"),
    "broken off": (
        always(lambda: Response([chunk("YES. Jake")], headers={"Content-Length": "9999"})),
        "no whole reply",
    ),
    "packed": (
        always(lambda: Response([gzip.compress(bytes(10**6))], headers={"Content-Encoding": "gzip"})),
        "packed",
    ),
    "endless line": (always(lambda: Response(endless(b"x" * 65536))), "more than 2 MB"),
    "endless comments": (always(lambda: Response(endless(b": ping\n\n" * 4000))), "more than 2 MB"),
    "endless pauses": (always(lambda: Response(endless(b": ping\n\n"), pause=0.05)), f"took longer than {SECONDS:g} s"),
    "one byte a second": (
        always(lambda: Response(slowly(chunk("YES.")), pause=1.0)),
        f"took longer than {SECONDS:g} s",
    ),
    "silent": (always(lambda: Response([], status=0)), f"took longer than {SECONDS:g} s"),
    "silent after a word": (
        always(lambda: Response(iter([chunk("YES. Nobody"), b": "]), pause=3.0)),
        f"took longer than {SECONDS:g} s",
    ),
    "400": (always(lambda: failing(400, '{"error": {"message": "bad"}}')), "answered 400"),
    "401": (always(lambda: failing(401, '{"error": {"message": "no"}}')), "refused the key (401)"),
    "403": (always(lambda: failing(403)), "refused the key (403)"),
    "404": (always(lambda: failing(404, HTML)), "does not know the model m"),
    "429 for long": (always(lambda: failing(429, "{}", Retry_After="86400")), "(429, asks to wait 3,600 s)"),
    "429 until a date": (always(lambda: failing(429, "{}", Retry_After=DATE)), "(429, asks to wait 3,600 s)"),
    "429 with nonsense": (always(lambda: failing(429, "{}", Retry_After="soon, I hope")), "(429)"),
    "429 for ever": (always(lambda: failing(429, "{}", Retry_After="9" * 400)), "(429, asks to wait 3,600 s)"),
    "500": (always(lambda: failing(500, HTML)), "answered 500"),
    "an endless 500": (always(lambda: Response(endless(b"x" * 65536), 500)), "hosted model"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_endpoint_is_told_and_the_articles_answer(
    name: str, hosted: Assistant, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.behave, words = FAILURES[name]
    final, seconds = timed(hosted)
    assert final.error is not None
    assert words in final.error
    assert final.error.endswith(STANDS_IN)
    assert not final.refused
    assert final.text.startswith(FACT)
    assert seconds < SECONDS + 2
    assert hosted._model is not None
    assert not hosted._model._line.tickets, "the place is freed"  # type: ignore[attr-defined]
    if "429" not in name:
        endpoint.behave = lambda _: says(GOOD)
        assert timed(hosted)[0].error is None


@pytest.mark.parametrize(
    ("finish", "told"), [("length", True), ("content_filter", True), (None, True), ("stop", False)]
)
def test_a_reply_that_was_cut_is_told_as_cut(
    finish: str | None, told: bool, hosted: Assistant, endpoint: Endpoint
) -> None:
    endpoint.behave = lambda _: says(f"{GOOD} The meeting took place in the", finish)
    final, _ = timed(hosted)
    assert final.error is None
    assert (final.stopped, final.to_json()["stopped"]) == (told, told)
    if told:
        assert final.text == "Jake Sullivan had a seven-hour meeting with Yang Jiechi in Rome."


@pytest.mark.parametrize("piece", ["Jake Sullivan met Yang Jiechi in Rome [1]. ", ".", "a", "not. "])
def test_an_endless_reply_is_cut_and_not_read_anew_at_each_piece(
    piece: str, hosted: Assistant, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = reply.sentences
    monkeypatch.setattr(reply, "sentences", lambda text: read.append(text) or real(text))
    endpoint.behave = lambda _: Response(endless(chunk(piece)))
    final, seconds = timed(hosted)
    assert final.stopped or final.error or final.refused
    assert seconds < 8
    assert sum(map(len, read)) < 600 * answering.MAX_ANSWER_TOKENS * 12
    assert all(len(text) <= answering.MAX_ANSWER_TOKENS * 12 for text in read)


def test_a_reply_is_taken_apart_only_where_a_sentence_ends_or_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Jake Sullivan met him. Then he left."
    stages = [reply.stage(said[:end]) for end in range(len(said) + 1)]
    assert len(set(stages)) == 4  # nothing yet, one ended, another begun, that ended


def test_too_many_requests_are_waited_for_where_that_is_soon(hosted: Assistant, endpoint: Endpoint) -> None:
    endpoint.behave = lambda _: failing(429, "{}", Retry_After="1") if len(endpoint.asked) == 1 else says(GOOD)
    final, seconds = timed(hosted)
    assert final.error is None
    assert 1 <= seconds < SECONDS + 1


def test_who_asked_to_be_left_alone_is_not_asked_again(hosted: Assistant, endpoint: Endpoint) -> None:
    endpoint.behave = lambda _: failing(429, "{}", Retry_After="600")
    timed(hosted)
    asked = len(endpoint.asked)
    final, seconds = timed(hosted)
    assert asked == len(endpoint.asked) == 1
    assert "asked not to be asked for another 6" in (final.error or "")
    assert seconds < 1


def test_excerpts_follow_no_redirect(hosted: Assistant, endpoint: Endpoint) -> None:
    other = Endpoint()
    try:
        for status in (301, 302, 307, 308):
            endpoint.behave = lambda _, status=status: failing(status, "", Location=f"{other.url}/chat/completions")
            final, _ = timed(hosted)
            assert f"answered {status}" in (final.error or "")
        assert other.asked == []
    finally:
        other.close()


def test_no_account_of_another_service_is_told(
    hosted: Assistant, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-canary")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-canary")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    timed(hosted)
    assert "canary" not in json.dumps(endpoint.asked[0].headers)


# -- the child on this machine -----------------------------------------------------------------------------------------

PREFIX = [Message("system", "be brief"), Message("user", "one"), Message("assistant", "two")]
Local = Callable[..., LocalModel]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    made: list[LocalModel] = []
    monkeypatch.setattr(llama_room, "_CHILD", Path(llama_stub.__file__))
    monkeypatch.setattr(llama_room, "_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(llama_room, "_ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(llama_room, "_QUICK_SECONDS", 1.0)

    def make(delay: float = 0.05) -> LocalModel:
        monkeypatch.setenv("STUB_DELAY", str(delay))
        made.append(LocalModel(tmp_path / "tiny.gguf", "identity", threads=1, cache=tmp_path / "cache"))
        return made[-1]

    yield make
    for model in made:
        model.close()


def ask(model: LocalModel, text: str) -> str:
    return "".join(chunk.text for chunk in model.stream([*PREFIX, Message("user", text)], max_tokens=50)).strip()


posix = pytest.mark.skipif(os.name != "posix", reason="signals")


@posix
@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_hangs_or_dies_fails_one_reply_and_is_started_again(
    how: signal.Signals, local: Local, effort: Effort, report: Report
) -> None:
    model = local()
    times = effort(2, 40)
    slowest = 0.0
    for number in range(times):
        stream = model.stream([*PREFIX, Message("user", "a " * 40)], max_tokens=50)
        for _ in range(number % 7):
            next(stream)
        assert model._llama._child is not None
        if number % 7:  # Else it is hung or dead before it is asked.
            while not next(stream).text:
                pass
        model._llama._child.send_signal(how)
        began = time.monotonic()
        if how != signal.SIGSTOP:
            model._llama._child.wait(5)
        if number % 7 or how == signal.SIGSTOP:
            with pytest.raises(ModelError, match="did not respond any more" if how == signal.SIGSTOP else "stopped"):
                list(stream)
        else:
            list(stream)  # Started again before it is asked.
        slowest = max(slowest, time.monotonic() - began)
        assert not model._line.tickets
        assert ask(model, "alive again") == "alive again"
    assert slowest < 6
    report(faults=times, slowest_seconds=round(slowest, 2))


@posix
def test_a_hung_child_blocks_nobody(local: Local) -> None:
    """Neither who counts its tokens, nor who waits in line, nor who has gone without leaving."""
    model = local()
    abandoned = model.stream([*PREFIX, Message("user", "a " * 40)], max_tokens=50)
    next(abandoned)
    waiting = model.stream([*PREFIX, Message("user", "next")], max_tokens=50)
    assert next(waiting).place == 2
    assert model._llama._child is not None
    model._llama._child.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    for number in range(20):
        model.count_tokens(f"a text that was not counted before, {number}")
    assert time.monotonic() - began < 4
    assert "".join(chunk.text for chunk in waiting).strip() == "next"
    assert time.monotonic() - began < 8


@posix
def test_a_child_that_hangs_while_it_reads_the_prefix_is_ended(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    model = local()
    assert model._llama._child is not None
    model._llama._child.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(ModelError):
        model.warm(PREFIX)
    assert time.monotonic() - began < 4
    assert ask(model, "alive") == "alive"


def test_a_child_that_says_it_is_well_and_never_ends_is_ended(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.local.REPLY_SECONDS", 1.0)
    model = local(delay=30)
    began = time.monotonic()
    with pytest.raises(ModelError, match="did not respond any more"):
        ask(model, "word")
    assert time.monotonic() - began < 4
    assert not model._line.tickets


def test_a_child_that_takes_its_time_is_not_taken_for_a_hung_one(local: Local) -> None:
    assert ask(local(delay=2.5), "word") == "word"


def test_a_child_that_does_not_load_in_time_is_ended(
    local: Local, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local()
    monkeypatch.setattr(llama_room, "_LOAD_SECONDS", 1.0)
    began = time.monotonic()
    with pytest.raises(ModelError, match="cannot be loaded"):
        llama_room.Llama(tmp_path / "slow.gguf", 1, tmp_path).start()
    assert time.monotonic() - began < 5


@posix
def test_the_articles_answer_while_the_child_hangs(
    assemble: Assemble, local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = local(delay=0.3)
    monkeypatch.setattr(loading_room, "load_model", lambda _: model)
    assistant = assemble()
    answers = assistant.ask(QUESTION)
    next(answers), next(answers)
    assert model._llama._child is not None
    model._llama._child.send_signal(signal.SIGSTOP)
    final = complete(answers)
    assert "did not respond any more" in (final.error or "")
    assert (final.error or "").endswith(STANDS_IN)
    assert final.text.startswith(FACT)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_command_line_prints_the_answer_and_the_error(
    scripted: ScriptedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.testing import CliRunner

    from rag.__main__ import app
    from tests.conftest import SEEDS

    scripted.enqueue(ModelError("The model has failed."))
    done = CliRunner().invoke(app, ["ask", QUESTION, "--articles", str(SEEDS), "--data", str(tmp_path / "data")])
    assert done.exit_code == 1
    assert FACT in done.stdout
    assert "The model has failed." in done.stderr
