"""Reading a folder: formats, errors in words, details never invented, residue marked by general rules."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.articles import file_digest, list_articles, look_into, read_article
from rag.articles.details import clean, iso_date, web_address
from rag.articles.folder import MAX_BYTES
from rag.articles.residue import find
from rag.domain import Article, MarkKind
from rag.errors import ArticlesError, UnreadableFile

SEEDS = Path(__file__).parents[1] / "seeds"
BODY = "The council met on Monday and agreed to rebuild the old bridge across the river before winter comes."


def put(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def read(folder: Path, name: str, content: str | bytes) -> Article:
    return read_article(folder, put(folder, name, content))


def reason(folder: Path, name: str, content: str | bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(folder, name, content)
    return str(caught.value)


def marked(text: str) -> dict[str, MarkKind]:
    return {text[f.start : f.end]: f.kind for f in find(text)}


def marks_of(article: Article, kind: MarkKind) -> list[str]:
    return [article.quote(m.span) for m in article.marks if m.kind == kind]


# --- the folder


def test_lists_supported_files_sorted_and_passes_over_hidden_ones_and_readmes(tmp_path: Path) -> None:
    for name in [
        "b.txt",
        "a/x.MD",
        "a/y.html",
        "z.htm",
        ".hidden.txt",
        ".git/c.txt",
        "README.md",
        "a/readme.txt",
        "n.doc",
        "~$n.docx",
    ]:
        put(tmp_path, name, BODY)
    assert list_articles(tmp_path) == ["a/x.MD", "a/y.html", "b.txt", "z.htm"]


def test_a_missing_empty_or_wrong_folder_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ArticlesError, match="does not exist"):
        list_articles(tmp_path / "nowhere")
    with pytest.raises(ArticlesError, match="is not a folder"):
        list_articles(tmp_path / put(tmp_path, "a.txt", BODY))
    (tmp_path / "empty").mkdir()
    put(tmp_path, "empty/README.md", "about")
    with pytest.raises(ArticlesError, match=r"holds no article: put \.txt"):
        list_articles(tmp_path / "empty")


def test_a_folder_in_it_that_cannot_be_opened_is_named_and_the_rest_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.txt", BODY)
    shut(monkeypatch, tmp_path / "sub")
    found = look_into(tmp_path)
    assert found.articles == ("a.txt",)
    assert [(one.article, one.reason) for one in found.closed] == [
        ("sub/", "cannot be opened: permission denied; make it readable or move it.")
    ]
    assert found.gone(["a.txt", "b.txt", "sub/c.txt", "subway.txt"]) == ["b.txt", "subway.txt"]
    shut(monkeypatch, tmp_path)
    with pytest.raises(ArticlesError, match="cannot be opened: permission denied"):
        look_into(tmp_path)


def shut(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As if ``folder`` were closed to us, which it never is to root."""
    walk = os.walk

    def refuse(root: Path, onerror):  # type: ignore[no-untyped-def]
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return walk(root)

    monkeypatch.setattr("rag.articles.folder.os.walk", refuse)


def test_what_is_no_article_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    names = ("a.txt", "old.DOC", "sub/pic.jpg", "odd.qqq", "none", ".hidden.doc", "README.doc", "~$a.doc", "x.doc~")
    for name in names:
        put(tmp_path, name, BODY)
    told = {one.article: one.reason for one in look_into(tmp_path).passed_over}
    assert set(told) == {"old.DOC", "sub/pic.jpg", "odd.qqq", "none"}
    assert told["old.DOC"] == "old Word format: save it as .docx."
    assert "OCR" in told["sub/pic.jpg"] and told["odd.qqq"].startswith("not a format that can be read; known are .txt")


def test_digest_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfone\r\ntwo"
    put(tmp_path, "a.txt", data)
    expected = hashlib.sha256(data).hexdigest()
    assert file_digest(tmp_path, "a.txt") == expected == read_article(tmp_path, "a.txt").digest


# --- what cannot be read


def test_reasons_are_given_in_words(tmp_path: Path) -> None:
    assert reason(tmp_path, "a.txt", b"caf\xe9 and more").startswith("not UTF-8: byte 0xe9 at offset 3 (line 1)")
    assert reason(tmp_path, "b.txt", b"").startswith("empty")
    assert reason(tmp_path, "c.txt", " \n\t\ufeff").startswith("empty")
    assert "zero byte at offset 2" in reason(tmp_path, "d.txt", b"ab\0cd")
    assert "UTF-16" in reason(tmp_path, "e.txt", "text".encode("utf-16"))
    assert "5.0 MB, and 5 MB is the limit" in reason(tmp_path, "f.txt", b"a" * (MAX_BYTES + 1))
    assert "no article text" in reason(tmp_path, "g.html", "<html><body><script>1</script></body></html>")
    assert "not a format" in reason(tmp_path, "h.doc", "text")
    broken = reason(tmp_path, "i.md", '---\ntitle: "open\nauthor: x\n---\ntext')
    assert broken.startswith("broken YAML front matter in line")


@pytest.mark.parametrize("note", ["# A heading", "*An editor's note: nothing is sure.*"])
def test_a_note_between_two_rules_is_text(tmp_path: Path, note: str) -> None:
    assert read(tmp_path, "a.md", f"---\n{note}\n---\nThe bridge is closed.").text.startswith(f"---\n{note}")


def test_what_is_not_a_file_in_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.txt").symlink_to(outside)
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "gone.txt").symlink_to(root / "nothing.txt")
    (root / "folder.txt").mkdir()
    assert list_articles(root) == ["gone.txt", "link.txt", "loop.txt"]
    for name, words in [
        ("link.txt", "leads out of the articles folder"),
        ("../outside.txt", "leads out of the articles folder"),
        ("loop.txt", "cannot be followed|no such file"),
        ("gone.txt", "no such file"),
        ("folder.txt", "not a regular file"),
        ("a\udcff.txt", "name is not UTF-8"),
    ]:
        with pytest.raises(UnreadableFile, match=words):
            read_article(root, name)
        with pytest.raises(UnreadableFile, match=words):
            file_digest(root, name)


def test_a_file_without_permission_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.txt", BODY)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rag.articles.folder.os.open", refuse)
    with pytest.raises(UnreadableFile, match="cannot be opened: permission denied"):
        read_article(tmp_path, "a.txt")


# --- plain text


def test_text_is_everything_with_line_ends_and_byte_order_mark_made_plain(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", b"\xef\xbb\xbf  One.\r\n\r\nTwo.\rThree.\n\n")
    assert article.text == "  One.\n\nTwo.\nThree.\n\n"


def test_a_missing_headline_is_replaced_by_the_first_sentence_and_said_to_be(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", f"U.S. officials met. Then they left.\n\n{BODY}")
    assert (article.title, article.title_given) == ("U.S. officials met.", False)
    long = "word " * 60
    title = read(tmp_path, "b.txt", f"{long.strip()}.\n\n{BODY}").title
    assert title.endswith("word…")
    assert 100 < len(title) <= 121


def test_details_are_taken_from_lines_that_have_them(tmp_path: Path) -> None:
    text = (
        f"Bridge to be rebuilt\n\nBy Anna Lind and Ben Okoro, City Desk\n\nMarch 4, 2024\n\n{BODY}\n\nsource river-post"
    )
    article = read(tmp_path, "a.txt", text)
    assert (article.title, article.title_given) == ("Bridge to be rebuilt", True)
    assert article.author == "Anna Lind and Ben Okoro"
    assert (article.date, article.outlet) == ("2024-03-04", "source river-post")
    assert marks_of(article, "byline") == [
        "By Anna Lind and Ben Okoro, City Desk",
        "March 4, 2024",
        "source river-post",
    ]


def test_labelled_lines_at_the_top_give_details_but_one_alone_does_not(tmp_path: Path) -> None:
    head = "Title: Bridge to be rebuilt\nSource: River Post\nDate: 4 March 2024\nURL: https://river.example/1\n\n"
    article = read(tmp_path, "a.txt", head + BODY)
    assert (article.title, article.outlet) == ("Bridge to be rebuilt", "River Post")
    assert (article.date, article.url) == ("2024-03-04", "https://river.example/1")
    assert read(tmp_path, "b.txt", f"Date: the fruit of the palm\n\n{BODY}").date is None


def test_nothing_is_invented(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", f"{BODY} It was 4 March 2024, said John Smith.\n\n{BODY}\n\nRiver Pages")
    assert (article.title_given, article.outlet, article.author, article.date, article.url, article.section) == (
        (False,) + (None,) * 5
    )
    # "River" and "Pages" may be a person, or a label whose words the text also has in lower case
    assert read(tmp_path, "b.txt", f"{BODY}\n\n{BODY}\n\nAnna Lind").author == "Anna Lind"
    assert read(tmp_path, "c.txt", f"{BODY} More pages.\n\n{BODY}\n\nRelated Pages").author is None


def test_a_name_below_a_pulled_out_quotation_is_its_speaker_and_not_the_author(tmp_path: Path) -> None:
    quotation = "We shall never again build a bridge without asking the people who have to live beside it"
    article = read(tmp_path, "a.txt", f"{BODY}\n\n{quotation}\n\nAnna Lind")
    assert article.author is None
    assert not article.marks


# --- Markdown


def test_markdown_text_is_what_follows_the_front_matter(tmp_path: Path) -> None:
    head = (
        "---\ntitle: 1984\noutlet: River Post\nauthor: [Anna Lind, Ben Okoro]\ndate: 2024-03-04\n"
        "url: https://river.example/1\nsection: local\n---\n"
    )
    article = read(tmp_path, "a.md", f"{head}\n{BODY}\n")
    assert article.text == BODY
    assert (article.title, article.title_given) == ("1984", True)
    assert (article.outlet, article.author) == ("River Post", "Anna Lind, Ben Okoro")
    assert (article.date, article.url, article.section) == ("2024-03-04", "https://river.example/1", "local")


def test_markdown_without_front_matter_takes_its_heading(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", f"# Bridge *rebuilt*\n\n{BODY}\n\n## Costs\n\n{BODY}\n\n![](x.png)")
    assert (article.title, article.title_given) == ("Bridge *rebuilt", True)
    assert marks_of(article, "heading") == ["# Bridge *rebuilt*", "## Costs"]
    assert marks_of(article, "residue") == ["![](x.png)"]


@pytest.mark.parametrize("text", [f"---\n\n{BODY}", f"---\nOnce\n---\n\n{BODY}", f"---\n- a\n---\n{BODY}"])
def test_dashes_that_are_no_front_matter_stay_text(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "a.md", text).text == text


def test_a_link_that_is_no_web_address_is_not_taken(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", f"---\ntitle: T\nurl: 'javascript:alert(1)'\n---\n{BODY}").url is None


# --- HTML

PAGE = f"""<html lang="en"><head><title>Bridge to be rebuilt - River Post</title>
<meta property="og:title" content="Bridge to be rebuilt"><meta property="og:site_name" content="River Post">
<meta name="author" content="Anna Lind"><meta property="article:published_time" content="2024-03-04T10:00:00Z">
<link rel="canonical" href="https://river.example/bridge"></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>Bridge to be rebuilt</h1><p>{BODY}</p><h2>What it costs</h2><p>{BODY} Two million, they say.</p>
<p>{BODY} And nobody minds.</p><script>alert("no")</script></article><footer>© 2024 River Post</footer></body></html>"""


def test_html_gives_the_main_text_and_its_metadata(tmp_path: Path) -> None:
    article = read(tmp_path, "a.html", PAGE)
    assert BODY in article.text
    assert "alert" not in article.text
    assert "News" not in article.text
    assert (article.title, article.outlet, article.author) == ("Bridge to be rebuilt", "River Post", "Anna Lind")
    assert (article.date, article.url) == ("2024-03-04", "https://river.example/bridge")
    assert "What it costs" in marks_of(article, "heading")


def test_html_without_a_date_gets_none(tmp_path: Path) -> None:
    page = PAGE.replace('<meta property="article:published_time" content="2024-03-04T10:00:00Z">', "").replace(
        "2024", ""
    )
    assert read(tmp_path, "a.html", page.replace(BODY, BODY + " It was 12 May 2021.")).date is None


def test_html_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    page = PAGE.replace("<head>", '<head><meta charset="windows-1251">').replace("Two million", "Два миллиона")
    assert "Два миллиона" in read(tmp_path, "a.html", page.encode("windows-1251", "ignore")).text
    undeclared = PAGE.replace("Two million", "Два миллиона").encode("windows-1251", "ignore")
    assert reason(tmp_path, "b.html", undeclared).startswith("not UTF-8")
    unknown = PAGE.replace("<head>", '<head><meta charset="klingon">').encode() + b"\xff"
    assert "unknown encoding 'klingon'" in reason(tmp_path, "c.html", unknown)
    codec = PAGE.replace("<head>", '<head><meta charset="hex">').encode() + b"\xff"  # Python has one, of another kind
    assert "unknown encoding 'hex'" in reason(tmp_path, "d.html", codec)


def test_html_that_declares_latin_1_keeps_its_quotation_marks(tmp_path: Path) -> None:
    page = PAGE.replace("<head>", '<head><meta charset="iso-8859-1">').replace("Two million", "“Two million”")
    assert "“Two million”" in read(tmp_path, "a.html", page.encode("cp1252", "ignore")).text
    pasted = page.replace("“Two million”", "Caf\xe9s").encode("latin-1") + b"<!-- \x9d -->"  # no character there
    assert "Cafés" in read(tmp_path, "b.html", pasted).text


# --- residue, by rule

RESIDUE = [
    "Home » News » Bridge to be rebuilt",
    "Home > News > Local",
    "World › Europe › Bridge",
    "You may also like",
    "Leave a Reply",
    "Leave a Comment",
    "Your email address will not be published.",
    "Required fields are marked *",
    "Share this article",
    "Facebook Twitter WhatsApp Email",
    "Subscribe to our newsletter",
    "CLICK HERE TO SIGN UP FOR OUR NEWSLETTER",
    "See also  Bridge collapses: what we know | River Post",
    "Read more: The bridge in ten pictures",
    "Related: Why did the bridge collapse?",
    "Related The best bridges of the country",
    "This website uses cookies to improve your experience. Learn more.",
    "© 2024 River Post. All rights reserved.",
    "Copyright 2024 River Post",
    "Advertisement",
    "Skip to content",
    "* * *",
]
CREDITS = [
    "Photo: Anna Lind / River Pictures",
    "© Anna Lind / River Pictures",
    "(Getty Images)",
    "The bridge at dawn. Photograph: Anna Lind/AFP",
    "The bridge at dawn (Photo by Anna Lind/Getty Images)",
    "Image credit: Anna Lind",
]
BYLINES = [
    "Anna Lind contributed to this report.",
    "Reporting by Anna Lind; Editing by Ben Okoro",
    "This article was originally published by River Post",
]
BODY_LINES = [
    "Home is where they went after the bridge had been closed to everyone.",
    "You may also like to know that the bridge is old.",
    "Share prices of the builder fell by a tenth on Monday.",
    "We also read the report, and it says nothing about costs.",
    "“We use cookies,” the company said when asked.",
    "The photo: it shows the mayor and two builders, shaking hands in the rain. Nobody knows who took it.",
    "Photo by photo she went through the album. It took her all night.",
    "Copyright law does not protect bridges, the court said.",
    "By Friday the bridge was open again.",
    "The offer is for people in some states (Ohio, Utah and PA).",
    "Subscribe to the view that bridges are for everyone, he said, and you will be happy.",
    "« Le pont », dit-il, « est fermé ».",
    "She said: comments are welcome.",
    "Related costs rose as well.",
    "See also the appendix of the report for a list of bridges.",
]


@pytest.mark.parametrize(
    ("line", "kind"),
    [(x, "residue") for x in RESIDUE] + [(x, "credit") for x in CREDITS] + [(x, "byline") for x in BYLINES],
)
def test_lines_that_are_not_the_article(line: str, kind: MarkKind) -> None:
    assert marked(f"{BODY}\n\n{line}\n\n{BODY}").get(line) == kind


@pytest.mark.parametrize("line", BODY_LINES)
def test_lines_that_are_the_article(line: str) -> None:
    assert line not in marked(f"{BODY}\n\n{line}\n\n{BODY}")


def test_a_bulleted_block_with_a_credit_is_a_credit_and_a_list_is_not() -> None:
    block = "  • The bridge at dawn\n  • River Pictures\n  • © Anna Lind"
    assert list(marked(f"{BODY}\n\n{block}\n\n{BODY}").values()) == ["credit"] * 3
    assert not marked(f"{BODY}\n\n  • Stone\n  • Steel\n\n{BODY}")


def test_a_single_line_in_another_script_is_a_caption_and_a_translation_is_not() -> None:
    line = "Мост через реку на рассвете"
    paragraphs = "\n\n".join([BODY] * 8)
    assert marked(f"{paragraphs}\n\n{line}\n\n{BODY}") == {line: "credit"}
    alternating = "\n\n".join([BODY, line] * 5)
    assert "credit" not in marked(alternating).values()


def test_what_hangs_below_an_opener_at_the_end_is_residue() -> None:
    found = marked(f"{BODY}\n\nYou may also like\n\nTen bridges to see\n\nA walk by the river\n\nLeave a Comment")
    assert set(found.values()) == {"residue"}
    assert len(found) == 4


def test_headings_stand_alone_before_text_and_attributions_do_not_count() -> None:
    quotation = "We shall never again build a bridge without asking the people who have to live beside it"
    lines = ["The bridge and the river", BODY, "What comes next", BODY, quotation, "A joint statement", BODY]
    text = "\n\n".join([*lines, "Anna Lind Director of the Office of Bridges", BODY])
    assert marked(text) == {"The bridge and the river": "heading", "What comes next": "heading"}


def test_a_menu_of_lines_is_residue() -> None:
    assert set(marked(f"Home\nNews\nSport\nContact\nRiver walks\n\n{BODY}").values()) == {"residue"}
    assert marked(f"{BODY}\n\nHome\n\n{BODY}") == {"Home": "heading"}


def test_hostile_text_is_read_in_a_moment() -> None:
    for text in ["Comments\n" * 5000, "Anna Lind\n" * 5000, "(" * 100_000, "By Anna Lind\n" * 3000, "Home » " * 9000]:
        for finding in find(text):
            assert 0 <= finding.start < finding.end <= len(text)


# --- the shipped articles


def test_the_seeds_are_marked_as_a_reader_would() -> None:
    articles = [read_article(SEEDS, name) for name in list_articles(SEEDS)]
    assert [a.title_given for a in articles] == [False, True, False, True, True]
    assert [a.outlet for a in articles] == [None, None, None, "source site-34", None]
    assert [a.author for a in articles][:3] == [None, "alex", "Alyona Zadorozhnaya, Evgeny Pozdnyakov"]
    assert [len(marks_of(a, "residue")) for a in articles] == [0, 3, 0, 0, 4]
    assert [len(marks_of(a, "credit")) for a in articles] == [5, 2, 0, 0, 0]
    assert [len(marks_of(a, "byline")) for a in articles] == [0, 1, 1, 1, 1]
    assert marks_of(articles[0], "heading") == ["Anti-China initiatives", '"The Price of Agreement"']
    assert all(a.text == (SEEDS / a.id).read_bytes().decode() for a in articles)


# --- small parts


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2024-03-04T10:00:00Z", "2024-03-04"),
        ("Monday, March 4th, 2024 at 10:00", "2024-03-04"),
        ("4 Mar 2024", "2024-03-04"),
        ("2024-03", "2024-03"),
        (2024, "2024"),
        ("03/04/2024", None),
        ("2024-13-01", None),
        ("30 February 2024", None),
        ("soon", None),
    ],
)
def test_dates(given: object, expected: str | None) -> None:
    assert iso_date(given) == expected


def test_values_are_cleaned() -> None:
    assert clean(["Anna  Lind", None, " "]) == "Anna Lind"
    assert clean({"a": 1}) is None
    assert web_address("https://a.example/b c") is None


def test_the_room_is_light_to_import() -> None:
    heavy = "'trafilatura', 'torch', 'syntok', 'llama_index', 'gradio', 'chromadb'"
    code = f"import sys, rag.articles, rag.passages; print([m for m in ({heavy}) if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SEEDS.parent, check=True)
    assert done.stdout.strip() == "[]"


# --- one file's trouble


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("title: &a [x, *a]", "an alias"),
        ("a: &a [x, x]\nb: &b [*a, *a]\ntitle: *b", "an alias"),
        ("title: " + "[" * 5000, "without end"),
        ("title: " + "- " * 5000, "broken YAML"),
        ("title: " + "x" * 30_000, "30,009 characters, and 20,000 is the limit"),
        ("date: 2024-13-45", "month must be in 1..12"),
    ],
)
def test_front_matter_that_would_not_end_is_refused_with_its_line(tmp_path: Path, head: str, words: str) -> None:
    assert words in reason(tmp_path, "a.md", f"---\n{head}\n---\n{BODY}")


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("0x" + "f" * 4000, "0x" + "f" * 497 + "…"),
        ("9" * 5000, "9" * 499 + "…"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2024-03-04", "2024-03-04"),
        ("!!python/object/apply:os.getcwd []", None),
        ("!!binary aGVsbG8=", "aGVsbG8="),
        ("true", None),
        ("~", None),
        ("{a: b}", None),
        ("[[a], b, null]", "b"),
    ],
)
def test_front_matter_is_taken_as_it_is_written(tmp_path: Path, written: str, title: str | None) -> None:
    article = read(tmp_path, "a.md", f"---\ntitle: {written}\noutlet: O\n---\n{BODY}")
    assert article.outlet == "O" and (article.title if article.title_given else None) == title


def test_no_field_is_longer_than_a_line_that_can_be_shown(tmp_path: Path) -> None:
    long = "word " * 800
    head = "".join(f"{name}: {long}\n" for name in ("title", "outlet", "author", "section"))
    for article in (read(tmp_path, "a.md", f"---\n{head}---\n{BODY}"), read(tmp_path, "a.txt", f"{head}\n{BODY}")):
        for value in (article.title, article.outlet, article.author, article.section):
            assert value is not None and value.endswith("word…") and len(value) <= 501


@pytest.mark.parametrize("trouble", [RecursionError, MemoryError, ValueError("digits"), KeyError("x")])
def test_whatever_a_reader_stumbles_over_is_that_files_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr("rag.articles.reader.residue.find", stumble)
    assert "it cannot be read" in reason(tmp_path, "a.txt", BODY)


def test_a_menu_of_many_entries_takes_no_time(tmp_path: Path) -> None:
    started = time.perf_counter()
    read(tmp_path, "a.txt", f"{BODY}\n\n{'a | ' * 40}b!\n\n{BODY}")
    assert time.perf_counter() - started < 2


def test_a_page_of_nothing_but_tags_is_refused(tmp_path: Path) -> None:
    assert "100,000 is the limit" in reason(tmp_path, "a.html", "<p>a" * 100_001)


def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(UnreadableFile, match="not a regular file"):
        read_article(tmp_path, "a.txt")
