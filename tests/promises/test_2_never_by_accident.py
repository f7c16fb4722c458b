"""Promise 2: never on a network by accident. Without a password no such address; with one, nothing before it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from eval import browser
from rag import running
from rag.config import load_config
from rag.errors import ConfigError
from rag.password import hashed, matches
from rag.ui import login as login_room
from rag.ui.door import Access
from rag.ui.login import ALL_TRIES, CLIENT_TRIES, SESSION_SECONDS, Login, Throttle
from rag.ui.routes import safe_path
from rag.ui.serve import is_open, take_port
from tests.fake_assistant import EXAMPLES, SCRIPT, FakeAssistant
from tests.promises.conftest import Effort, Report
from tests.promises.page import Served, served
from tests.test_app import door, free_port

PASSWORD = "correct horse battery"
TOKEN = "t" * 43
OPEN_TO_ALL = ["0.0.0.0", "::", "0", "::ffff:0.0.0.0"]


def own_addresses() -> list[str]:
    """This machine's addresses in its networks, as far as it knows any; no packet is sent to find them."""
    found = set()
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((elsewhere, 9))
                found.add(probe.getsockname()[0])
            except OSError:
                continue
    return sorted(found)


@pytest.mark.parametrize("host", [*OPEN_TO_ALL, *own_addresses()])
def test_the_network_is_refused_in_one_sentence(host: str) -> None:
    with door("--host", host, "--port", str(free_port())) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert re.search(r"is open to the network and no password is set: .*FOOTNOTE_PASSWORD|Cannot listen", err)


def test_a_name_counts_as_what_it_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(host: str, port: int, **_: object) -> list[object]:
        address = {"laptop.lan": "192.0.2.7", "here.lan": "127.0.0.1"}[host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(ConfigError, match=r"laptop\.lan is open to the network"):
        take_port("laptop.lan", 0)
    with take_port("here.lan", 0) as listener:
        assert not is_open(listener)


def test_the_loud_override_warns() -> None:
    port = str(free_port())
    os.environ.pop("FOOTNOTE_PASSWORD", None)
    program = "import os; os.environ['FOOTNOTE_INSECURE_NO_PASSWORD'] = 'true'\nimport app; app.run()"
    with door("--host", "0.0.0.0", "--port", port, "--articles", "/tmp/nowhere", program=program) as process:
        _, err = process.communicate(timeout=30)
    assert "WARNING: this page is open to the network, and there is no password." in err


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def kept() -> str:
    return hashed(PASSWORD)


@pytest.fixture
def site(assistant: FakeAssistant, kept: str) -> Iterator[Served]:
    with served(assistant, Access(("0.0.0.0", "notes.example.org"), Login(kept, TOKEN)), "0.0.0.0") as page:
        yield page


def test_nothing_is_told_before_the_password(site: Served, assistant: FakeAssistant, report: Report) -> None:
    routes = site.routes()
    refused = 0
    with site.client() as client:
        for method, path in routes:
            for headers in ({}, {"Accept": "text/html"}, {"Cookie": f"{_cookie(site)}=guess"}):
                bearer = {"Authorization": "Bearer guess", **headers}
                reply = client.request(method, path, headers=bearer, **({"json": {}} if method == "POST" else {}))
                assert reply.status_code in (401, 404), (method, path)
                nothing = "This address leads nowhere" in reply.text and "Tram" not in reply.text
                assert reply.status_code == 401 or nothing or reply.text in ("There is nothing here.\n", ""), path
                refused += 1
        page = client.get("/articles/trams.txt?mark=1-9", headers={"Accept": "text/html"})
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
        assert client.get("/", headers={"Host": "notes.example.org"}).status_code == 401
    assert 'value="/articles/trams.txt?mark=1-9"' in page.text and "Tram drivers" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert assistant.calls == []
    report(routes=len(routes), refused=refused)


def _cookie(site: Served) -> str:
    return f"footnote-{site.url.rsplit(':', 1)[1]}"


def _form(client: httpx.Client, password: str, onward: str = "/") -> httpx.Response:
    origin = {"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"}
    return client.post("/login", data={"password": password, "next": onward}, headers=origin)


def test_the_password_opens_everything_and_the_cookie_is_safe(site: Served) -> None:
    with site.client() as client:
        reply = _form(client, PASSWORD, "/articles/trams.txt")
        assert (reply.status_code, reply.headers["location"]) == (303, "/articles/trams.txt")
        cookie = reply.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
        assert len(client.cookies[_cookie(site)]) >= 43
        assert "Tram drivers" in client.get("/articles/trams.txt").text
        assert client.get("/").status_code == 200
        stranger = client.post("/gradio_api/call/ask", json={}, headers={"Origin": "https://evil.example"})
        assert stranger.status_code == 403
    with site.client() as other:
        assert other.get("/articles/trams.txt").status_code == 401
        assert _form(other, "wrong").status_code == 401
        foreign = {"Origin": "https://evil.example"}
        assert other.post("/login", data={"password": PASSWORD}, headers=foreign).status_code == 403


def test_programs_log_in_too(site: Served) -> None:
    from gradio_client import Client

    quiet = {"verbose": False, "download_files": False, "httpx_kwargs": {"trust_env": False}}
    program = Client(site.url, auth=("", PASSWORD), **quiet)
    assert program.predict(EXAMPLES[0], [], api_name="/ask")["text"] == SCRIPT[EXAMPLES[0]].text
    program.close()
    by_note = running.ask(running.Running(site.url, "", "", TOKEN), EXAMPLES[0], [])
    assert by_note["text"] == SCRIPT[EXAMPLES[0]].text
    with pytest.raises(Exception, match="did not answer"):
        running.ask(running.Running(site.url, "", "", "wrong"), EXAMPLES[0], [])


def test_guessing_is_slowed_for_a_client_over_http(site: Served) -> None:
    with site.client() as client:
        codes = [_form(client, f"guess {i}").status_code for i in range(CLIENT_TRIES + 2)]
        assert codes == [401] * CLIENT_TRIES + [429] * 2
        late = _form(client, PASSWORD)  # not even the right one: else waiting would be for the honest alone
        assert late.status_code == 429 and int(late.headers["retry-after"]) > 30


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_guessing_is_slowed_by_client_and_for_all_together(effort: Effort, report: Report) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    tried = {"one": 0, "many": 0}
    day, steps = 24 * 3600, effort(20_000, 200_000)
    for step in range(steps):
        clock.now = day * step / steps
        tried["one"] += throttle.take("10.0.0.1") == 0
    assert tried["one"] <= CLIENT_TRIES + day / login_room.CLIENT_SECONDS
    for step in range(steps):
        clock.now = day * (1 + step / steps)
        tried["many"] += throttle.take(f"10.{step % 250}.{step // 250 % 250}.2") == 0
    assert tried["many"] <= ALL_TRIES + day / login_room.ALL_SECONDS
    assert len(throttle._clients) <= login_room.MOST_CLIENTS
    report(guesses_a_day_by_one=tried["one"], guesses_a_day_by_many=tried["many"])


def test_a_session_ends(kept: str) -> None:
    clock = Clock()
    login = Login(kept, TOKEN, clock)
    token, _ = asyncio.run(login.open("a", PASSWORD))
    assert token is not None and login.session(token)
    clock.now = SESSION_SECONDS + 1
    assert login.session(token) is None
    assert not login.is_terminal("") and not Login(kept, "").is_terminal("")


def test_the_password_is_kept_as_a_hash_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTNOTE_PASSWORD", PASSWORD)
    config = load_config()
    assert config.password is not None and matches(PASSWORD, config.password) and not matches("x", config.password)
    assert PASSWORD not in f"{config!r}{config.model_dump()}" and config.password not in repr(config)
    assert hashed(config.password) == config.password and not matches(config.password, config.password)
    monkeypatch.setenv("FOOTNOTE_PASSWORD", "short")
    with pytest.raises(ConfigError, match="at least 8 characters") as refused:
        load_config()
    assert "short" not in str(refused.value)
    monkeypatch.delenv("FOOTNOTE_PASSWORD")
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    assert matches(PASSWORD, load_config(password_file=file).password or "")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(password_file=tmp_path / "none")


def test_the_note_is_for_its_user_alone_and_leads_to_this_machine_alone(tmp_path: Path) -> None:
    note = tmp_path / "running.json"
    victim = tmp_path / "victim"
    victim.write_text("kept", encoding="utf-8")
    note.symlink_to(victim)
    here = running.Running("http://127.0.0.1:7860", str(tmp_path), "none", TOKEN)
    running.announce(tmp_path, here)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600 and victim.read_text() == "kept"
    assert running.find(tmp_path, tmp_path, None) == here and TOKEN not in repr(here)
    for url in (
        "http://evil.example:80",
        "http://192.0.2.7:80",
        "https://127.0.0.1:1",
        "file:///etc/passwd",
        "http://[",
    ):
        note.write_text(json.dumps({"url": url, "articles": str(tmp_path), "model": "none"}), encoding="utf-8")
        assert running.find(tmp_path, tmp_path, None) is None, url


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/login", "/articles\n", "javascript:1", ""]
)
def test_the_form_sends_nobody_elsewhere(onward: str) -> None:
    assert safe_path(onward) == "/"
    assert safe_path("/articles/old%20bridge%20%231.txt?mark=1-2") == "/articles/old%20bridge%20%231.txt?mark=1-2"


@pytest.mark.browser
def test_a_browser_logs_in_and_asks(site: Served) -> None:
    if not browser.chromium():
        pytest.skip("No Chromium on the path.")
    with sync_playwright() as playwright:
        launched = browser.launch(playwright)
        page = launched.new_page()
        page.goto(f"{site.url}/articles")
        page.fill("#password", "wrong")
        page.click("button")
        expect(page.locator("[role=alert]")).to_have_text("That is not the password.")
        page.fill("#password", PASSWORD)
        page.click("button")
        expect(page.locator(".library")).to_contain_text("Old harbour bridge")
        page.goto(site.url)
        page.wait_for_selector("#welcome .chip")
        page.fill("#question textarea", EXAMPLES[0])
        page.press("#question textarea", "Enter")
        expect(page.locator("#live .turn[aria-busy=false]")).to_contain_text("eleven to four")
        launched.close()
