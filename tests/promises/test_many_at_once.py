"""Many at once: 32 chats against the real app on loopback, and everybody else at the page meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.errors import QuestionError
from rag.ui.asking import Asking
from rag.ui.places import Place, Places
from tests.conftest import SEEDS
from tests.fake_assistant import EXAMPLES, FakeAssistant
from tests.promises.conftest import Effort, Report
from tests.promises.page import Served, served
from tests.test_app import free_port

ROOT = Path(__file__).resolve().parents[2]
CHATS = 32
PROMPT_MS = 300
WORDS = ["Yang Jiechi", "Jake Sullivan", "Kirby", "Rome", "Taiwan", "Wang Yi", "Moscow", "sanctions"]


# The order, without any page.


def test_places_go_round_among_clients() -> None:
    async def order() -> list[str]:
        places = Places(at_once=2)
        first = [places.enter("greedy") for _ in range(2)]  # One has a place: no client has all.
        line = [*first[1:], *[places.enter("greedy") for _ in range(3)]]
        line += [places.enter(client) for client in ("one", "two", "one")]
        served_now: list[Place] = [place for place in (*first, *line) if place.granted.is_set()]
        told = []
        while served_now:
            done = served_now.pop(0)
            told.append(done.client)
            done.leave()
            served_now += [p for p in line if p.granted.is_set() and p not in served_now and not p._left]
        return told

    assert asyncio.run(order()) == ["greedy", "one", "greedy", "two", "one", "greedy", "greedy", "greedy"]


def test_who_waits_is_told_how_many_come_before_and_leaves_when_they_like() -> None:
    async def waits() -> None:
        places = Places(at_once=2, most_waiting=4)
        a, b = places.enter("a"), places.enter("b")
        assert a.granted.is_set() and b.granted.is_set()
        mine, other = places.enter("a"), places.enter("b")
        assert [await anext(place.waiting()) for place in (mine, other)] == [1, 1]
        places.enter("a")
        with pytest.raises(QuestionError, match="2 of your own questions are waiting already"):
            places.enter("a")
        places.enter("c")
        with pytest.raises(QuestionError, match="4 questions are waiting already"):
            places.enter("d")
        mine.leave()
        mine.leave()
        a.leave()
        assert not other.granted.is_set(), "b has its share"
        b.leave()
        assert other.granted.is_set()

    asyncio.run(waits())


def test_a_place_is_kept_until_the_assistant_has_really_ended() -> None:
    assistant = FakeAssistant()
    places = Places(at_once=2)

    async def ask() -> int:
        assistant.hold_at = 1
        answers = aiter(Asking(assistant, EXAMPLES[0], (), places, "a"))
        await anext(answers)
        await answers.aclose()  # type: ignore[attr-defined]
        while not assistant.closed:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        return sum(places._served.values())

    assert asyncio.run(ask()) == 0


# The page over a scripted assistant: who goes frees the place, who floods keeps nobody waiting.


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def site(assistant: FakeAssistant) -> Iterator[Served]:
    with served(assistant) as page:
        yield page


def _raw(client: httpx.Client, question: str) -> str:
    return str(client.post("/gradio_api/call/ask", json={"data": [question, []]}).json()["event_id"])


def _until(done: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_forty_slow_calls_freeze_nothing_and_keep_no_tab_waiting(site: Served, assistant: FakeAssistant) -> None:
    assistant.hold_at = 1
    with site.client() as client:
        for i in range(100):
            _raw(client, f"flood {i}")
        _until(lambda: len(assistant.calls) == 8)
        took = []
        for _ in range(20):
            begun = time.monotonic()
            assert client.get("/articles/trams.txt").status_code == 200
            assert client.post("/gradio_api/run/predict", json=_tick(site)).status_code == 200
            took.append((time.monotonic() - begun) * 500)
        _join(client, site, "tab", "from a tab")
        _until(lambda: assistant.calls[-1][0] == "from a tab", 2)
        refused = client.get(f"/gradio_api/call/ask/{_raw(client, 'one more')}").text
        assert "64 of your own questions are waiting already" in refused
        assistant.hold_at = None
    assert _p95(took) < PROMPT_MS


def _tick(site: Served) -> dict[str, Any]:
    return {"data": [], "fn_index": _index(site.gradio.get_blocks().config, "tick"), "session_hash": "look"}


def _index(config: dict[str, Any], name: str) -> int:
    return int(next(d["id"] for d in config["dependencies"] if str(d["api_name"]).split("_")[0] == name.split("_")[0]))


def _join(client: httpx.Client, site: Served, session: str, question: str) -> None:
    index = next(d["id"] for d in site.gradio.get_blocks().config["dependencies"] if d["api_name"] == "ask")
    sent = {"data": [question, []], "fn_index": index, "session_hash": session}
    assert client.post("/gradio_api/queue/join", json=sent).status_code == 200


def test_who_hangs_up_frees_the_model(site: Served, assistant: FakeAssistant) -> None:
    assistant.hold_at = 1
    with site.client() as client:
        event = _raw(client, "hung up on")
        with contextlib.suppress(httpx.ReadTimeout):
            client.get(f"/gradio_api/call/ask/{event}", timeout=0.5)
        _until(lambda: "hung up on" in assistant.closed)
        _join(client, site, "tab", "closed")
        _until(lambda: assistant.calls[-1][0] == "closed")
        with contextlib.suppress(httpx.ReadTimeout):
            client.get("/gradio_api/queue/data", params={"session_hash": "tab"}, timeout=0.5)
        _until(lambda: "closed" in assistant.closed)


def test_a_closed_heartbeat_frees_the_model_too(site: Served, assistant: FakeAssistant) -> None:
    assistant.hold_at = 1
    with site.client() as client:
        with client.stream("GET", "/gradio_api/heartbeat/tab"):
            _join(client, site, "tab", "left")
            _until(lambda: assistant.calls and assistant.calls[-1][0] == "left")
        _until(lambda: "left" in assistant.closed)


# The real app, extractive.


@dataclass
class Seen:
    """What the chats and the one who looks on have seen."""

    answers: dict[str, int] = field(default_factory=dict)
    waits: dict[str, list[float]] = field(default_factory=dict)
    article_ms: list[float] = field(default_factory=list)
    status_ms: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)


@pytest.mark.model
def test_thirty_two_chats(tmp_path: Path, effort: Effort, report: Report) -> None:
    seconds = effort(3, 600)
    folder = tmp_path / "articles"
    shutil.copytree(SEEDS, folder)
    with _app(folder, tmp_path / "data") as (url, pid):
        seen = asyncio.run(_visit(url, pid, folder, seconds))
    counts, slowest = sorted(seen.answers.values()), [max(waits) for waits in seen.waits.values()]
    figures = {
        "chats": CHATS,
        "seconds": seconds,
        "answers": sum(counts),
        "fewest_by_a_chat": counts[0],
        "most_by_a_chat": counts[-1],
        "article_p95_ms": round(_p95(seen.article_ms)),
        "status_p95_ms": round(_p95(seen.status_ms)),
        "slowest_answer_s": round(max(slowest), 1),
        "memory_first_mb": round(seen.memory_mb[0]),
        "memory_last_mb": round(seen.memory_mb[-1]),
    }
    print(figures)
    report(**figures)
    assert len(counts) == CHATS and counts[0] >= 1
    assert counts[-1] - counts[0] <= 2 + counts[0] // 4, "everybody gets their turn"
    assert _p95(seen.article_ms) < PROMPT_MS and _p95(seen.status_ms) < PROMPT_MS
    settled = seen.memory_mb[len(seen.memory_mb) // 4 :]
    assert settled[-1] < 1.2 * settled[0] + 50


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@contextlib.contextmanager
def _app(folder: Path, data: Path) -> Iterator[tuple[str, int]]:
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_") or k == "FOOTNOTE_WEIGHTS"}
    command = ["app.py", "--model", "none", "--articles", str(folder), "--data", str(data), "--port", str(port)]
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
            _until(lambda: _answers(client), 120)
            event = _raw(client, "Who met Yang Jiechi in Rome?")  # Waits until everything is loaded.
            assert "event: complete" in client.get(f"/gradio_api/call/ask/{event}").text
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _answers(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/").status_code == 200
    return False


async def _visit(url: str, pid: int, folder: Path, seconds: float) -> Seen:
    seen, end = Seen(), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=300, limits=limits) as client:
        config = (await client.get("/config")).json()
        chats = [_chat(client, _index(config, "ask"), f"chat{n}", end, seen) for n in range(CHATS)]
        await asyncio.gather(*chats, _look(client, _index(config, "tick"), pid, end, seen), _edit(folder, end))
    return seen


async def _chat(client: httpx.AsyncClient, index: int, session: str, end: float, seen: Seen) -> None:
    """Asks one question after the other, as a tab does; each answer has to be that of its own question."""
    waits = seen.waits.setdefault(session, [])
    for turn in itertools.count():
        if time.monotonic() > end:
            seen.answers[session] = turn
            return
        question = f"What did {WORDS[(turn + hash(session)) % len(WORDS)]} say about {session} number {turn}?"
        begun = time.monotonic()
        answer = await _ask(client, index, session, question)
        waits.append(time.monotonic() - begun)
        assert answer["question"] == question and answer["error"] is None and answer["text"]


async def _ask(client: httpx.AsyncClient, index: int, session: str, question: str) -> dict[str, Any]:
    joined = await client.post(
        "/gradio_api/queue/join", json={"data": [question, []], "fn_index": index, "session_hash": session}
    )
    event = joined.raise_for_status().json()["event_id"]
    async for message in _messages(client, session):
        if message.get("msg") == "process_completed":
            assert message["event_id"] == event and message["success"], message
            answer: dict[str, Any] = message["output"]["data"][0]
            return answer
    raise AssertionError("the stream ended without an answer")


async def _messages(client: httpx.AsyncClient, session: str) -> AsyncIterator[dict[str, Any]]:
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


async def _look(client: httpx.AsyncClient, index: int, pid: int, end: float, seen: Seen) -> None:
    """Reads articles and the status all the while."""
    tick = {"data": [], "fn_index": index, "session_hash": "onlooker"}
    article = sorted(SEEDS.glob("*.txt"))[0].name
    while time.monotonic() < end:
        for times, asked in (
            (seen.article_ms, client.get(f"/articles/{article}")),
            (seen.status_ms, client.post("/gradio_api/run/predict", json=tick)),
        ):
            begun = time.monotonic()
            (await asked).raise_for_status()
            times.append((time.monotonic() - begun) * 1000)
        seen.memory_mb.append(_memory(pid))
        await asyncio.sleep(0.05)


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _edit(folder: Path, end: float) -> None:
    """A folder that changes meanwhile, every twenty seconds."""
    for n in itertools.count():
        await asyncio.sleep(min(20, max(0, end - time.monotonic())))
        if time.monotonic() >= end:
            return
        (folder / "added.txt").write_text(
            f"The harbour master counted {n} ships on Monday. It rained.\n", encoding="utf-8"
        )
