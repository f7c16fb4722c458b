"""Exports: what they hold, and that no word of an article runs, links or is fetched in any of them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lxml.etree
import lxml.html
import pytest
from docx import Document as open_docx
from markdown_it import MarkdownIt

from rag.domain import Answer, AnswerSentence, Article, Scope, Statement
from rag.export import FORMATS, Document, Entry, Exported, Reference, exported
from rag.export.document import Block, Line, Run
from rag.export.markdown import escaped
from rag.ui.turns import copy_text, entry_of
from tests.fake_assistant import ARTICLES, BY_ID, COST, DISPUTED, EXAMPLES, NOWHERE, PARTLY, SCRIPT, TRACK, cite
from tests.promises.hostile import FAR, MARK, PAYLOADS, controls, traces


def document(*answers: Answer, title: str = "Bridge") -> Document:
    return Document(title, "From tests", tuple(entry_of(answer, BY_ID.get, n) for n, answer in enumerate(answers)))


def text_of(made: Exported) -> str:
    """The words of an export, as a reader sees them."""
    if made.name.endswith(".docx"):
        return "\n".join(p.text for p in open_docx(io.BytesIO(made.data)).paragraphs)
    text = made.data.decode("utf-8")
    if made.name.endswith(".html"):
        return str(lxml.html.fromstring(text).text_content())
    if made.name.endswith(".md"):
        return str(lxml.html.fromstring(f"<div>{MarkdownIt('gfm-like').render(text)}</div>").text_content())
    return text


# References


def said(outlet: str | None) -> Article:
    text = "Olsen said it would not close."
    statement = Statement("a.txt", 0, len(text), "reported", "Rita Olsen", "mayor", outlet)
    return Article("a.txt", text, "d", "The bridge stays open", outlet="The Inlet Courier", statements=(statement,))


@pytest.mark.parametrize(
    ("first", "whose"),
    [
        (None, "Rita Olsen, mayor, as reported in “The bridge stays open”, The Inlet Courier"),
        ("The Times", "Rita Olsen, mayor, in The Times, as reported in “The bridge stays open”, The Inlet Courier"),
        ("The Inlet Courier", "Rita Olsen, mayor, as reported in “The bridge stays open”, The Inlet Courier"),
    ],
)
def test_a_reference_says_which_outlet_reports_whose_words(first: str | None, whose: str) -> None:
    article = said(first)
    cited = cite(1, article, "it would not close")
    answer = Answer("q", "It stays open.", sentences=(AnswerSentence("It stays open.", (cited,)),), done=True)
    assert copy_text(answer, {"a.txt": article}.get).endswith(f"[1] “it would not close” — {whose}, a.txt")


def test_a_reference_leads_to_the_web_or_names_the_file() -> None:
    known = Reference(2, "Two\n lines", "A title", "a.txt", outlet="Courier", author="Ada", date="2023-03-14")
    assert known.line == "[2] “Two lines” — “A title”, by Ada, Courier, 14 March 2023, a.txt"
    assert replace(known, url="https://a.example/b").line.endswith("14 March 2023, https://a.example/b")
    assert replace(known, url="javascript:alert(1)").line.endswith("2023, a.txt")
    long = replace(known, title="word " * 100)
    assert len(long.line) < 250


# What is in it


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_holds_question_answer_quotes_and_where_they_are_from(form: str) -> None:
    made = exported(document(SCRIPT[EXAMPLES[1]], SCRIPT[DISPUTED]), form)  # type: ignore[arg-type]
    shown = " ".join(text_of(made).split())
    for words in (
        EXAMPLES[1], DISPUTED, COST.quote, TRACK.quote, "Per Halvorsen", "The Inlet Courier", "Ada Lindqvist",
        "14 March 2023", "https://courier.example/bridge", "scripted-model", "2.3 s", "as reported in", "Disputed.",
        "each sentence held against its source",
    ):  # fmt: skip
        assert words in shown, (form, words)
    assert made.name == f"footnote-bridge.{form}"
    assert form == "json" or b"/articles" not in made.data, "no link that only leads somewhere here"


@pytest.mark.parametrize("form", FORMATS)
def test_refusals_missing_parts_and_doubts_are_exported(form: str) -> None:
    cut_off = replace(SCRIPT[EXAMPLES[0]], stopped=True, scope=Scope(("trams.txt",), "the trams", "q"))
    made = exported(document(SCRIPT[NOWHERE], SCRIPT[PARTLY], cut_off), form)  # type: ignore[arg-type]
    shown = text_of(made)
    for words in (
        "Not in the articles.", "Looked for: the birthplace of Rita Olsen", "who voted against it",
        "not found in the source", "[cut off]", "Kept to “the trams”",
    ):  # fmt: skip
        assert words in shown or form == "json", (form, words)


def test_json_holds_the_answer_as_programs_know_it() -> None:
    answer = SCRIPT[EXAMPLES[1]]
    whole = json.loads(exported(document(answer), "json").data)
    assert whole["form"] == "footnote-export/1"
    (entry,) = whole["entries"]
    assert entry["answer"] == json.loads(json.dumps(answer.to_json()))
    assert [one["quote"] for one in entry["references"]] == [COST.quote, TRACK.quote]


def test_names_of_files_are_plain() -> None:
    def name(title: str) -> str:
        return exported(document(title=title), "md").name

    assert name("../../etc/passwd\x00") == "footnote-etc-passwd.md"
    assert name("CON") == "footnote-con.md"
    assert name("上海") == "footnote-answer.md"
    assert name('a"\r\nSet-Cookie: x') == "footnote-a-set-cookie-x.md"
    assert len(name("word " * 100)) < 75


# Hostile


def hostile() -> Iterator[Document]:
    """A document for each payload, with it in every field."""
    for payload in PAYLOADS:
        run = Run(payload, (1,), payload)
        reference = Reference(1, payload, payload, payload, payload, payload, payload, payload, payload, payload)
        lines = (Line((run,), run), Line((run, run)))
        entry = Entry(
            payload, (Block(lines, payload), Block(lines, payload, True)), (reference,), (payload,), payload, (payload,)
        )
        yield Document(payload, payload, (entry,))


def test_nothing_in_an_exported_page_runs_or_is_fetched() -> None:
    for one in hostile():
        page = exported(one, "html").data.decode("utf-8")
        assert traces(page, page=True) == [], one.title
        assert controls(page) == [] and "<script" not in page.lower()
        found = lxml.html.fromstring(page)
        assert not found.xpath("//@src | //link | //img | //form | //iframe | //object")
        assert all(href.startswith(("#", "http://", "https://")) for href in found.xpath("//@href"))
        assert "default-src 'none'" in found.xpath("//meta/@content")[0]


@pytest.mark.parametrize("flavour", ["commonmark", "gfm-like"])
def test_no_word_of_an_article_makes_anything_of_markdown(flavour: str) -> None:
    shape: set[str] = set()
    for one in hostile():
        source = exported(one, "md").data.decode("utf-8")
        assert controls(source) == []
        rendered = MarkdownIt(flavour).render(source)
        page = lxml.html.fromstring(f"<div>{rendered}</div>")
        assert traces(rendered) == [], one.title
        assert not page.xpath("//img | //script | //table | //pre | //code | //del | //em")
        links = page.xpath("//a/@href")
        assert len(links) <= 1 and all(link.startswith(("http://", "https://")) for link in links), (one.title, links)
        assert not links or links[0] == one.entries[0].references[0].link
        shape.add(re.sub(r"<a[^>]*>|</a>", "", re.sub(r">[^<]+<", "><", rendered)))
    assert len(shape) == 1, "whatever the words, the document is built alike"


def test_escaped_markdown_reads_as_it_was_written() -> None:
    odd = (
        "1. one", "1) one", "# h", "> q", "- a", "+1+1", "a_b_c *d* `e`", "www.evil.example", "a@b.example", "===",
        "---", "x | y", "~~s~~", "$x$", "::: note", "http://evil.example/x?a=1",
    )  # fmt: skip
    for text in (*PAYLOADS[:30], *odd):
        rendered = MarkdownIt("gfm-like").render(escaped(text))
        assert "<a " not in rendered
        plain = " ".join(lxml.html.fromstring(f"<div>{rendered}</div>").text_content().split())
        assert plain == " ".join(text.split()), text


def test_a_word_file_holds_plain_words_and_no_link() -> None:
    for one in hostile():
        with zipfile.ZipFile(io.BytesIO(exported(one, "docx").data)) as archive:
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    tree = lxml.etree.fromstring(archive.read(name))
                    assert not tree.xpath("//*[@TargetMode='External']"), name
                    tags = {lxml.etree.QName(each).localname for each in tree.iter() if isinstance(each.tag, str)}
                    assert not tags & {"hyperlink", "instrText", "fldSimple", "drawing", "pict", "object", "altChunk"}
            words = archive.read("word/document.xml").decode("utf-8")
            assert controls("".join(lxml.etree.fromstring(words.encode()).itertext())) == []
            assert not any(FAR in archive.read(n).decode("utf-8", "ignore") for n in archive.namelist() if "rels" in n)
            assert MARK not in archive.read("docProps/app.xml").decode()


def test_halves_of_characters_and_what_xml_cannot_hold_are_exported(tmp_path: Path) -> None:
    odd = "a\udce9b\ufffe\uffffc\x00"
    for form in FORMATS:
        one = Document(odd, odd, (Entry(odd, (Block((Line((Run(odd),)),)),), (Reference(1, odd, odd, odd),)),))
        assert text_of(exported(one, form))


def test_the_articles_of_the_tests_are_not_read_for_an_export() -> None:
    """An article that is gone from the library: its quotes stay, under the name of its file."""
    entry = entry_of(SCRIPT[EXAMPLES[1]], lambda _: None)
    assert [one.quote for one in entry.references] == [COST.quote, TRACK.quote]
    assert entry.references[0].line.endswith(f"— “{ARTICLES[0].id}”, {ARTICLES[0].id}")
