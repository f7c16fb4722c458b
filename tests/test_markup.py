"""Markdown is shown as Markdown, and no span moves: signs are hidden, words stay where they are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.articles.markup import Markup, markup, shown_words
from rag.domain import Article, Mark, Span
from rag.ui import render
from rag.ui.blocks import blocks


def shown(text: str, found: Markup) -> str:
    return "".join(text[p.span.start : p.span.end] for p in found.pieces if not p.hidden)


def styled(text: str) -> list[tuple[str, set[str], str]]:
    return [
        (text[p.span.start : p.span.end], set(p.styles), p.href)
        for p in markup(text).pieces
        if p.styles and not p.hidden
    ]


def test_signs_within_a_line() -> None:
    text = "It has **low *demand* here** and `a*b*` with a [link *to*](http://a.b/c 'T') and <https://x.y>; "
    text += "\\*no\\* 2 * 3."
    assert shown(text, markup(text)) == "It has low demand here and a*b* with a link to and https://x.y; *no* 2 * 3."
    assert styled(text) == [
        ("low ", {"strong"}, ""),
        ("demand", {"strong", "em"}, ""),
        (" here", {"strong"}, ""),
        ("a*b*", {"code"}, ""),
        ("link ", {"link"}, "http://a.b/c"),
        ("to", {"link", "em"}, "http://a.b/c"),
        ("https://x.y", {"link"}, "https://x.y"),
    ]


def test_blocks_have_their_shapes() -> None:
    text = "# Night ferry ##\n\nUnder\n=====\n\n- one\n  more\n  1. two\n\n> said\n\n"
    text += "```py\nx = **1**\n```\n\n---\n\nWords."
    found = markup(text)
    shapes = [(s.form, s.level, text[s.span.start : s.span.end].split("\n")[0]) for s in found.shapes]
    assert shapes == [
        ("heading", 1, "# Night ferry ##"),
        ("heading", 1, "Under"),
        ("item", 1, "- one"),
        ("point", 2, "  1. two"),
        ("quote", 1, "> said"),
        ("code", 1, "```py"),
        ("rule", 1, "---"),
    ]
    lines = [line.strip() for line in shown(text, found).split("\n") if line.strip()]
    assert lines == ["Night ferry", "Under", "one", "more", "1. two", "said", "x = **1**", "Words."]


def test_pictures_are_words_and_unsafe_links_are_text() -> None:
    text = "See ![a map](http://far.example/x.png) and [here](javascript:alert(1)) and <script>x</script>."
    assert shown(text, markup(text)) == "See a map and [here](javascript:alert(1)) and <script>x</script>."
    assert not styled(text)


def test_words_of_a_stretch_are_shown_without_signs() -> None:
    for text, words in {
        "# Night ferry": "Night ferry",
        "**low demand** and": "low demand and",
        "demand** and more": "demand and more",
        "- a point": "a point",
        "12. December was cold.": "12. December was cold.",
        "a snake_case_name, 2**3": "a snake_case_name, 2**3",
        " [the plan](http://a.b) ": " the plan ",
        "": "",
        "***": "***",
    }.items():
        assert shown_words(text) == words


SIGNS = st.sampled_from([
    "*", "**", "_", "`", "```", "[", "](", "]", ")", "(http://a.b)", "![", "<http://a.b>", "<", ">", "\\", "# ", "## ",
    "- ", "1. ", "> ", "    ", "\t", "\n", "\n\n", "---", "===", "word", " ", "a", "&amp;", "[r]: http://r.s", "“é”",
    "|", "~~", "\u2028", "\x0b", "\x1c",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(SIGNS, st.text(max_size=3)), max_size=30).map("".join), st.data())
def test_runs_and_hidden_signs_are_the_text(text: str, data: st.DataObject) -> None:
    pieces = markup(text).pieces
    assert "".join(text[p.span.start : p.span.end] for p in pieces) == text
    assert all(a.span.end == b.span.start for a, b in pairwise(pieces))
    start = data.draw(st.integers(0, len(text)))
    cited = Span(start, data.draw(st.integers(start, len(text))))
    found = blocks(Article("a.md", text, "", "A"), cited)
    runs = [run for block in found for run in block.runs]
    assert "".join("".join(run.text for run in runs).split()) == "".join(text.split())
    marked = "".join(run.text for run in runs if run.cited)
    assert "".join(marked.split()) == "".join(text[cited.start : cited.end].split())
    shown_words(text)


def test_an_article_page_shows_markdown_and_marks_the_cited_words() -> None:
    text = "# Night ferry\n\nIt has **low demand**, see [the plan](https://a.example/p).\n\n"
    text += "- one\n- two\n\n---\n\n> No _way_."
    at = text.index("low")
    article = Article("a.md", text, "", "Ferries", marks=(Mark(0, 13, "heading"),))
    html = str(render.article_html(article, Span(at - 4, at + 13)))
    assert '<h3 class="heading heading level1">Night ferry</h3>' in html
    assert '<mark id="mark">s </mark><mark><strong>low demand</strong></mark><mark>,</mark> see' in html
    assert 'href="https://a.example/p"' in html and 'rel="noopener noreferrer nofollow">the plan</a>' in html
    assert html.count('class="body item level1"') == 2 and "<hr>" in html and "<em>way</em>" in html
    assert "**" not in html and "# Night" not in html and "](" not in html
    plain = str(render.article_html(Article("a.txt", text, "", "Ferries")))
    assert "**low demand**" in plain and "# Night ferry" in plain


def test_pages_of_print_are_marked_and_can_be_opened() -> None:
    article = Article("a.pdf", "One two.\n\nThree four.\n\nFive.", "", "A", pages=(0, 4, 10, 10))
    html = str(render.article_html(article, page=2))
    assert html.index("One ") < html.index(">page 2<") < html.index("two.")
    assert 'id="mark" tabindex="-1" autofocus>page 2<' in html and ">page 1<" in html and ">page 4<" in html
    assert ">page 3<" not in html  # an empty page; whoever asks for it sees the next
    assert "autofocus>page 4<" in str(render.article_html(article, page=3))
    assert "autofocus" not in str(render.article_html(article, Span(0, 3), page=2))
    alone = Article("a.pdf", "One two.", "", "A", pages=(0,))
    assert "page 1" not in str(render.article_html(alone))
