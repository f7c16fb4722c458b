"""Promise 1: only your browser gets in. Every route of the real app, asked the way a foreign page could make it ask."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag import running
from rag.ui.routes import MOST_BYTES
from tests.fake_assistant import EXAMPLES, SCRIPT, FakeAssistant
from tests.promises.conftest import Report
from tests.promises.page import Served, served

FOREIGN = {
    "another name (DNS rebinding)": {"Host": "evil.example"},
    "another name with our port": {"Host": "evil.example:{port}"},
    "a name that begins as ours": {"Host": "127.0.0.1.evil.example"},
    "a name with a user": {"Host": "127.0.0.1@evil.example"},
    "an address of the network": {"Host": "192.168.1.5"},
    "all addresses": {"Host": "0.0.0.0:{port}"},
    "a name that a proxy is said to have had": {"X-Forwarded-Host": "evil.example"},
    "another page": {"Origin": "https://evil.example"},
    "a page of another program here": {"Origin": "http://localhost:3000"},
    "a page without an origin": {"Origin": "null"},
    "a file": {"Origin": "file://"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "the same site, another port": {"Sec-Fetch-Site": "same-site"},
    "another page that shows us in a frame": {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    },
}
USED = {
    ("GET", "/"),
    ("DELETE", "/mcp"),
    ("GET", "/api"),
    ("GET", "/api/v1/articles"),
    ("GET", "/api/v1/articles/trams.txt"),
    ("GET", "/api/v1/brief"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/people"),
    ("GET", "/api/v1/search"),
    ("GET", "/api/v1/status"),
    ("GET", "/api/v1/timeline"),
    ("GET", "/alive"),
    ("GET", "/choices"),
    ("GET", "/keys"),
    ("GET", "/articles"),
    ("GET", "/add"),
    ("GET", "/add/page"),
    ("GET", "/add/progress"),
    ("GET", "/articles/trams.txt"),
    ("GET", "/assets/x"),
    ("GET", "/chats"),
    ("GET", "/chats/c"),
    ("GET", "/config"),
    ("GET", "/config/"),
    ("GET", "/doctor"),
    ("GET", "/export/answer"),
    ("GET", "/export/brief"),
    ("GET", "/export/chat"),
    ("GET", "/details"),
    ("GET", "/favicon.ico"),
    ("GET", "/footnote/footnote.css"),
    ("GET", "/gradio_api/call/ask/e"),
    ("GET", "/gradio_api/heartbeat/s"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/info/"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/libraries"),
    ("GET", "/settings"),
    ("GET", "/settings/loading"),
    ("GET", "/static/x"),
    ("GET", "/theme.css"),
    *(("POST", f"/chats/c/{act}") for act in ("name", "delete", "restore", "thumb")),
    ("GET", "/mcp"),
    ("GET", "/static/x"),
    ("GET", "/theme.css"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/footnote"),
    ("POST", "/api/v1/ask"),
    ("POST", "/api/v1/sync"),
    ("POST", "/details"),
    ("POST", "/doctor"),
    ("POST", "/doctor/repair"),
    ("POST", "/add/discard"),
    ("POST", "/add/files"),
    ("POST", "/add/keep"),
    ("POST", "/add/link"),
    ("POST", "/add/text"),
    ("POST", "/gradio_api/call/ask"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/run/ask"),  # /run/predict, which the router has under any name
    ("POST", "/settings"),
    ("POST", "/settings/fetch"),
    ("POST", "/settings/forget"),
    ("POST", "/settings/stop"),
    ("POST", "/settings/theme"),
    ("POST", "/libraries/forget"),
    ("POST", "/libraries/make"),
    ("POST", "/libraries/open"),
    ("POST", "/libraries/rename"),
    ("POST", "/mcp"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/remove"),
    ("POST", "/reread"),
    ("POST", "/undo"),
}
CLOSED = [
    "/gradio_api/file=https://evil.example/x",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/proxy=https://evil.example",
    "/gradio_api/upload",
    "/gradio_api/./upload",
    "/gradio_api/component_server",
    "/gradio_api/run/ask",
]
BODY = {"data": [EXAMPLES[0], []], "fn_index": 0, "session_hash": "stranger"}


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def site(assistant: FakeAssistant) -> Iterator[Served]:
    with served(assistant) as page:
        yield page


def test_every_address_for_programs_is_among_those_attacked(site: Served) -> None:
    asked = {(method, path) for method, path in USED if path.startswith(("/api", "/v1", "/mcp"))}
    assert len(asked) == 17 and asked <= set(site.routes())


def _left(site: Served, assistant: FakeAssistant) -> dict[str, Any]:
    """What a request could leave behind: questions, sessions, files."""
    uploads = Path(site.gradio.uploaded_file_dir)
    return {
        "questions": len(assistant.calls) + assistant.syncs,
        "settings": (assistant.config.chosen.values, assistant.remade),
        "sessions": len(site.gradio.state_holder.session_data),
        "files": sorted(uploads.rglob("*")) if uploads.is_dir() else [],
        "temporary": {p.name for p in Path(tempfile.gettempdir()).glob("gradio*")},
    }


def test_no_route_answers_what_another_page_sends(site: Served, assistant: FakeAssistant, report: Report) -> None:
    before, tried = _left(site, assistant), 0
    routes = site.routes()
    assert len(routes) > 80, "the routers are really read"
    with site.client() as client:
        for method, path in [*routes, ("OPTIONS", "/gradio_api/queue/join"), ("PUT", "/"), ("GET", "/nowhere")]:
            for what, headers in FOREIGN.items():
                sent = {name: value.format(port=client.base_url.port) for name, value in headers.items()}
                content = {"json": BODY} if method == "POST" else {}
                reply = client.request(method, path, headers=sent, **content)
                assert reply.status_code == 403, (method, path, what)
                assert not any(name.startswith("access-control-allow-origin") for name in reply.headers), what
                tried += 1
    assert _left(site, assistant) == before
    report(routes=len(routes), attacks=tried, let_in=0)


def test_what_needs_no_preflight_is_refused_too(site: Served, assistant: FakeAssistant) -> None:
    """A form of another page: no script, no question of the browser, and yet a file or a question in the old days."""
    before = _left(site, assistant)
    page = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    with site.client() as client:
        upload = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 1000)}, headers=page)
        plain = {**page, "Content-Type": "text/plain"}
        asked = client.post("/gradio_api/call/ask", content=b'{"data": ["Who?", []]}', headers=plain)
    assert (upload.status_code, asked.status_code) == (403, 403)
    assert _left(site, assistant) == before


def test_only_the_routes_in_use_are_there(site: Served, assistant: FakeAssistant) -> None:
    before = _left(site, assistant)
    open_routes = set()
    with site.client() as client:
        for method, path in site.routes():
            if method == "HEAD" or (method, path) in {("GET", "/gradio_api/heartbeat/s"), *_asking()}:
                continue
            if not _is_closed(client, method, path):
                open_routes.add((method, path))
        for path in CLOSED:
            assert client.get(path).status_code == 404, path
            assert client.post(path, json=BODY).status_code == 404, path
    assert open_routes <= USED
    assert _left(site, assistant) == before


def _is_closed(client: httpx.Client, method: str, path: str) -> bool:
    with client.stream(method, path, **({"json": {}} if method == "POST" else {})) as reply:
        if reply.status_code != 404:
            return False
        return reply.read() == b"There is nothing here.\n"


def _asking() -> set[tuple[str, str]]:
    return {("POST", "/gradio_api/call/ask"), ("POST", "/gradio_api/queue/join"), ("POST", "/api/v1/sync")}


def test_nothing_passes_the_queue(site: Served, assistant: FakeAssistant) -> None:
    """Direct calls (/run/predict) are for what costs nothing; a question has to wait its turn."""
    before = len(assistant.calls)
    asking = [d["id"] for d in site.gradio.get_blocks().config["dependencies"] if d["queue"] is not False]
    with site.client() as client:
        for index in asking:
            sent = {"data": [EXAMPLES[0], []], "fn_index": index, "session_hash": "s"}
            assert client.post("/gradio_api/run/predict", json=sent).status_code == 404
    assert len(assistant.calls) == before


def _raw(site: Served, head: str, *chunks: bytes) -> str:
    port = int(site.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.format(host=f"127.0.0.1:{port}").encode())
        try:
            for chunk in chunks:
                line.sendall(chunk)
        except OSError:
            pass  # Refused before the end.
        return line.recv(4096).decode("latin-1").split("\r\n")[0]


def test_a_body_is_no_longer_than_a_question(site: Served) -> None:
    post = "POST /gradio_api/call/ask HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    assert " 413 " in _raw(site, f"{post}Content-Length: 10000000000\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert " 413 " in _raw(site, f"{post}Transfer-Encoding: chunked\r\n\r\n", *[chunk] * (MOST_BYTES // 0x10000 + 1))
    assert " 400 " in _raw(site, f"{post}Content-Length: x\r\n\r\n")
    with site.client() as client:
        deep = client.post("/gradio_api/call/ask", content=b"[" * 100_000, headers={"Content-Type": "application/json"})
    assert deep.status_code in (400, 422)


def test_two_hosts_or_none_are_refused(site: Served) -> None:
    assert " 40" in _raw(site, "GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n")
    assert " 403 " in _raw(site, "GET / HTTP/1.0\r\n\r\n")


def test_your_own_browser_and_programs_come_in(site: Served) -> None:
    port = site.url.rsplit(":", 1)[1]
    own = [
        {},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-origin", "Origin": site.url},
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
        {"Host": "localhost:8080", "Origin": "http://localhost:8080"},  # through a tunnel
        {"Host": f"[::1]:{port}"},
        # a link somewhere else leads here: the page opens, and the other one learns nothing
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ]
    with site.client() as client:
        for headers in own:
            assert client.get("/articles/trams.txt", headers=headers).status_code == 200, headers
    through_the_page = running.ask(running.Running(site.url, "", ""), EXAMPLES[0], [])
    assert through_the_page["text"] == SCRIPT[EXAMPLES[0]].text


def test_a_history_without_end_is_a_clear_error(site: Served) -> None:
    with site.client() as client:
        turns = [{"question": "q", "answer": "a" * 5000}] * 12
        event = client.post("/gradio_api/call/ask", json={"data": [EXAMPLES[0], turns]}).json()["event_id"]
        reply = client.get(f"/gradio_api/call/ask/{event}").text
    assert "event: error" in reply and "60,012 characters" in reply


def test_of_many_turns_the_newest_count(site: Served, assistant: FakeAssistant) -> None:
    turns = [{"question": f"q{i}", "answer": "a"} for i in range(1000)]
    with site.client() as client:
        event = client.post("/gradio_api/call/ask", json={"data": [EXAMPLES[0], turns]}).json()["event_id"]
        assert "event: complete" in client.get(f"/gradio_api/call/ask/{event}").text
    question, history = assistant.calls[-1]
    assert (question, len(history), history[-1].question) == (EXAMPLES[0], 12, "q999")


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_another_loopback_address_is_no_more_open(host: str) -> None:
    try:
        with served(FakeAssistant(), host=host) as page, page.client() as client:
            assert client.get("/config").status_code == 200
            for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
                reply = client.get("/config", headers=headers)
                assert reply.status_code == 403 and "access-control-allow-origin" not in reply.headers
    except httpx.ConnectError:
        pytest.skip("no such address here")
