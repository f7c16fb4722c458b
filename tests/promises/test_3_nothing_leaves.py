"""Promise 3: nothing leaves unless you name an endpoint. The whole journey, where every attempt is noted.

Two witnesses: an audit hook in every Python process (connections, datagrams, look-ups of names), and, where the system
lets us have one, a network namespace without any network, whose kernel counts what found no way out, native code's too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.quiet import SWITCHES
from tests.promises.conftest import Report

ROOT = Path(__file__).resolve().parents[2]
RECORDER = Path(__file__).parent / "recorder"
JOURNEY = Path(__file__).parent / "journey.py"


def _alone() -> list[str]:
    """What puts a program into a network of its own, as far as this system allows it."""
    command = ["unshare", "--map-root-user", "--net"]
    try:
        allowed = subprocess.run([*command, "true"], capture_output=True, timeout=10).returncode == 0
    except OSError:
        return []
    return command if allowed else []


def _environment(record: Path) -> dict[str, str]:
    """As a user has it, who has switched nothing off; with a key of the hub that nobody is to see."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_") or k == "FOOTNOTE_WEIGHTS"}
    bare = {k: v for k, v in kept.items() if k not in SWITCHES}
    path = os.pathsep.join([str(RECORDER), str(ROOT)])
    return {**bare, "PYTHONPATH": path, "RECORD": str(record), "HF_TOKEN": "hf_canary"}


def _run(program: list[str], record: Path, alone: list[str]) -> dict[str, object]:
    done = subprocess.run(
        [*alone, sys.executable, *program],
        cwd=ROOT,
        env=_environment(record),
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.model
def test_the_whole_journey_asks_nothing_of_anybody(tmp_path: Path, report: Report) -> None:
    record, alone = tmp_path / "record", _alone()
    found = _run([str(JOURNEY), str(tmp_path), "yes" if alone else "no"], record, alone)
    assert found["steps"] == ["page", "terminal through page", "terminal", "evaluation"]
    assert (record.read_text() if record.exists() else "") == ""
    assert found["no_way_out"] in (0, None)
    report(connections=0, names=0, namespace="yes" if alone else "no", no_way_out=str(found["no_way_out"]))


def test_inside_llamaindex_nothing_is_asked_of_anybody(tmp_path: Path) -> None:
    """Nor is there a model of LlamaIndex's own: its global settings, which mean a hosted one, stay unset."""
    record = tmp_path / "record"
    program = (
        "import asyncio, json\n"
        "from rag import loading as room\n"
        "from rag.models import HashEmbedder, WordReader\n"
        "room.is_present, room.load_embedder = lambda *_: True, lambda *_: HashEmbedder(384)\n"
        "room.load_reader = WordReader\n"
        "from llama_index.core import Settings\n"
        "from rag.llamaindex import FootnoteChatEngine, FootnoteQueryEngine, FootnoteRetriever, open_folder\n"
        f"with open_folder('seeds', model='none', data={str(tmp_path / 'data')!r}) as library:\n"
        "  question = 'Who had a seven-hour meeting with Yang Jiechi in Rome?'\n"
        "  engine = FootnoteQueryEngine(library)\n"
        "  said = [str(engine.query(question)), str(asyncio.run(engine.aquery(question)))]\n"
        "  said += [str(FootnoteChatEngine(library).chat(question))]\n"
        "  said += [str(FootnoteRetriever(library).retrieve(question))]\n"
        "unset = Settings._llm is None and Settings._embed_model is None\n"
        "print(json.dumps({'said': all('Sullivan' in one for one in said), 'unset': unset}))\n"
    )
    assert _run(["-c", program], record, _alone()) == {"said": True, "unset": True}
    assert (record.read_text() if record.exists() else "") == ""


@pytest.mark.parametrize(
    ("attempt", "seen"),
    [
        ("import socket; s = socket.socket(); s.settimeout(.1); s.connect(('192.0.2.1', 80))", "192.0.2.1"),
        ("import socket; socket.getaddrinfo('somebody.invalid', 80)", "somebody.invalid"),
        (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', "
            "'import socket; socket.gethostbyname(\"child.invalid\")'])",
            "child.invalid",
        ),
    ],
)
def test_the_witness_sees_what_there_is_to_see(attempt: str, seen: str, tmp_path: Path) -> None:
    record = tmp_path / "record"
    program = f"try:\n  exec({attempt!r})\nexcept OSError: pass\nprint('{{}}')"
    _run(["-c", program], record, _alone())
    assert seen in record.read_text()


def test_telemetry_is_off_before_any_library_is_imported(tmp_path: Path) -> None:
    """The switches count when a library is imported; ``load_config`` is what every program begins with."""
    program = (
        "import sys, os, json\n"
        "from rag.config import load_config\n"
        "heavy = {'gradio', 'gradio_client', 'huggingface_hub', 'chromadb', 'transformers'} & set(sys.modules)\n"
        "load_config()\n"
        "from gradio_client import Client\n"
        "import huggingface_hub.constants as hub\n"
        "print(json.dumps({'heavy': sorted(heavy), 'off': hub.HF_HUB_DISABLE_TELEMETRY and hub.HF_HUB_OFFLINE}))\n"
    )
    assert _run(["-c", program], tmp_path / "record", []) == {"heavy": [], "off": True}
