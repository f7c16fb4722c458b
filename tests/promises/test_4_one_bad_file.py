"""Promise 4: one bad file costs one file. The others answer, it is named with its reason, its time is bounded."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.articles import apart, list_articles, read_article
from rag.articles.folder import MAX_BYTES
from rag.articles.markup import markup
from rag.articles.patterns import LINE_RULES
from rag.assistant import complete
from rag.errors import FootnoteError, UnreadableFile
from rag.ingest import sync
from rag.models import HashEmbedder
from rag.store import Library
from tests import papers
from tests.conftest import Assemble
from tests.promises import targets
from tests.promises.conftest import LONG, Effort, Report
from tests.promises.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
GOOD = "The harbour bridge will be closed for repairs on Monday, said Mayor Rita Olsen.\n\nTrams will stop early."
QUESTION = "When will the harbour bridge be closed for repairs?"

YAML = {
    "holds-itself": "title: &a [x, *a]",
    "great-number": "title: 0x" + "f" * 4000,
    "long-number": "title: " + "9" * 6000,
    "repeats-itself": "\n".join(["a0: &b0 [x, x]", *(f"a{i}: &b{i} [*b{i - 1}, *b{i - 1}]" for i in range(1, 40))]),
    "brackets": "title: " + "[" * 3000,
    "braces": "title: " + "{a: " * 3000,
    "dashes": "title:\n" + "".join(" " * i + "-\n" for i in range(190)),
    "object": "title: !!python/object/apply:os.system ['touch pwned']",
    "unknown-tag": "title: !thing x",
    "no-date": "date: 2024-13-45",
    "odd-time": "date: 2024-01-01T00:00:00+99:99",
    "control": "title: \x01x",
    "tabs": "title:\n\t- x",
    "merge": "<<: *x\ntitle: y",
    "huge": "title: " + "x " * 20_000,
}
HTML = {
    "empty": "<html></html>",
    "deep": "<div>" * 90_000 + "<p>x",
    "tags": "<p>a" * 110_000,
    "comment": "<!--" + "-" * 10_000,
    "frames": "<frameset><frame src=x></frameset>",
    "entities": '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><p>&c;&c;',
    "outside": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;',
    "attributes": "<p " + "a=b " * 50_000,
    "charset": "<meta charset=bogus><p>caf\xe9",
    "codec": "<meta charset=hex><p>caf\xe9",
    "null": "<p>a\0b",
    "xml": "<?xml version='1.0' encoding='x'?><p/>",
}
BYTES = {
    "empty.txt": b"",
    "spaces.txt": b" \n\t \xc2\xa0",
    "binary.txt": bytes(range(256)) * 20,
    "zero.txt": b"words\0words",
    "latin.txt": b"caf\xe9 au lait",
    "cut.txt": "naïve"[:3].encode()[:-1],
    "utf16.txt": "words".encode("utf-16"),
    "utf32.txt": "words".encode("utf-32"),
    "surrogate.txt": b"a\xed\xa0\x80b",
    "overlong.txt": b"a\xc0\xafb",
    "bom.md": b"\xef\xbb\xbf",
    "big.txt": b"a" * (MAX_BYTES + 1),
    "lines.txt": b"a\n" * 150_000,
}
NAMES = (
    "line\nbreak.txt", "\x1b[31mred.txt", "\u202egpj.txt", "<script>.txt", "a#b?c%00.txt", "-rf.txt", " .txt",
    "\N{FOX FACE}" * 50 + ".txt",
)  # fmt: skip


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b SYSTEM "http://evil.example/x">]>'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"


def word(document: str, **more: str | bytes) -> bytes:
    """A Word file with this main part."""
    with zipfile.ZipFile(io.BytesIO(papers.docx(["x"]))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    return papers.archive({**parts, "word/document.xml": document, **more})


def body(inner: str, head: str = "") -> str:
    return f"{head}<w:document {W}><w:body>{inner}</w:body></w:document>"


def said(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def streams(content: bytes, filters: str, more: bytes = b"") -> bytes:
    """A PDF of one page with this content."""
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<" + more + b">>>>endobj\n"
    head = f"4 0 obj<</Length {len(content)}/Filter[{filters}]>>stream\n".encode()
    pages = b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    return PDF + pages + page + head + content + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"


def lying() -> bytes:
    """An archive whose directory says that its largest part is small."""
    data = bytearray(word(body(said("a" * 3_000_000))))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"word/document.xml"))
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def pages(count: int) -> bytes:
    kids = " ".join(f"{n} 0 R" for n in range(3, count + 3))
    objects = "".join(f"{n} 0 obj<</Type/Page/Parent 2 0 R>>endobj\n" for n in range(3, count + 3))
    tree = f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}>>endobj\n{objects}trailer<</Root 1 0 R>>\n"
    return PDF + tree.encode()


def squeezed(unit: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()


def bombs() -> dict[str, bytes]:
    """Files that ask for more than a file may: memory, time, depth, other files, other hosts. All must be refused."""
    multipart = "From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=B\n\n"
    nested = "".join(f"Content-Type: multipart/mixed; boundary=B{n}\n\n--B{n}\n" for n in range(3000))
    loop = b"/XObject<</F 5 0 R>>"
    form = (
        b"5 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<"
        + loop
        + b">>/Length 5>>stream\n/F Do\nendstream endobj\n"
    )
    return {
        "bomb.docx": word("<x/>", **{"word/bomb.xml": bytes(80_000_000)}),
        "lying.docx": lying(),
        "nested.docx": word(body("<w:p>" * 50_000 + "</w:p>" * 50_000)),
        "parts.epub": papers.archive({f"p{n}": "" for n in range(6_000)}),
        "chapters.epub": papers.epub(["<p>x</p>"] * 2_500),
        "tags.epub": papers.epub(["<p>a</p>" * 110_000]),
        "cut.pdf": papers.pdf([[GOOD]])[:300],
        "cut.docx": papers.docx([GOOD])[:-500],
        "cut.epub": papers.epub([f"<p>{GOOD}</p>"])[:-300],
        "magic.pdf": papers.docx([GOOD]),
        "magic.docx": papers.pdf([[GOOD]]),
        "magic.epub": papers.pdf([[GOOD]]),
        "magic.eml": papers.pdf([[GOOD]]),
        "magic.rtf": papers.docx([GOOD]),
        "no-page.pdf": pages(0),
        "pages.pdf": pages(10_000),
        "loop.pdf": PDF + b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>\n",
        "form-loop.pdf": streams(b"/F Do", "", loop)[:-30] + form + b"trailer<</Root 1 0 R>>\n",
        "memory.pdf": streams(zlib.compress(squeezed(bytes(10_000_000), 60), 9), "/FlateDecode/FlateDecode"),
        "time.pdf": streams(squeezed(b"0 0 0 0 re f " * 100_000, 40), "/FlateDecode"),
        "scan.pdf": papers.scan(),
        "locked.pdf": papers.locked(),
        "deep.rtf": b"{\\rtf1 " + b"{" * 1_000_000,
        "fonts.rtf": b"{\\rtf1{\\fonttbl" + b"\\f0" * 60_000,
        "binary.rtf": b"{\\rtf1{\\pict\\bin" + b"9" * 5_000,
        "parts.eml": (multipart + "--B\n\nx\n" * 3_000).encode(),
        "boundaries.eml": (multipart + "--B\n" * 50_000).encode(),
        "nested.eml": f"From: a@b.c\nSubject: x\n{nested}".encode(),
        "header.eml": b"From: " + b"(" * 200_000 + b"\nSubject: x\n\nWords.",
        "subject.eml": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nWords.",
        "attached.eml": papers.eml(""),
    }


def tolerated() -> dict[str, bytes]:
    """Files with parts that want more than they get: they may be read, without what they want."""
    climbs = papers.epub(["<p>x</p>"]).replace(b"c0.xhtml", b"../a.txt")
    hosts = '<w:p><w:hyperlink r:id="r9" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    return {
        "laughs.docx": word(body(said("Ha &a9; he said."), LAUGHS)),
        "outside.docx": word(body(said("Words &a; &b; of it."), OUTSIDE)),
        "link.docx": word(body(f"{hosts}<w:r><w:t>Words of a link.</w:t></w:r></w:hyperlink></w:p>")),
        "laughs.epub": papers.epub(["<p>Words.</p>"], title="T", head=LAUGHS),
        "outside.epub": papers.epub(["<p>Words &a; of it.</p><img src='http://evil.example/x.png'/>"], head=OUTSIDE),
        "climbs.epub": climbs,
        "charset.eml": b"From: a@b.c\nContent-Type: text/plain; charset=hex\n\nWords.",
        "odd.eml": b"From: \xff\xfe\nDate: 99 Foo 0000\nSubject: =?x?q?=FF?=\n\nWords.",
    }


def place(folder: Path) -> set[str]:
    """One good article and everything bad; the names of what must be listed."""
    (folder / "good.txt").write_text(GOOD)
    for name, head in YAML.items():
        (folder / f"yaml-{name}.md").write_text(f"---\n{head}\n---\nWords.\n", encoding="utf-8")
    for name, page in HTML.items():
        (folder / f"html-{name}.html").write_bytes(page.encode("latin-1"))
    for name, data in BYTES.items():
        (folder / f"bytes-{name}").write_bytes(data)
    for name, data in (bombs() | tolerated()).items():
        (folder / name).write_bytes(data)
    for name in NAMES:
        (folder / name).write_bytes(b"\xff")
    os.mkfifo(folder / "pipe.txt")
    (folder / "folder.txt").mkdir()
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "gone.txt").symlink_to(folder / "nowhere.txt")
    (folder / "secret.txt").symlink_to("/etc/passwd")
    (folder / "endless.txt").symlink_to("/dev/zero")
    (folder / "directory.txt").symlink_to(folder)
    if hasattr(os, "fsencode"):
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_bytes(b"words")
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    fine = {"yaml-great-number.md", "yaml-long-number.md", "yaml-object.md", "yaml-unknown-tag.md", "yaml-merge.md"}
    return set(list_articles(folder)) - fine - {"good.txt"}


def test_every_bad_file_is_named_and_the_good_one_answers(
    assemble: Assemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_SECONDS", 2)
    monkeypatch.setattr(apart, "_SECONDS_PER_MB", 5)
    monkeypatch.setattr(apart, "MEGABYTES", 400)
    asked = watch_the_network(monkeypatch)
    folder = tmp_path / "articles"
    folder.mkdir()
    bad = place(folder)
    before = set(os.listdir(ROOT))
    assistant = assemble(articles=folder, model="none")
    report = assistant.report
    assert report
    listed = {one.article for one in report.unreadable}
    read = {article.id for article in assistant.articles()}
    for id in sorted(bad):
        shown = id.encode("utf-8", "backslashreplace").decode()
        assert (shown in listed) != (id in read), f"{id!r} is neither read nor listed"
    must = [f"bytes-{name}" for name in BYTES] + ["yaml-holds-itself.md", "yaml-repeats-itself.md", "yaml-brackets.md"]
    must += [*NAMES, "pipe.txt", "loop.txt", "gone.txt", "secret.txt", "endless.txt", "yaml-huge.md", "html-tags.html"]
    must += bombs()
    assert set(must) <= listed, set(must) - listed
    assert [one.article for one in report.passed_over] == ["old.doc"]
    assert not asked
    assert all(one.reason.strip() and len(one.reason) < 600 for one in report.unreadable)
    answer = complete(assistant.ask(QUESTION))
    assert not answer.refused
    assert {citation.article for citation in answer.citations} == {"good.txt"}
    assert set(os.listdir(ROOT)) == before, "a file must not run anything"
    assert not any("root:" in article.text for article in assistant.articles())


def watch_the_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whom this process asks for an address or a connection beyond itself."""
    asked: list[Any] = []
    whole = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a) or whole(*a, **k))
    return asked


def test_one_file_of_each_kind_that_may_be_read_is_read(tmp_path: Path) -> None:
    """The attacks are ones: the same files without what is wrong with them are articles."""
    good = {
        "a.docx": word(body(said(GOOD))),
        "a.pdf": papers.pdf([[GOOD]]),
        "a.epub": papers.epub([f"<p>{GOOD}</p>"]),
        "a.eml": papers.eml(GOOD),
        "a.rtf": papers.rtf(GOOD),
    }
    for name, data in good.items():
        assert "The harbour bridge will be closed" in read_article(tmp_path, papers.write(tmp_path, name, data)).text
    for name, data in tolerated().items():
        with suppress(UnreadableFile):
            article = read_article(tmp_path, papers.write(tmp_path, name, data))
            assert "root:" not in article.text and len(article.text) < 1000, name


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_SECONDS", 1)
    monkeypatch.setattr(apart, "_SECONDS_PER_MB", 0)
    name = papers.write(tmp_path, "a.pdf", bombs()["time.pdf"])
    began = time.monotonic()
    with pytest.raises(UnreadableFile, match="takes more than 1 s to read"):
        read_article(tmp_path, name)
    assert time.monotonic() - began < 4 * 1 + 6


def test_whatever_a_rule_raises_is_that_files_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(GOOD)
    (folder / "bad.txt").write_text("STUMBLE here.")
    from rag import ingest

    whole = ingest.statements
    for trouble in (RecursionError(), MemoryError(), ValueError("x"), IndexError(), AssertionError()):

        def stumbles(article: Any, trouble: Exception = trouble) -> Any:
            if "STUMBLE" in article.text:
                raise trouble
            return whole(article)

        monkeypatch.setattr(ingest, "statements", stumbles)
        with Library.open(folder, tmp_path / f"data-{type(trouble).__name__}") as library:
            report = sync(folder, library, HashEmbedder())
        assert report.added == ("good.txt",)
        assert [one.article for one in report.unreadable] == ["bad.txt"]
        assert type(trouble).__name__ in report.unreadable[0].reason


def test_files_that_change_while_they_are_read(tmp_path: Path, effort: Effort, report: Report) -> None:
    """Writers that truncate, replace, remove and turn into folders: every sync ends, and the last one has it right."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(GOOD)
    done = threading.Event()
    writer = threading.Thread(target=_restless, args=(folder, done))
    writer.start()
    rounds = effort(40, 400)
    try:
        with Library.open(folder, tmp_path / "data") as library:
            for _ in range(rounds):
                sync(folder, library, HashEmbedder())
                assert "good.txt" in library.digests()
            done.set()
            writer.join(10)
            sync(folder, library, HashEmbedder())
            stored = {article.id: article for article in library.contents().articles}
    finally:
        done.set()
        writer.join(10)
    for id in list_articles(folder):
        assert stored[id] == _with(stored[id], read_article(folder, id))
    assert set(stored) == set(list_articles(folder))
    report(syncs=rounds)


def _with(stored: Any, read: Any) -> Any:
    from dataclasses import replace

    return replace(read, statements=stored.statements)


def _restless(folder: Path, done: threading.Event) -> None:
    turn = 0
    while not done.is_set():
        turn += 1
        changing, new = folder / "changing.txt", folder / f"new-{turn % 3}.txt"
        with changing.open("w", encoding="utf-8") as file:
            for _ in range(turn % 50):
                file.write(f"Line {turn} of a file that is being written, said Ada Berg.\n")
                file.flush()
        if new.is_dir():
            new.rmdir()
        elif new.exists():
            new.unlink()
            if turn % 2:
                new.mkdir()
        else:
            new.write_text("Something new.")
    changing.write_text("The end, said Ada Berg.")


# -- time and memory ---------------------------------------------------------------------------------------------------

FILLERS = (
    "a", "word ", "This is a sentence, he said. ", "“Hello,” said John Smith. ", "Abc ", "A. ", "a\n", "a\n\n", " ",
    "1.", "a,", "a\u0301", "a\u200d", "漢", "漢。", "said ", "John Smith, ", "John Smith\n", "“Hello”\n", '"a" ', "“a ",
    "Home » ", "a | ", "aaaaaaaaa " * 7 + "\n", "1 January 2022, ", "President of the ", "according to ", "- a\n",
    "You may also like\n", "You may also like\na\n", "a; b; ", "(“", "John Smith is a reporter.\nJohn Smith\n", "# a\n",
    "Photo: A\n", "Abc Def: a b\n", "--- ", "a: b\n", "a “b” c — said Abc. ", "\ufeff", "''a ", ", - said the a. - ",
)  # fmt: skip
"""What a text may be made of from end to end, each a trap for one rule or another."""
CPU_PER_CHAR = 60e-6
"""Seconds of one core at most for each character of a file; ordinary articles take a tenth of it."""
MEMORY = 1_500
"""Megabytes at most."""

_MEASURE = """
import json, resource, sys, time
from pathlib import Path
from rag.articles import read_article
from rag.briefs import people
from rag.errors import UnreadableFile
from rag.passages import split
from rag.quotes import statements
folder, size, fillers = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
for suffix, filler in fillers:
    text = "x " + (filler * (size // len(filler) + 1))[:size]
    if suffix == ".html":
        text = f"<html><body><article>{text}<p>The end of a page.</p></article>"
    (folder / f"a{suffix}").write_text(text, encoding="utf-8")
    began = time.process_time()
    try:
        article = read_article(folder, f"a{suffix}")
        statements(article), split(article)
    except UnreadableFile:
        pass
    print(json.dumps([suffix, filler, time.process_time() - began]), flush=True)
print(json.dumps(["memory", "", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def test_time_and_memory_are_in_proportion_to_the_file(tmp_path: Path, effort: Effort, report: Report) -> None:
    size = effort(20_000, 150_000)
    fillers = [(".txt", filler) for filler in FILLERS]
    fillers += [(".html", f"<p>{filler}</p>") for filler in FILLERS[:: effort(6, 3)]]
    fillers += [(".md", f"---\n{filler}") for filler in FILLERS[:: effort(6, 3)]]
    command = [sys.executable, "-c", _MEASURE, str(tmp_path), str(size), json.dumps(fillers)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000, cwd=ROOT, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    memory = rows.pop()[2]
    worst = max(rows, key=lambda row: row[2])
    assert worst[2] < 3 + size * CPU_PER_CHAR, worst
    assert memory < MEMORY
    report(files=len(rows), characters=size, slowest_s=round(worst[2], 1), memory_mb=round(memory))


@pytest.mark.parametrize(
    "filler", ["[", "![", "![a", "**a", "_*a", "``a", "[a](", "[a][", "\\", "> - ", "[a](b) ", "#\n", "a*b_"]
)
def test_the_signs_of_markdown_are_found_in_time_in_proportion(filler: str) -> None:
    took: list[float] = []
    for size in (10_000, 80_000):
        text = (filler * size)[:size]
        began = time.process_time()
        markup(text)
        took.append(time.process_time() - began)
    assert took[1] < 30 * took[0] + 0.3, took  # in proportion it would be 8 times, by the square 64


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends a regular expression that does not end by itself."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("rule", LINE_RULES, ids=lambda rule: rule.name)
def test_no_rule_for_lines_runs_away(rule: Any) -> None:
    own = [f"{word} " for word in dict.fromkeys(re.findall("[a-z]{3,}", rule.pattern.pattern))]
    pieces = [*(filler for filler in FILLERS if "\n" not in filler), *own[:12], " | ", " » ", "©", "(", "/", "*"]
    for head in ("", *own[:3]):
        for piece in pieces:
            for tail in ("", "!", "|", "."):
                line = (head + piece * rule.longest)[: rule.longest - 1] + tail
                with within(2):
                    rule.pattern.search(line)


# -- random input ------------------------------------------------------------------------------------------------------

_words = st.sampled_from([
    "---\n", "title: ", "date: 2024-01-", "author: [", "&a ", "*a", "!!", "- ", "\n", "\n\n", "“", "”", '"', "said ",
    "Ada Berg ", "<p>", "</p>", "<meta charset=", "<div", ">", "&#", "<!--", "[1]", "[", "】", "ANSWER", "NO", "YES",
    "not ", '{"id": "', '", "', '"required": [["', "null", "true", "\x1b[2J", "\u202e", "\ufeff", "\u2028", "Home » ",
    "By ", "Photo: ", "https://a.b/c ", "Dr. ", "U.S. ", "1,000 ", "|", "# ", "---", "\r", "\x85", "é", "漢。", "0x",
    "9" * 50,
])  # fmt: skip
_texts = st.lists(st.one_of(_words, st.text(max_size=12)), max_size=40).map("".join)
_input = st.one_of(
    st.binary(max_size=400),
    _texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(_texts, st.binary(max_size=4)).map(lambda pair: pair[0].encode("utf-8", "replace") + pair[1]),
)
_ORDINARY = {
    "pdf": 800,
    "rtf": 800,
    "docx": 4_000,
    "epub": 4_000,
    "eml": 6_000,
    "txt": 6_000,
    "md": 8_000,
    "html": 4_000,
    "reply": 8_000,
    "gold": 8_000,
}
"""Inputs by hypothesis in the long form; atheris adds as many as it has time for."""


def try_many(check: Callable[..., None], strategy: Any, count: int) -> None:
    """Give a check so many values. Not a decorated test, for the count depends on the form."""
    ample = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    ample(given(strategy)(check))()


def _page(data: bytes) -> bytes:
    """Mostly within a page that has a text, for the extractor sees none in mere noise."""
    if len(data) % 8 == 0:
        return data
    sentence = b"<p>This is a sentence of an article that is long enough to be taken for one, said Ada Berg.</p>"
    return b"<html><head><title>T" + data[:20] + b"</title></head><body><article>" + sentence + data + sentence


def _spliced(good: bytes) -> Callable[[bytes], bytes]:
    """What puts the input somewhere into a good file."""

    def splice(data: bytes) -> bytes:
        at = zlib.crc32(data) % len(good)
        return good[:at] + data + good[at + len(data) // 2 :]

    return splice


def _xml(data: bytes) -> str:
    return data.decode("latin-1")


_WHOLE: dict[str, Callable[[], Callable[[bytes], bytes]]] = {
    "pdf": lambda: _spliced(papers.pdf([[GOOD]])),
    "rtf": lambda: _spliced(papers.rtf(GOOD)),
    "eml": lambda: _spliced(papers.eml(GOOD, html=f"<p>{GOOD}</p>")),
    "docx": lambda: lambda data: word(body(said(GOOD) + _xml(data))),
    "epub": lambda: lambda data: papers.epub([f"<p>{GOOD}</p>{_xml(data)}"]),
}
"""Mere noise is refused at the first look, so it is put into a file that would be read."""


@pytest.mark.parametrize("name", TARGETS)
def test_random_input(name: str, effort: Effort, report: Report) -> None:
    targets.refused.clear()
    count = effort(_ORDINARY[name] // 40, _ORDINARY[name])

    whole = _WHOLE[name]() if name in _WHOLE else None

    def check(data: bytes) -> None:
        TARGETS[name](_page(data) if name == "html" else whole(data) if whole and len(data) % 8 else data)

    began = time.monotonic()
    try_many(check, _input, count)
    report(inputs=count, seconds=round(time.monotonic() - began), **targets.refused)


_keys = st.one_of(st.just("question"), st.just("answer"), _texts)
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _texts),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=8,
)


def test_random_gold_lines(effort: Effort, report: Report) -> None:
    fields = (
        "id",
        "type",
        "question",
        "answer",
        "required",
        "evidence",
        "alt_evidence",
        "history",
        "premise_false",
        "cite",
    )
    rows = st.dictionaries(st.sampled_from(fields), _json, max_size=10)
    count = effort(200, 8_000)
    try_many(lambda row: TARGETS["gold"](json.dumps(row).encode()), rows, count)
    report(inputs=count)


def test_random_requests_to_the_api(
    assemble: Assemble, effort: Effort, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values of a request, as they arrive: an answer whose citations are exact, or an error in words."""
    import gradio as gr

    from rag.ui.page import _turns

    # As long as the search model's vectors, which what tells requests apart was trained on.
    monkeypatch.setattr("rag.loading.load_embedder", lambda *_: HashEmbedder(384))
    assistant = assemble(model="none")
    count = effort(40, 5_000)

    def check(values: tuple[Any, Any]) -> None:
        try:
            answer = complete(assistant.ask(str(values[0]), _turns(values[1]))).to_json()
        except (FootnoteError, gr.Error):
            return
        json.dumps(answer)
        for citation in answer["citations"]:
            article = assistant.article(citation["article"])
            assert article and article.text[citation["start"] : citation["end"]] == citation["quote"]

    questions = st.one_of(_texts, st.sampled_from(["Who is John Kirby?", "And why?", "summary"]), _json)
    turns = st.lists(st.fixed_dictionaries({"question": _texts, "answer": _texts}), max_size=3)
    histories = st.one_of(st.none(), turns, st.lists(_json, max_size=3), st.dictionaries(_texts, _json), _texts)
    try_many(check, st.tuples(questions, histories), count)
    report(inputs=count)


@pytest.mark.skipif(not LONG, reason="make torture only")
@pytest.mark.skipif(not importlib.util.find_spec("atheris"), reason="there is no atheris for this Python")
@pytest.mark.parametrize("name", TARGETS)
def test_input_that_looks_for_new_code(name: str, tmp_path: Path, report: Report) -> None:
    for each in (ROOT / "seeds").glob("*.txt"):
        (tmp_path / each.name).write_bytes(each.read_bytes()[:2000])
    (tmp_path / "fields.md").write_text("---\ntitle: A\nauthor: [b, c]\ndate: 2024-01-02\n---\n“Words,” said Ada.\n")
    (tmp_path / "page.html").write_text("<html><meta charset=utf-8><article><h1>A</h1><p>Words, and more.</p>")
    (tmp_path / "reply").write_text("YES. The bridge is closed [1]. “It is old,” he said [2, 3].")
    command = [sys.executable, "-m", "tests.promises.targets", name, "100000", "120", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=ROOT, check=False)
    tried = re.search(r"Done (\d+) runs in (\d+) second", done.stderr + done.stdout)
    assert done.returncode == 0 and tried, (done.stderr + done.stdout)[-3000:]
    report(inputs=int(tried[1]), seconds=int(tried[2]))
