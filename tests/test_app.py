"""The door as a program: what it says and how it ends, in processes of their own, over a scripted assistant."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import app
from rag.config import Config

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"torch", "transformers", "sentence_transformers", "llama_index", "llama_index.core", "chromadb", "xllamacpp"}

DOOR = """
import json, os, subprocess, sys, threading, time
import app
from rag.errors import ArticlesError
from tests.fake_assistant import FakeAssistant

class Noted(FakeAssistant):
    def start(self):
        self.child = subprocess.Popen(["sleep", "60"])
        with open(os.environ["NOTE"], "w") as note:
            json.dump({"modules": sorted(sys.modules), "child": self.child.pid}, note)
        super().start()
    def close(self):
        if self.started.is_set():
            self.child.kill()
        super().close()
        threading.Thread(target=time.sleep, args=(60,)).start()  # keeps an interpreter alive that ends politely
        time.sleep(60)

def prepare(config):
    assert "gradio" not in sys.modules, "the folder is judged before the slow imports"
    if config.articles.name == "nowhere":
        raise ArticlesError(f"There is no folder {config.articles}; name another with --articles.")
    return Noted()

app.prepare = prepare
app.run()
"""

REAL_DOOR = """
import json, os, sys
import app
from rag.assistant import Assistant

def start(self):
    with open(os.environ["NOTE"], "w") as note:
        json.dump({"modules": sorted(sys.modules)}, note)

Assistant.start = start  # what it would load is not the matter here
app.run()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def door(*argv: str, note: Path | str = os.devnull, program: str = DOOR) -> Iterator[subprocess.Popen[str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
    data = tempfile.TemporaryDirectory(prefix="footnote-")
    process = subprocess.Popen(
        [sys.executable, "-c", program, *argv],
        cwd=ROOT,
        env={**kept, "NOTE": str(note), "PYTHONPATH": str(ROOT), "FOOTNOTE_DATA": data.name},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        data.cleanup()


def refusal(*argv: str) -> tuple[int, str]:
    with door(*argv) as process:
        out, err = process.communicate(timeout=30)
    assert out == ""
    assert err.count("\n") == 1, err
    return process.returncode, err


def first_page(url: str) -> httpx.Response:
    """The page's first answer. The port is taken early, so a visitor who comes too soon waits rather than fails."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, timeout=60)
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def noted(note: Path) -> dict[str, Any]:
    """What the program wrote down when its assistant was started, which is after the first page was sent."""
    while not note.exists() or not note.read_text().endswith("}"):
        time.sleep(0.05)
    found: dict[str, Any] = json.loads(note.read_text())
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc").is_dir() else True


def test_the_page_comes_before_the_models_and_sigterm_ends_everything(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with door("--port", str(port), note=note) as process:
        page = first_page(url)
        assert page.status_code == 200
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert httpx.get(f"{url}/articles/trams.txt").status_code == 200
        seen = noted(note)
        assert alive(seen["child"])
        # An open page and an answer on its way hold connections; neither may hold up the end.
        question = {"data": ["How did the council vote? slowly", None]}
        assert httpx.post(f"{url}/gradio_api/call/ask", json=question).status_code == 200
        with httpx.stream("GET", f"{url}/gradio_api/heartbeat/tab", timeout=60):
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert process.returncode == 0
    assert err == ""
    assert out == f"Footnote is on {url} (Ctrl-C ends it).\n\nFootnote has ended.\n"
    assert not alive(seen["child"])


def test_no_model_library_is_imported_before_the_first_page_is_sent(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    port = free_port()
    with door("--port", str(port), "--model", "none", note=note, program=REAL_DOOR):
        assert first_page(f"http://127.0.0.1:{port}").status_code == 200
        modules = noted(note)["modules"]
    assert "gradio" in modules
    assert HEAVY.isdisjoint(modules)


@pytest.mark.parametrize("early", [True, False], ids=["while loading", "when up"])
def test_ctrl_c_ends_in_one_line(early: bool) -> None:
    port = free_port()
    with door("--port", str(port)) as process:
        if early:
            deadline = time.monotonic() + 30
            while not _listens(port) and time.monotonic() < deadline:
                time.sleep(0.05)
        else:
            assert first_page(f"http://127.0.0.1:{port}").status_code == 200
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert (process.returncode, err) == (0, "")
    assert out.endswith("\nFootnote has ended.\n")


def _listens(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, said = refusal("--port", str(port))
    assert status == 1
    assert f"Port {port} " in said
    assert "--port" in said


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with door("--articles", missing, "--port", str(free_port()), program="import app; app.run()") as end:
        out, err = end.communicate(timeout=30)
    assert (end.returncode, out, err.count("\n")) == (1, "", 1)
    assert "missing does not exist; create it or name another with --articles" in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--port", "abc"), "port (FOOTNOTE_PORT) cannot be 'abc'"),
        (("--port", "99999"), "99999"),
        (("--host", "no.such.host.invalid"), "no.such.host.invalid"),
        (("--articles", "/tmp/nowhere"), "There is no folder /tmp/nowhere"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_sentence(argv: tuple[str, ...], words: str) -> None:
    port = () if "--port" in argv else ("--port", str(free_port()))
    status, said = refusal(*argv, *port)
    assert status == 1
    assert words in said


def test_wrong_usage_is_2_and_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as wrong:
        app.arguments(["--nonsense"])
    assert wrong.value.code == 2
    with pytest.raises(SystemExit) as helped:
        app.arguments(["--help"])
    assert helped.value.code == 0
    shown = capsys.readouterr().out
    assert [name for name in (*app.OPTIONS, "open") if f"--{name}" not in shown] == []


def test_options_that_are_not_given_leave_the_settings_alone() -> None:
    assert set(app.arguments([]).values()) == {None}
    assert app.arguments(["--port", "8000", "--open"]) | {"port": 0} == {
        **dict.fromkeys(app.OPTIONS),
        "port": 0,
        "open": True,
    }
    assert {*app.OPTIONS, "open"} <= set(Config.model_fields)
