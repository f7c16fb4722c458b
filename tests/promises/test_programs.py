"""Other programs: keys open what they should; nobody takes more than their share, hangs the page or learns a key."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from rag.keys import Keys
from rag.password import hashed
from rag.ui.door import Access
from rag.ui.login import Login
from rag.ui.routes import MOST_BYTES
from tests.fake_assistant import EXAMPLES, SCRIPT, FakeAssistant
from tests.promises.conftest import Report
from tests.promises.page import Served, served

PASSWORD, TOKEN = "correct horse battery", "t" * 43
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
QUESTION = {"question": EXAMPLES[0]}
CHAT = {"messages": [{"role": "user", "content": EXAMPLES[0]}]}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": EXAMPLES[0]}},
}
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "api": ("/api/v1/ask", QUESTION),
    "api, streamed": ("/api/v1/ask", {**QUESTION, "stream": True}),
    "chat": ("/v1/chat/completions", CHAT),
    "chat, streamed": ("/v1/chat/completions", {**CHAT, "stream": True}),
    "mcp": ("/mcp", CALL),
}
ANSWERED = "eleven to four"


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant(pause=0.002)


@pytest.fixture
def site(assistant: FakeAssistant) -> Iterator[Served]:
    with served(assistant) as page:
        yield page


def until(done: Callable[[], Any], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Keys.


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture
def guarded(assistant: FakeAssistant, keys: Keys) -> Iterator[Served]:
    with served(assistant, Access((), Login(hashed(PASSWORD), TOKEN), keys=keys)) as page:
        yield page


def bearer(token: str) -> dict[str, str]:
    return {**JSON, "Authorization": f"Bearer {token}".strip()}


def test_a_key_opens_what_programs_need_until_it_is_withdrawn(
    guarded: Served, keys: Keys, assistant: FakeAssistant
) -> None:
    key, token = keys.make("notebook")
    with guarded.client() as client:
        for path, body in ASKED.values():
            for wrong in ("", "guess", PASSWORD, token[:-1], token.removeprefix("fn-"), f"{token} x"):
                reply = client.post(path, json=body, headers=bearer(wrong))
                assert (reply.status_code, ANSWERED in reply.text) == (401, False), (path, wrong)
                assert "error" in reply.json() and "python -m rag key new" in reply.text
        assert assistant.calls == []
        for path, body in ASKED.values():
            for right in (token, TOKEN):
                assert ANSWERED in client.post(path, json=body, headers=bearer(right)).text
        for path in ("/api", "/api/v1/status", "/v1/models", "/articles/trams.txt"):
            assert client.get(path, headers=bearer(token)).status_code == 200, path
        assert not client.cookies
        keys.withdraw(key.id)
        assert client.get("/api/v1/status", headers=bearer(token)).status_code == 401


def test_a_key_opens_nothing_else(guarded: Served, keys: Keys, report: Report) -> None:
    """Neither the chat page nor what changes something there: a key is for the addresses of programs."""
    _, token = keys.make("notebook")
    refused = 0
    with guarded.client() as client:
        for method, path in guarded.routes():
            if path.startswith(("/api", "/v1", "/mcp")) or (method in ("GET", "HEAD") and path.startswith("/articles")):
                continue
            reply = client.request(method, path, headers=bearer(token), **({"json": {}} if method == "POST" else {}))
            assert reply.status_code in (401, 404), (method, path)
            refused += 1
    assert refused > 80
    report(refused=refused)


def test_without_a_password_any_key_will_do(site: Served) -> None:
    with site.client() as client:
        for token in ("", "sk-anything", "fn-guess"):
            assert ANSWERED in client.post("/v1/chat/completions", json=CHAT, headers=bearer(token)).text


def test_keys_and_passwords_are_in_no_reply_and_no_output(
    guarded: Served, keys: Keys, capfd: pytest.CaptureFixture[str]
) -> None:
    key, token = keys.make("notebook")
    shown: list[str] = []
    with guarded.client() as client:
        for method, path in guarded.routes():
            if path.startswith(("/api", "/v1", "/mcp", "/articles")) and method != "HEAD":
                for body in ({}, QUESTION, CHAT, CALL, {"question": "crash"}, {"question": token}):
                    sent = {"json": body} if method == "POST" and body != {"question": token} else {}
                    reply = client.request(method, path, headers=bearer(token), **sent)
                    shown += [reply.text, str(reply.headers)]
        for wrong in (f"{token}x", PASSWORD):
            reply = client.get("/api/v1/status", headers=bearer(wrong))
            shown += [reply.text, str(reply.headers)]
    shown += [*capfd.readouterr(), repr(keys.all()), repr(key), str(keys)]
    for secret in (token, token[3:], TOKEN, PASSWORD):
        assert secret not in "\n".join(shown)
    assert not any(token[3:19] in text for text in shown)


# Sizes and forms.


@pytest.mark.parametrize("asked", ASKED)
def test_ten_megabytes_are_refused_in_the_form_of_the_protocol(asked: str, site: Served) -> None:
    path, _ = ASKED[asked]
    with site.client() as client:
        whole = client.post(path, content=b" " * 10_000_000, headers=JSON)
        assert whole.status_code == 413 and str(MOST_BYTES // 1024) in whole.text and "error" in whole.json()

        def endless() -> Iterator[bytes]:
            for _ in range(200):
                yield b'{"question": "' + b"x" * 65536

        with contextlib.suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            assert client.post(path, content=endless(), headers=JSON).status_code == 413


def test_refusals_have_the_form_of_their_protocol(site: Served) -> None:
    foreign = {"Origin": "https://evil.example"}
    with site.client() as client:
        ours = client.post("/api/v1/ask", json=QUESTION, headers=foreign)
        theirs = client.post("/v1/chat/completions", json=CHAT, headers=foreign)
        tools = client.post("/mcp", json=CALL, headers={**JSON, **foreign})
    assert [r.status_code for r in (ours, theirs, tools)] == [403] * 3
    assert ours.json() == {"error": "This request was made by another page; Footnote answers its own alone."}
    assert theirs.json()["error"]["type"] == "permission_error" and tools.json()["jsonrpc"] == "2.0"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/articles/x%0d%0aSet-Cookie:%20a=b",
        "/v1/models/x%0d%0aSet-Cookie:%20a",
        "/api/v1/search?q=x%0d%0aX: y",
    ],
)
def test_nothing_that_is_asked_gets_into_a_header(path: str, site: Served) -> None:
    with site.client() as client:
        reply = client.get(path)
    assert "set-cookie" not in reply.headers and "x" not in reply.headers
    assert reply.status_code in (200, 404) and not any("\n" in value for value in reply.headers.values())


# Many, slow ones, and those who leave.


@pytest.mark.parametrize("asked", ASKED)
def test_who_hangs_up_frees_the_model(asked: str, site: Served, assistant: FakeAssistant) -> None:
    assistant.hold_at = 3
    path, body = ASKED[asked]
    leaving = (site.client(), contextlib.suppress(httpx.ReadTimeout))
    with leaving[0] as client, leaving[1], client.stream("POST", path, json=body, headers=JSON, timeout=2) as reply:
        for _ in reply.iter_bytes():
            if assistant.calls and "streamed" in asked:
                break
    until(lambda: assistant.closed == [EXAMPLES[0]])


def test_who_reads_slowly_holds_up_nobody(site: Served, assistant: FakeAssistant) -> None:
    """The answer is made at its own pace and its place is free, though not a byte of it has been read."""
    port = int(site.url.rsplit(":", 1)[1])
    body = json.dumps({"question": EXAMPLES[0], "stream": True}).encode()
    head = f"POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    lines = []
    try:
        for _ in range(8):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            lines.append(line)
        until(lambda: len(assistant.closed) == 8)
        with site.client() as client:
            assert ANSWERED in client.post("/api/v1/ask", json=QUESTION).text
    finally:
        for line in lines:
            line.close()


def test_thirty_two_callers_at_once_get_their_own_answers(site: Served) -> None:
    paths = list(ASKED.items())

    def ask(number: int) -> tuple[int, str]:
        name, (path, _) = paths[number % len(paths)]
        question = f"caller number {number:03}?"
        bodies = {
            "/api/v1/ask": {"question": question, "stream": "streamed" in name},
            "/v1/chat/completions": {
                "messages": [{"role": "user", "content": question}],
                "stream": "streamed" in name,
            },
            "/mcp": {**CALL, "params": {"name": "ask", "arguments": {"question": question}}},
        }
        with site.client() as client:
            return number, client.post(path, json=bodies[path], headers=JSON, timeout=120).text

    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(ask, range(32)))
    for number, text in replies:
        assert f"caller number {number:03}?" in text and ANSWERED in text
        assert text.replace(f"number {number:03}", "").count("caller number 0") == 0


def test_programs_and_the_page_wait_in_one_line(site: Served, assistant: FakeAssistant) -> None:
    """However much programs ask, a tab gets its place at once; beyond their share programs are told to come back."""
    assistant.hold_at = 1
    with contextlib.ExitStack() as stack:
        threads = []
        client = stack.enter_context(site.client())

        def flood(number: int) -> None:
            with contextlib.suppress(httpx.HTTPError):
                client.post("/api/v1/ask", json={"question": f"flood {number}"}, timeout=20)

        for number in range(8):
            threads.append(threading.Thread(target=flood, args=(number,), daemon=True))
            threads[-1].start()
        until(lambda: len(assistant.calls) == 8)
        waiting = [threading.Thread(target=flood, args=(number,), daemon=True) for number in range(8, 12)]
        for thread in waiting:
            thread.start()
        begun = time.monotonic()
        assert client.get("/api/v1/status").status_code == 200
        assert client.get("/articles/trams.txt").status_code == 200
        index = next(d["id"] for d in site.gradio.get_blocks().config["dependencies"] if d["api_name"] == "ask")
        tab = {"data": ["from a tab", []], "fn_index": index, "session_hash": "tab"}
        assert client.post("/gradio_api/queue/join", json=tab).status_code == 200
        until(lambda: any(question == "from a tab" for question, _ in assistant.calls), 10)
        assert time.monotonic() - begun < 10
        assistant.hold_at = None
        for thread in [*threads, *waiting]:
            thread.join(20)
    assert len(assistant.calls) == 13


def test_a_cancelled_tool_frees_the_model(site: Served, assistant: FakeAssistant) -> None:
    assistant.hold_at = 2

    async def go() -> None:
        async with Client(f"{site.url}/mcp") as client:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(client.call_tool("ask", {"question": EXAMPLES[0]}), 1)

    asyncio.run(go())
    until(lambda: assistant.closed == [EXAMPLES[0]])
    assistant.hold_at = None
    with site.client() as client:
        assert client.post("/api/v1/ask", json=QUESTION).json()["text"] == SCRIPT[EXAMPLES[0]].text
