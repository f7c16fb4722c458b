"""Articles in PDF, Word, EPUB, mail and rich text: whole sentences, pages, details; what cannot be read is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.articles import read_article
from rag.articles.columns import Line, columns
from rag.articles.layout import Page, running_text
from rag.domain import Article, Span
from rag.errors import UnreadableFile
from rag.passages import split
from tests import papers
from tests.papers import SENTENCE

LONG = (
    "The night ferry to Nordvik will not sail after the end of March, since too few people have taken it in the winter "
    "months, the shipping company has announced in a letter to all of the towns along the coast."
)


def read(folder: Path, name: str, data: bytes) -> Article:
    return read_article(folder, papers.write(folder, name, data))


def reason(folder: Path, name: str, data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(folder, name, data)
    return str(caught.value)


# -- PDF -----------------------------------------------------------------------------------------------------------


def test_lines_of_print_become_whole_sentences_with_their_page(tmp_path: Path) -> None:
    data = papers.pdf([[LONG, "It is old."], [SENTENCE], [LONG]], title="The ferry", author="Ada Berg", running=True)
    article = read(tmp_path, "a.pdf", data)
    assert article.text.split("\n\n") == [LONG, "It is old.", SENTENCE, LONG]
    assert (article.title, article.author, article.date) == ("The ferry", "Ada Berg", None)
    assert [article.text[at:][:9] for at in article.pages] == ["The night", "The harbo", "The night"]
    at = article.text.index("Monday")
    assert article.page_of(Span(at, at + 6)) == 2
    assert article.page_of(Span(0, 3)) == 1 and article.page_of(Span(len(article.text) - 1, len(article.text))) == 3
    assert any(passage.text == SENTENCE for passage in split(article)) or SENTENCE in split(article)[0].text


def lines(*words: str, left: float = 50, right: float = 350, top: float = 500, size: float = 10) -> list[Line]:
    return [Line(w, left, right, top - 12 * i - size, top - 12 * i, size) for i, w in enumerate(words)]


def test_words_that_a_line_cuts_are_put_together_and_compounds_stay() -> None:
    page = Page(
        800, lines("The well-known ferry is unpop-", "ular in this well-", "known harbour, and twenty-", "two others.")
    )
    assert running_text([page]).text == (
        "The well-known ferry is unpopular in this well-known harbour, and twenty-two others."
    )


def test_a_sentence_goes_on_over_a_page_which_begins_within_it() -> None:
    first, second = Page(800, lines("The ferry is", "closed for a")), Page(800, lines("long time.", "It is old."))
    printed = running_text([first, Page(800, []), second])
    assert printed.text == "The ferry is closed for a long time. It is old."
    assert printed.pages == (0, 26, 26)
    article = Article("a.pdf", printed.text, "", "A", pages=printed.pages)
    assert article.page_of(Span(0, 5)) == 1 and article.page_of(Span(26, 30)) == 3


def test_columns_are_read_one_after_the_other_below_what_reaches_over_both() -> None:
    left = lines(*(f"left {n}" for n in range(6)), left=50, right=190, top=400)
    right = lines(*(f"right {n}" for n in range(6)), left=210, right=350, top=400)
    head = lines("A headline over both columns", top=450)
    mixed = [line for pair in zip(right, left, strict=True) for line in pair]
    found = columns([*mixed, *head])
    assert [line.text for column in found for line in column] == [
        "A headline over both columns", *(f"left {n}" for n in range(6)), *(f"right {n}" for n in range(6)),
    ]  # fmt: skip


def test_pieces_of_a_line_are_one_line_where_no_column_is() -> None:
    pieces = [Line("We", 50, 70, 90, 100, 10), Line("hope", 100, 350, 90, 100, 10), *lines("for it", top=85)]
    assert [line.text for line in columns(pieces)[0]] == ["We hope", "for it"]


def test_running_heads_and_numbers_are_left_out_and_headings_at_the_top_are_not() -> None:
    def page(number: int) -> Page:
        edge = [*lines("The Daily", top=780), *lines(str(number), top=20)]
        return Page(800, [*edge, *lines(f"Part {'ABC'[number]}", top=760, size=16), *lines("Some words.", top=600)])

    printed = running_text([page(n) for n in range(3)])
    assert printed.text.split("\n\n") == ["Part A", "Some words.", "Part B", "Some words.", "Part C", "Some words."]
    assert printed.headings == {"Part A", "Part B", "Part C"} and printed.title == "Part A"


def test_what_is_wrong_with_a_pdf_is_said(tmp_path: Path) -> None:
    assert reason(tmp_path, "a.pdf", papers.scan()).startswith("a scan: its pages are pictures, without text; run OCR")
    assert reason(tmp_path, "b.pdf", papers.locked()).startswith("encrypted: it opens with a password only")
    assert reason(tmp_path, "c.pdf", b"PK").startswith("not a PDF")
    whole = papers.pdf([[LONG]])
    assert "broken PDF" in reason(tmp_path, "d.pdf", whole[:200])
    assert "drawings or empty" in reason(tmp_path, "e.pdf", papers.drawn(lambda canvas: canvas.showPage()))


# -- the others ----------------------------------------------------------------------------------------------------


def test_a_word_file_has_headings_and_details(tmp_path: Path) -> None:
    data = papers.docx([LONG, SENTENCE], heading="Low demand", title="The ferry", author="Ada Berg")
    article = read(tmp_path, "a.docx", data)
    assert article.text.split("\n\n") == ["Low demand", LONG, SENTENCE]
    assert (article.title, article.author, article.date) == ("The ferry", "Ada Berg", None)
    assert [(article.quote(mark.span), mark.kind) for mark in article.marks] == [("Low demand", "heading")]


def test_words_in_tables_links_and_changes_are_read_and_deleted_ones_are_not(tmp_path: Path) -> None:
    import io

    from docx import Document
    from docx.oxml import parse_xml

    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = Document()
    body = document.element.body
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    body.insert(0, parse_xml(
        f"<w:p {w}>{run.format('The ferry ')}<w:ins>{run.format('never ')}</w:ins><w:hyperlink>{run.format('sails')}"
        f"</w:hyperlink><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>{run.format('.')}</w:p>"
    ))  # fmt: skip
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Tickets", "300"
    made = io.BytesIO()
    document.save(made)
    assert read(tmp_path, "a.docx", made.getvalue()).text.split("\n\n") == ["The ferry never sails.", "Tickets | 300"]


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    data = papers.epub(["<h1>One</h1><p>First <i>words</i>,<br/>said Ada.</p>", "<h1>Two</h1><p>It is&#160;old.</p>"])
    article = read(tmp_path, "a.epub", data)
    assert article.text.split("\n\n") == ["One", "First words, said Ada.", "Two", "It is old."]
    assert (article.title, article.author, article.date) == ("A book", "Ada Berg", "2020-01-02")
    assert {article.quote(mark.span) for mark in article.marks} == {"One", "Two"}


def test_a_mail_has_its_text_and_names_what_is_attached(tmp_path: Path) -> None:
    data = papers.eml(f"{SENTENCE}\n\nIt is old.\n", subject="The férry", html="<p>Other words.</p>")
    article = read(tmp_path, "a.eml", data)
    assert article.text.split("\n\n") == [SENTENCE, "It is old.", "Not read: attached plan.pdf."]
    assert (article.title, article.author, article.date) == ("The férry", "Ada Berg", "2023-01-02")
    assert [(article.quote(m.span), m.kind) for m in article.marks] == [("Not read: attached plan.pdf.", "residue")]
    only = b"From: ada@example.org\nSubject: Hi\nContent-Type: text/html; charset=nonsense\n\n<p>A short letter.</p>"
    assert read(tmp_path, "b.eml", only).text == "A short letter."


def test_rich_text_is_read_without_its_formatting(tmp_path: Path) -> None:
    article = read(tmp_path, "a.rtf", papers.rtf(f"{SENTENCE}\n“It is {{old}},” she said – twice."))
    assert article.text.split("\n") == [SENTENCE, "“It is {old},” she said – twice."]
    assert article.title == "A note"


def test_what_is_wrong_with_the_others_is_said(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert reason(tmp_path, "a.docx", ole).startswith("encrypted, or an old Word file")
    assert reason(tmp_path, "b.docx", b"words").startswith("not a Word file")
    assert reason(tmp_path, "c.docx", papers.epub(["<p>x</p>"])).startswith("not a Word file")
    assert reason(tmp_path, "d.epub", papers.docx(["x"])).startswith("not an e-book")
    assert "DRM" in reason(
        tmp_path,
        "e.epub",
        papers.archive(
            {
                "META-INF/container.xml": papers.CONTAINER,
                "META-INF/rights.xml": "<x/>",
                "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"/>',
            }
        ),
    )
    assert reason(tmp_path, "f.eml", b"words without a header").startswith("not a mail")
    assert reason(tmp_path, "g.rtf", b"words").startswith("not rich text")
