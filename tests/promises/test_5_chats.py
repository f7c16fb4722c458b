"""Promise 5 for chats: killed, refused, damaged: what was kept is there, or it is said."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.chats import Chats, ChatsError
from rag.chats.rows import DAMAGED_TURN
from tests.conftest import ROOT
from tests.fake_assistant import ARTICLES
from tests.promises.chatting import LIBRARY, SHORT, whole
from tests.promises.conftest import Effort, Report

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None or not sys.platform.startswith("linux"),
    reason="no C compiler, or no LD_PRELOAD: faults cannot be put below SQLite",
)


def chatting(file: Path, turns: int, *fault: int, shim: Path | None = None) -> subprocess.Popen[str]:
    environment = {**os.environ, **({"LD_PRELOAD": str(shim)} if shim else {})}
    command = [sys.executable, "-m", "tests.promises.chatting", str(file), str(turns), *map(str, fault)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def holds(file: Path, said: list[str]) -> int:
    """Every turn that was kept is there, whole; one that was asked is there with what had come. How many turns."""
    chats = Chats(file, LIBRARY)
    asked = [line.split()[1:] for line in said if line.startswith("asked ")]
    kept = {(chat, int(number)) for chat, number, _ in (x.split()[1:] for x in said if x.startswith("kept "))}
    for chat, number, n in asked:
        found = chats.chat(chat)
        assert found, said
        turn = next(one for one in found.turns if one.number == int(number))
        if (chat, int(number)) in kept:
            assert turn.answer == whole(int(n)) and turn.articles == tuple(ARTICLES)
        else:
            assert turn.answer.question == f"Question {n}?" and turn.answer.done
            assert turn.answer == whole(int(n)) or (turn.answer.stopped and turn.answer.text in ("", SHORT.text))
    assert not chats.news
    place = chats.begin("", "Afterwards?", 0)
    chats.write(place, whole(0))
    again = chats.chat(place.chat)
    assert again and again.turns[0].answer == whole(0)
    return len(asked)


def test_killed_at_any_moment_what_was_kept_is_there(tmp_path: Path, effort: Effort, report: Report) -> None:
    chance, tries, turns, in_the_middle = random.Random(5), effort(4, 100), 0, 0
    for n in range(tries):
        file = tmp_path / str(n) / "chats.sqlite3"
        with chatting(file, 100_000) as child:
            assert child.stdout
            said = [child.stdout.readline().strip()]  # it has begun
            time.sleep(chance.uniform(0, 0.4))
            child.kill()
            said += child.stdout.read().splitlines()
        in_the_middle += sum(x.startswith("asked ") for x in said) > sum(x.startswith("kept ") for x in said)
        turns += holds(file, said)
    assert turns > tries
    report(kills=tries, turns=turns, in_the_middle=in_the_middle, lost=0)


@needs_compiler
def test_a_write_that_is_refused_is_said_and_costs_its_turn_alone(
    tmp_path: Path, effort: Effort, report: Report
) -> None:
    shim = tmp_path / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(shim), str(source), "-ldl"], check=True)

    def tried(nth: int, number: int, lasting: int) -> tuple[Path, list[str]]:
        file = tmp_path / f"{nth}-{number}-{lasting}" / "chats.sqlite3"
        file.parent.mkdir()
        with chatting(file, 3, nth, number, lasting, shim=shim) as child:
            assert child.stdout
            said = child.stdout.read().splitlines()
        assert child.returncode == 0, "no traceback"
        return file, said

    _, said = tried(1 << 40, errno.EIO, 1)
    writes = int(said[-1].split()[1])
    assert writes > 50 and not any(line.startswith("told") for line in said)
    chance, told, tries = random.Random(6), 0, 0
    everywhere = list(range(writes))
    for number in (errno.ENOSPC, errno.EIO):
        for lasting in (0, 1):
            for nth in sorted(chance.sample(everywhere, min(len(everywhere), effort(5, 400)))):
                file, said = tried(nth, number, lasting)
                sentences = [line for line in said if line.startswith("told ")]
                assert all("This chat is not being kept: " in line for line in sentences), said
                holds(file, said)
                told, tries = told + bool(sentences), tries + 1
    assert told > tries // 2
    report(writes=writes, faults=tries, told=told)


def test_a_flipped_byte_is_noticed_or_changes_nothing_that_is_shown(
    tmp_path: Path, effort: Effort, report: Report
) -> None:
    clean = tmp_path / "clean.sqlite3"
    chats = Chats(clean, LIBRARY)
    places = [chats.begin("", f"Question {n}?", 0) for n in range(4)]
    for n, place in enumerate(places):
        chats.write(place, whole(n), ARTICLES)
    chats.close()
    data = clean.read_bytes()
    chance, aside, said, tries = random.Random(7), 0, 0, effort(120, 5000)
    for n in range(tries):
        file = tmp_path / f"{n}" / "chats.sqlite3"
        file.parent.mkdir()
        at = chance.randrange(len(data))
        file.write_bytes(data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :])
        damaged = Chats(file, LIBRARY)
        try:
            for question, place in enumerate(places):
                found = damaged.chat(place.chat)
                for turn in found.turns if found else ():
                    assert turn.answer.error == DAMAGED_TURN or turn.answer == whole(question), at
                    assert turn.answer.error or turn.articles == tuple(ARTICLES), at
                    said += turn.answer.error is not None
            damaged.write(damaged.begin("", "Afterwards?", 0), whole(0))
        except ChatsError:
            said += 1
        aside += bool(damaged.news)
        damaged.close()
        shutil.rmtree(file.parent)
    assert said > 0 or aside > 0
    report(flipped=tries, set_aside=aside, said=said, shown_wrong=0)
