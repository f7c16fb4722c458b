"""Files, texts and links into the folder and out of it again: what they are called, what is kept, shown, removed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rag.adding import (
    Fetched,
    Holding,
    empty_trash,
    keep,
    keep_page,
    paste,
    preview_of,
    refusal,
    remove,
    removed,
    restore,
)
from rag.adding.holding import HELD_S, MOST_HELD
from rag.adding.names import safe_path
from rag.articles import list_articles, read_article
from rag.errors import AddingError

BODY = b"The ferry runs at night. It is never full."
PAGE = (
    b"<!doctype html><html><head><title>Night ferry</title><link rel='canonical' href='https://evil.example/other'>"
    b"<meta property='og:site_name' content='Harbour Post'></head><body><article><h1>Night ferry</h1><p>"
    + b"The ferry to the island runs at night from the old pier. " * 12
    + b"</p></article></body></html>"
)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.txt", "a.txt"),
        ("news/2024/a.TXT", "news/2024/a.TXT"),
        ("news\\a.md", "news/a.md"),
        ("/a.txt", "a.txt"),
        ('what? "yes": <1|2>*.txt', "what_ _yes_ _1_2_.txt"),
        ("con.txt", "_con.txt"),
        ("LPT1.notes.txt", "_LPT1.notes.txt"),
        ("aux/a.txt", "_aux/a.txt"),
        ("console.txt", "console.txt"),
        ("line\nfeed\x1b[31m.txt", "line_feed_[31m.txt"),
        ("zero\x00.txt", "zero_.txt"),
        ("turned\u202etxt.txt", "turned_txt.txt"),
        ("a.txt. . ", "a.txt"),
        ("half \ud800.txt", "half _.txt"),
        ("e\u0301t\u00e9.txt", "\u00e9t\u00e9.txt"),
    ],
)
def test_a_name_is_made_safe_for_every_system(name: str, kept: str) -> None:
    assert safe_path(name).as_posix() == kept


def test_a_name_without_end_is_cut_before_its_ending() -> None:
    for name in ("a" * 300 + ".txt", "é" * 300 + ".txt"):
        part = safe_path(f"folder/{name}").name
        assert part.endswith(".txt") and 170 < len(part.encode()) <= 190


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a.txt", "leads out"),
        ("a/../../b.txt", "leads out"),
        ("..\\..\\b.txt", "leads out"),
        (".hidden.txt", "hidden"),
        (".git/a.txt", "hidden"),
        ("~$report.docx", "hidden"),
        ("", "without a name"),
        ("/", "without a name|no name"),
        ("/".join("abcdefghijk") + "/a.txt", "8 folders deep"),
        ("report.doc", "save it as .docx"),
        ("all.zip", "unpack it"),
        ("photo.JPG", "a picture"),
        ("notes", "not a format that can be read"),
        ("README.md", "rename it"),
    ],
)
def test_what_cannot_be_an_article_is_refused_by_name_before_it_is_kept(name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(AddingError, match=why):
        keep(tmp_path, name, BODY)
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_is_read_is_not_refused() -> None:
    assert refusal("a.txt") == refusal("b.HTML") == ""


def test_a_file_is_kept_with_its_folders_and_never_over_another(tmp_path: Path) -> None:
    assert keep(tmp_path, "news/a.txt", BODY).id == "news/a.txt"
    again = keep(tmp_path, "news/a.txt", BODY)
    assert (again.id, again.already) == ("news/a.txt", True)
    other = keep(tmp_path, "news/a.txt", b"Another text.")
    assert (other.id, other.already) == ("news/a (2).txt", False)
    assert keep(tmp_path, "news/a.txt", b"Another text.").already
    assert (tmp_path / "news/a.txt").read_bytes() == BODY
    assert list_articles(tmp_path) == ["news/a (2).txt", "news/a.txt"]


def test_the_same_bytes_under_another_name_are_already_there(tmp_path: Path) -> None:
    keep(tmp_path, "a.txt", BODY)
    known = {hashlib.sha256(BODY).hexdigest(): "a.txt"}
    assert keep(tmp_path, "b.txt", BODY, known).id == "a.txt"
    (tmp_path / "a.txt").unlink()
    assert keep(tmp_path, "b.txt", BODY, known).id == "b.txt", "what the library knows may have gone from the folder"


def test_too_large_and_empty_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(AddingError, match=r"a.txt was not added: it has more than 5 MB"):
        keep(tmp_path, "a.txt", b"x" * 6_000_000)
    with pytest.raises(AddingError, match="it is empty"):
        keep(tmp_path, "a.txt", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_pasted_text_is_an_article_with_its_title(tmp_path: Path) -> None:
    kept = paste(tmp_path, '  Ferry: "late" again? ', "The ferry was late.\r\n\r\nNobody knows why.")
    article = read_article(tmp_path, kept.id)
    assert kept.id == "Ferry late again.md"
    assert (article.title, article.text) == ('Ferry: "late" again?', "The ferry was late.\n\nNobody knows why.")


def test_a_pasted_text_without_a_title_is_plain_text(tmp_path: Path) -> None:
    kept = paste(tmp_path, "", "---\nThe ferry was late, said the harbour master on Monday morning.")
    assert kept.id.endswith(".txt")
    assert read_article(tmp_path, kept.id).text.startswith("---\nThe ferry")
    with pytest.raises(AddingError, match="no text"):
        paste(tmp_path, "Title", " \n--- ")


def test_front_matter_of_a_pasted_title_cannot_be_broken_out_of(tmp_path: Path) -> None:
    kept = paste(tmp_path, "x\n---\nurl: https://evil.example\n---", "The text.")
    article = read_article(tmp_path, kept.id)
    assert (article.title, article.url, article.text) == ("x --- url: https://evil.example ---", None, "The text.")


def test_a_kept_page_says_where_it_came_from(tmp_path: Path) -> None:
    """Not where it says itself that it belongs."""
    page = Fetched("https://harbour.example/ferry?id=1&x=2", PAGE, ".html", "utf-8")
    preview = preview_of(page)
    assert (preview.article.title, preview.article.outlet) == ("Night ferry", "Harbour Post")
    assert preview.first_words.startswith("Night ferry")
    article = read_article(tmp_path, keep_page(tmp_path, page, preview.article.title).id)
    assert (article.id, article.url) == ("Night ferry.html", "https://harbour.example/ferry?id=1&x=2")


def test_the_encoding_of_the_reply_is_that_of_the_page(tmp_path: Path) -> None:
    data = PAGE.replace(b"old pier", "Åre \u201cpier\u201d".encode("cp1252"))
    page = Fetched("https://harbour.example/", data, ".html", "ISO-8859-1")
    assert "Åre “pier”" in preview_of(page).article.text
    wide = Fetched("https://harbour.example/", PAGE.decode().encode("utf-16"), ".html")
    assert preview_of(wide).article.title == "Night ferry"


def test_a_text_at_a_link_keeps_its_address(tmp_path: Path) -> None:
    page = Fetched("https://harbour.example/ferry.txt", BODY, ".txt")
    article = read_article(tmp_path, keep_page(tmp_path, page, "Ferry").id)
    assert (article.id, article.url, article.text) == ("Ferry.md", page.url, BODY.decode())


def test_what_holds_no_article_is_not_shown_for_keeping() -> None:
    with pytest.raises(AddingError, match="No article can be read at this link: no article text"):
        preview_of(Fetched("https://harbour.example/", b"<html><body></body></html>", ".html"))


def test_pages_are_held_for_ten_minutes_and_only_so_many() -> None:
    now = [0.0]
    held = Holding(lambda: now[0])
    preview = preview_of(Fetched("https://harbour.example/", PAGE, ".html"))
    tokens = [held.put(preview) for _ in range(MOST_HELD + 1)]
    with pytest.raises(AddingError, match="no longer held"):
        held.look(tokens[0])
    assert held.look(tokens[1]) is preview
    held.drop(tokens[1])
    with pytest.raises(AddingError):
        held.look(tokens[1])
    now[0] = HELD_S
    with pytest.raises(AddingError):
        held.look(tokens[2])


def test_a_removed_article_is_brought_back(tmp_path: Path) -> None:
    folder, data = tmp_path / "articles", tmp_path / "data"
    folder.mkdir()
    keep(folder, "news/a.txt", BODY)
    gone = remove(folder, data, "news/a.txt")
    assert gone.id == removed(data, gone.token).id == "news/a.txt"
    assert not (folder / "news/a.txt").exists()
    assert restore(data, gone.token) == "news/a.txt"
    assert (folder / "news/a.txt").read_bytes() == BODY
    with pytest.raises(AddingError, match="brought back already"):
        restore(data, gone.token)


def test_what_is_brought_back_writes_over_nothing(tmp_path: Path) -> None:
    folder, data = tmp_path / "articles", tmp_path / "data"
    folder.mkdir()
    keep(folder, "a.txt", BODY)
    gone = remove(folder, data, "a.txt")
    keep(folder, "a.txt", b"Another text.")
    assert restore(data, gone.token) == "a (2).txt"
    assert (folder / "a.txt").read_bytes() == b"Another text."


def test_the_trash_is_emptied_of_what_is_old(tmp_path: Path) -> None:
    folder, data = tmp_path / "articles", tmp_path / "data"
    folder.mkdir()
    keep(folder, "a.txt", BODY)
    gone = remove(folder, data, "a.txt")
    empty_trash(data)
    assert removed(data, gone.token).id == "a.txt"
    empty_trash(data, days=-1)
    with pytest.raises(AddingError, match="nothing to bring back"):
        restore(data, gone.token)
