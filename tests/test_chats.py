"""Kept chats: whole answers there and back, titles, searching, deleting, two tabs, what the disk does to them."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.assistant import complete
from rag.chats import CHATS_FILE, Chats, ChatsError, Place, Thumb, UnknownForm, packed, unpacked
from rag.chats.forms import cited_articles, without_text
from rag.chats.rows import DAMAGED_TURN, MOST_TITLE, OTHER_FORM, named_by
from rag.domain import Answer, Article
from rag.quotes import speaker_of
from tests.conftest import Assemble
from tests.fake_assistant import ARTICLES, EXAMPLES, SCRIPT

WHOLE = SCRIPT[EXAMPLES[0]]


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chats(tmp_path: Path, clock: Clock) -> Chats:
    return Chats(tmp_path / "data" / CHATS_FILE, "seeds-1", clock)


def keep(chats: Chats, question: str, answer: Answer | None = None, chat: str = "") -> Place:
    place = chats.begin(chat, question, 0)
    chats.write(place, answer or Answer(question, text="Yes.", done=True))
    return place


def titles(chats: Chats, query: str = "") -> list[str]:
    return [one.title for one in chats.listed(query)]


# Forms


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.builds(Answer))
def test_every_answer_is_the_same_there_and_back(answer: Answer) -> None:
    if "nan" not in repr(answer):
        assert unpacked(packed(answer), Answer) == answer


def test_answers_of_the_assistant_are_the_same_there_and_back(assemble: Assemble) -> None:
    assistant = assemble(model="none")
    for question in ("Who met Yang Jiechi in Rome?", "Who is who?", "What happened when?", "hello", "Who won the cup?"):
        for answer in assistant.ask(question):
            assert unpacked(packed(answer), Answer) == answer
        assert any(getattr(answer, field.name) for field in fields(answer))


def test_what_is_kept_of_an_article_tells_who_speaks(assemble: Assemble) -> None:
    assistant = assemble(model="none")
    answer = complete(assistant.ask("Who met Yang Jiechi in Rome?"))
    cited = cited_articles(answer)
    assert cited
    for id, spans in cited.items():
        article = assistant.article(id)
        assert article
        kept = without_text(article, spans)
        assert (kept.text, kept.digest, kept.title, kept.outlet) == ("", article.digest, article.title, article.outlet)
        assert [speaker_of(kept, span) for span in spans] == [speaker_of(article, span) for span in spans]
        assert unpacked(packed((kept,)), tuple[Article, ...]) == (kept,)


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept | {"form": 2},
        lambda kept: kept | {"value": kept["value"] | {"colour": "red"}},
        lambda kept: kept | {"value": kept["value"] | {"outcome": "sold"}},
        lambda kept: kept | {"value": kept["value"] | {"text": 7}},
        lambda kept: kept | {"value": [1]},
        lambda kept: {},
    ],
)
def test_another_form_is_refused(change: object) -> None:
    kept = json.loads(packed(WHOLE))
    with pytest.raises(UnknownForm):
        unpacked(json.dumps(change(kept)), Answer)  # type: ignore[operator]


def test_a_field_that_was_added_since_has_its_default() -> None:
    kept = json.loads(packed(WHOLE))
    del kept["value"]["changed"]
    assert unpacked(json.dumps(kept), Answer) == WHOLE


# Chats


def test_a_chat_is_kept_as_it_is_written(chats: Chats) -> None:
    place = chats.begin("", "  How did the\ncouncil vote? ", 0)
    found = chats.chat(place.chat)
    assert found and found.title == "How did the council vote?"
    assert [(t.answer.text, t.answer.stopped, t.answer.done) for t in found.turns] == [("", True, True)]
    chats.write(place, replace(WHOLE, text="The council", done=False, status="writing"))
    found = chats.chat(place.chat)
    assert found and (found.turns[0].answer.text, found.turns[0].answer.stopped) == ("The council", True)
    chats.write(place, WHOLE, ARTICLES[:1])
    chats.close()
    found = chats.chat(place.chat)
    assert found and found.turns[0].answer == WHOLE and found.turns[0].articles == (ARTICLES[0],)


def test_two_tabs_lose_no_turn_and_a_retry_takes_its_own_place(chats: Chats) -> None:
    first = keep(chats, "One?")
    assert chats.begin(first.chat, "Two, here?", 1) == Place(first.chat, 1)
    assert chats.begin(first.chat, "Two, there?", 1) == Place(first.chat, 2)
    assert chats.begin(first.chat, "Two, here again?", 1, over=True) == Place(first.chat, 1)
    found = chats.chat(first.chat)
    assert found and [t.answer.question for t in found.turns] == ["One?", "Two, here again?", "Two, there?"]


def test_each_library_has_its_own_chats(chats: Chats, tmp_path: Path) -> None:
    place = keep(chats, "Here?")
    other = Chats(tmp_path / "data" / CHATS_FILE, "news-2")
    assert other.listed() == [] and other.chat(place.chat) is None and other.latest() == ""
    assert not other.rename(place.chat, "Mine") and not other.delete(place.chat)
    assert not other.thumb(place, Thumb(True))
    assert titles(chats) == ["Here?"] and chats.latest() == place.chat


def test_a_question_to_another_library_begins_a_chat_there(chats: Chats, tmp_path: Path) -> None:
    place = keep(chats, "Here?")
    opened = ["seeds-1"]
    switched = Chats(tmp_path / "data" / CHATS_FILE, lambda: opened[0])
    assert titles(switched) == ["Here?"]
    opened[0] = "news-2"
    other = switched.begin(place.chat, "There?", 1)
    assert other.chat != place.chat and titles(switched) == ["There?"] and titles(chats) == ["Here?"]


def test_titles_are_cut_at_a_word() -> None:
    assert named_by("Who?") == "Who?"
    long = named_by("word " * 40)
    assert long.endswith("word…") and len(long) <= MOST_TITLE
    assert len(named_by("x" * 500)) == MOST_TITLE
    assert named_by("  \n ") == "A chat"
    assert named_by("a\udce9b") == "a?b"


def test_chats_are_found_by_words_of_question_and_answer(chats: Chats) -> None:
    keep(
        chats, "Who sells herring?", Answer("Who sells herring?", text="Åse Ødegård, at 100% of the quays.", done=True)
    )
    keep(chats, "Where is 上海 named?")
    assert titles(chats, "herr") == ["Who sells herring?"]
    assert titles(chats, "ase quays") == ["Who sells herring?"]
    assert titles(chats, "海") == ["Where is 上海 named?"]
    assert titles(chats, "100%") == ["Who sells herring?"]
    assert titles(chats, "%") == ["Who sells herring?"]
    for hostile in ('"', 'a" OR 1 --', "NEAR(", "question:x", "*", "^", "\0", "-", "\udce9"):
        chats.listed(hostile)
    assert titles(chats, "whale") == []
    db = sqlite3.connect(chats._file or "")
    db.execute("DROP TABLE found")
    db.commit()
    db.close()
    chats.close()
    assert titles(chats, "ØDEGÅRD") == [] and titles(chats, "herring") == ["Who sells herring?"], "without FTS5"
    keep(chats, "Still kept?")


def test_a_deleted_chat_comes_back_or_goes_for_good(chats: Chats, clock: Clock) -> None:
    place, other = keep(chats, "Secret words?"), keep(chats, "Another?")
    chats.thumb(place, Thumb(False, "wrong", "secret too"))
    assert chats.delete(place.chat) and titles(chats) == ["Another?"] and chats.chat(place.chat) is None
    assert not chats.delete(place.chat) and not chats.thumb(place, Thumb(True))
    assert chats.restore(place.chat) and "Secret words?" in titles(chats)
    chats.delete(place.chat)
    clock.now += 29 * 86400
    chats.close()
    assert chats.restore(place.chat) and chats.delete(place.chat)
    clock.now += 31 * 86400
    chats.close()
    assert not chats.restore(place.chat)
    assert titles(chats) == ["Another?"], "nothing else goes, however old"
    chats.write(place, WHOLE)
    assert chats.chat(place.chat) is None, "a late answer does not bring it back"
    assert chats._file and b"ecret" not in chats._file.read_bytes(), "it is overwritten"
    assert chats.chat(other.chat)


def test_whoever_goes_on_in_a_deleted_chat_has_it_back(chats: Chats) -> None:
    place = keep(chats, "One?")
    chats.delete(place.chat)
    chats.begin(place.chat, "Two?", 1)
    assert titles(chats) == ["One?"]


def test_renaming_wants_a_name(chats: Chats) -> None:
    place = keep(chats, "One?")
    assert chats.rename(place.chat, "  The  first\none ") and titles(chats) == ["The first one"]
    assert not chats.rename(place.chat, " \n") and not chats.rename("nobody", "x")


def test_ids_are_random_and_the_file_is_its_owners_alone(chats: Chats) -> None:
    ids = {keep(chats, "One?").chat for _ in range(20)}
    assert len(ids) == 20 and all(len(id) == 22 for id in ids)
    assert chats._file and stat.S_IMODE(chats._file.stat().st_mode) == 0o600


# Thumbs


def test_a_thumb_is_kept_with_the_answer_that_it_was_given_to(chats: Chats) -> None:
    place = keep(chats, "One?", replace(WHOLE, question="One?"))
    chats.write(place, replace(WHOLE, question="One?"), ARTICLES[:1])
    assert chats.thumb(place, Thumb(True)) and chats.thumb(place, Thumb(False, "source", "No."))
    assert not chats.thumb(Place(place.chat, 7), Thumb(True))
    chats.begin(place.chat, "One?", 0, over=True)
    ((where, thumb, answer, articles, _),) = chats.feedback()
    assert (where, thumb) == (place, Thumb(False, "source", "No."))
    assert unpacked(answer, Answer).text == WHOLE.text
    assert [one.digest for one in unpacked(articles, tuple[Article, ...])] == [ARTICLES[0].digest]


# What the disk does


def test_a_turn_that_is_not_what_was_written_is_not_shown(chats: Chats) -> None:
    place = keep(chats, "One?", WHOLE)
    assert chats._file
    chats.close()
    data = chats._file.read_bytes()
    assert data.count(b"eleven to four") > 2
    chats._file.write_bytes(data.replace(b"eleven to four", b"twelve to four"))
    found = chats.chat(place.chat)
    assert found and found.turns[0].answer.error == DAMAGED_TURN and found.turns[0].answer.text == ""


def test_a_turn_of_another_version_is_shown_as_text(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.chats.forms.FORM", 2)
    place = keep(chats, "One?", WHOLE)
    monkeypatch.undo()
    found = chats.chat(place.chat)
    assert found and found.turns[0].answer == Answer("One?" and WHOLE.question, WHOLE.text, error=OTHER_FORM, done=True)


@pytest.mark.parametrize("damage", ["text", "half", "header", "middle"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(chats: Chats, damage: str) -> None:
    keep(chats, "One?", WHOLE)
    chats.close()
    assert chats._file
    data = chats._file.read_bytes()
    chats._file.write_bytes(
        {
            "text": b"this is no database, but something else entirely" * 40,
            "half": data[: len(data) // 2],
            "header": b"\xff" * 16 + data[16:],
            "middle": data[:4096] + b"\xff" * 12288 + data[16384:],
        }[damage]
    )
    assert titles(chats) == []
    (aside,) = chats._file.parent.glob("chats-damaged-20*.sqlite3")
    assert aside.name in chats.news and "damaged" in chats.news
    keep(chats, "Two?")
    assert titles(chats) == ["Two?"]


def test_a_file_of_a_newer_version_is_not_touched(chats: Chats) -> None:
    keep(chats, "One?")
    chats.close()
    assert chats._file
    db = sqlite3.connect(chats._file)
    db.execute("PRAGMA user_version = 9")
    db.commit()
    db.close()
    before = chats._file.read_bytes()
    with pytest.raises(ChatsError, match="newer Footnote"):
        chats.begin("", "Two?", 0)
    assert chats._file.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_file_is_read_and_said(chats: Chats) -> None:
    keep(chats, "One?")
    chats.close()
    assert chats._file
    chats._file.chmod(0o400)
    assert titles(chats) == ["One?"]
    with pytest.raises(ChatsError, match="not being kept"):
        chats.begin("", "Two?", 0)


def test_a_place_that_cannot_be_made_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    chats = Chats(tmp_path / "data" / CHATS_FILE, "seeds-1")
    for _ in range(2):
        with pytest.raises(ChatsError, match="This chat is not being kept"):
            chats.begin("", "One?", 0)
    (tmp_path / "data").unlink()
    keep(chats, "One?")
    assert titles(chats) == ["One?"]


def test_another_program_that_holds_the_file_is_waited_for_and_said(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.chats.schema.BUSY_SECONDS", 0.05)
    place = keep(chats, "One?")
    chats.close()
    chats.listed()
    other = sqlite3.connect(chats._file or "", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ChatsError, match="another program"):
        chats.write(place, WHOLE)
    other.execute("ROLLBACK")
    other.close()
    chats.write(place, WHOLE)


def test_without_a_file_chats_last_as_long_as_the_process() -> None:
    chats = Chats(None, "")
    keep(chats, "One?")
    assert titles(chats) == ["One?"]
