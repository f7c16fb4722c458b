"""One answer on the page: its runs of text, numbers, sources, notes and the text for the clipboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

import pytest

from rag.domain import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Dispute,
    Evidence,
    Kind,
    Section,
    Statement,
    Timings,
    Turn,
)
from rag.ui import render
from rag.ui.addresses import article_address
from rag.ui.sources import ITSELF, Sources
from rag.ui.turns import (
    COPIED,
    COPIED_IN_PART,
    NOT_FOUND,
    SEE_DISPUTED,
    UNSURE,
    WORDED,
    copy_text,
    turn_view,
)
from rag.ui.words import cut, date_in_words, is_verbatim, quoted, seconds, times_in_words
from tests.fake_assistant import (
    ARTICLES,
    BY_ID,
    COST,
    DISPUTED,
    DOUBT,
    EXAMPLES,
    GLAD,
    NOWHERE,
    PARTLY,
    SCRIPT,
    TRACK,
    VOTE,
    so_far,
)

bridge, trams, _ = ARTICLES
WHOLE = SCRIPT[EXAMPLES[1]]
FIRST = len(WHOLE.sentences[0].text.split())
"""Words of the first sentence of ``WHOLE``."""


def test_dates_and_times_in_words() -> None:
    given = ["2022-03-04", "2022-03", "2022", None, "2022-13-01", "in spring"]
    said = ["4 March 2022", "March 2022", "2022", "no date given", "2022-13-01", "in spring"]
    assert [date_in_words(date) for date in given] == said
    assert [seconds(time) for time in (2304.0, 95.0, 94.0, 0.2)] == ["2.3 s", "0.1 s", "94 ms", "0 ms"]
    assert times_in_words(Answer("q", timings=Timings(112.0, None, 4790.0))) == "evidence 0.1 s · whole 4.8 s"
    assert times_in_words(Answer("q", timings=Timings(112.0, 4790.0, 4790.0))) == "evidence 0.1 s · whole 4.8 s"
    refused = Answer("q", outcome="refused", timings=Timings(112.0, 900.0, 4790.0))
    assert times_in_words(refused) == "evidence 0.1 s · whole 4.8 s"


@pytest.mark.parametrize("text", ["“Never” he said", 'to go.", he said. "', "for now)».", "„So“"])
def test_words_with_quotation_marks_of_their_own_get_none_from_us(text: str) -> None:
    assert quoted(text) == text
    assert quoted("the council's own") == "“the council's own”"


def test_a_long_question_is_cut_to_one_line() -> None:
    assert cut("How  long\ndid it last?") == "How long did it last?"
    assert cut("abcd efgh", 6) == "abcd…"
    assert len(cut("x" * 500)) == 90


def test_sentences_get_their_sources_and_paragraphs_are_kept() -> None:
    first, second = (sentence.text for sentence in SCRIPT[EXAMPLES[1]].sentences)
    answer = replace(SCRIPT[EXAMPLES[1]], text=f"{first}\n\n{second} And so")
    view = turn_view(answer, 0, BY_ID.get)
    assert [[piece.text for piece in line] for line in view.paragraphs] == [[first], [second, " And so"]]
    assert [[source.n for piece in line for source in piece.sources] for line in view.paragraphs] == [[2], [3]]


def test_a_sentence_that_the_text_lacks_is_set_all_the_same() -> None:
    answer = Answer("q", text="One.", sentences=(AnswerSentence("One."), AnswerSentence("Two.", (VOTE,))), done=True)
    assert "".join(piece.text for piece in turn_view(answer, 0, BY_ID.get).paragraphs[0]) == "One. Two."


def test_evidence_is_shown_while_reading_and_sources_when_done() -> None:
    whole = SCRIPT[EXAMPLES[1]]
    reading = turn_view(Answer("q", evidence=whole.evidence), 0, BY_ID.get)
    assert [[source.n for source in group.sources] for group in reading.reading] == [[1, 2], [3]]
    assert reading.waiting == "Reading"
    assert not reading.cited
    done = turn_view(whole, 0, BY_ID.get)
    assert not done.reading
    assert not done.waiting
    assert [(group.title, [source.n for source in group.sources]) for group in done.cited] == [
        (bridge.title, [2]),
        (trams.title, [3]),
    ]


def growing(count: int, **more: object) -> Answer:
    """``WHOLE`` after its first ``count`` words."""
    said = so_far(WHOLE.sentences, count)
    text = " ".join(sentence.text for sentence in said)
    return replace(Answer("q", text=text, sentences=said, evidence=WHOLE.evidence), **more)  # type: ignore[arg-type]


def test_finished_sentences_have_their_numbers_while_the_rest_streams() -> None:
    pieces = turn_view(growing(FIRST + 2), 0, BY_ID.get).paragraphs[0]
    assert [(piece.text, [source.n for source in piece.sources]) for piece in pieces if piece.text.strip()] == [
        (WHOLE.sentences[0].text, [2]),
        ("A temporary", []),
    ]


def test_a_stopped_answer_keeps_its_numbers_and_sources() -> None:
    stopped = growing(FIRST + 2, stopped=True, done=True)
    view = turn_view(stopped, 0, BY_ID.get)
    assert [source.n for piece in view.paragraphs[0] for source in piece.sources] == [2]
    assert [(group.title, [source.n for source in group.sources]) for group in view.cited] == [(bridge.title, [2])]
    assert not view.reading
    assert view.copy.endswith(f"third. [2] A temporary [cut off]\n\n{view.copy.splitlines()[-1]}")
    assert f"“{COST.quote}”" in view.copy
    html = str(render.turn_html(stopped, 0, BY_ID.get, last=True))
    assert html.count(f'href="{article_address(bridge.id, COST.span)}"') == 2, "in the text and in the list"
    assert "— cut off" in html


def test_an_answer_stopped_before_any_number_keeps_what_was_found() -> None:
    view = turn_view(growing(2, stopped=True, done=True), 0, BY_ID.get)
    assert [source.n for group in view.reading for source in group.sources] == [1, 2, 3]
    assert not turn_view(Answer("q", stopped=True, done=True), 0, BY_ID.get).copy, "there is nothing to copy"


def test_a_number_hangs_on_the_last_word_and_room_is_kept_for_it() -> None:
    def tied(answer: Answer) -> list[str]:
        html = str(render.turn_html(answer, 0, BY_ID.get, last=True))
        return [unescape(re.sub(r"<a[^>]*>", "[", tie)) for tie in re.findall(r'<span class="tie">(.*?)</a>', html)]

    assert tied(WHOLE) == ["third.[2", "more.[3"]
    room = '<span class="tie">third.<span class="room"></span></span>'
    assert room in str(render.turn_html(growing(FIRST), 0, BY_ID.get, last=True))
    assert "room" not in str(render.turn_html(growing(FIRST - 1), 0, BY_ID.get, last=True))
    assert "room" not in str(render.turn_html(growing(FIRST, done=True), 0, BY_ID.get, last=True))


EARLIER = [Turn("Who met Yang Penyu in Rome?", "Jake Sullivan did."), Turn("And for how long?", "Seven hours.")]


@pytest.mark.parametrize(
    ("searched", "before", "said"),
    [
        (["Pengui"], [], ["searched also: Pengui"]),
        (["Pengui", "Xi"], EARLIER, ["searched also: Pengui, Xi"]),
        (
            ["Who met Yang Pengyu in Rome?", "Jake", "Sullivan"],
            EARLIER[:1],
            ["understood as a follow-up to “Who met Yang Penyu in Rome?”"],
        ),
        (
            ["Xi", "Who met Yang Pengyu in Rome? And for how long?", "Seven"],
            EARLIER,
            ["searched also: Xi", "understood as a follow-up to “Who met Yang Penyu in Rome?”"],
        ),
        (["Did “Xi” go?"], [Turn("Did “Xi” go?", "")], ["understood as a follow-up to Did “Xi” go?"]),
        (["Who met Yang Pengyu in Rome?"], [], ["searched also: Who met Yang Pengyu in Rome?"]),
        ([], EARLIER, []),
    ],
)  # fmt: skip
def test_what_was_searched_is_told_in_the_readers_words(
    searched: Sequence[str], before: Sequence[Turn], said: Sequence[str]
) -> None:
    answer = replace(WHOLE, searched=tuple(searched))
    assert list(turn_view(answer, 2, BY_ID.get, before).notes) == said


def test_a_number_that_is_cited_twice_is_listed_once_with_its_first_words() -> None:
    again = replace(VOTE, start=VOTE.start + 4, quote=VOTE.quote[4:])
    sentences = (AnswerSentence("One.", (VOTE,)), AnswerSentence("Two.", (again,)))
    view = turn_view(Answer("q", text="One. Two.", sentences=sentences, done=True), 0, BY_ID.get)
    assert [source.href for group in view.cited for source in group.sources] == [article_address(bridge.id, VOTE.span)]
    assert [source.href for piece in view.paragraphs[0] for source in piece.sources][1].endswith(
        f"mark={again.start}-{again.end}#mark"
    )


def test_status_words_are_shown_and_an_unknown_article_goes_by_its_name() -> None:
    view = turn_view(Answer("q", status="second in line", evidence=SCRIPT[EXAMPLES[0]].evidence), 0, lambda _: None)
    assert view.waiting == "second in line"
    assert view.reading[0].title == bridge.id


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([True, True], [("quiet", WORDED)]),
        ([True, False], [("warn", "1 of 2 sentences not found in the source")]),
        ([True, None], []),
        ([False, None], []),
    ],
)
def test_the_check_speaks_only_when_everything_was_checked(
    verdicts: list[bool | None], words: list[tuple[str, str]]
) -> None:
    sentences = tuple(AnswerSentence(f"S{i}.", (VOTE,), verdict) for i, verdict in enumerate(verdicts))
    answer = Answer("q", text="S0. S1.", sentences=sentences, model="m", done=True)
    assert checks(answer) == words
    assert checks(replace(answer, stopped=True)) == []


def checks(answer: Answer) -> list[tuple[str, str]]:
    return [(check.mood, check.words) for check in turn_view(answer, 0, BY_ID.get).checks]


def test_what_was_copied_is_told_from_what_a_model_worded() -> None:
    copied = Answer("q", sentences=(AnswerSentence(VOTE.quote, (VOTE,), True),), model="m", done=True)
    assert checks(copied) == [("quiet", COPIED)], "a model that only chose worded nothing"
    ours = AnswerSentence("Two articles say so:")
    assert checks(replace(copied, sentences=(ours, *copied.sentences))) == [("quiet", COPIED_IN_PART)]
    assert checks(replace(WHOLE, model="none")) == [("quiet", COPIED)]
    assert checks(WHOLE) == [("quiet", WORDED)]
    assert checks(replace(WHOLE, outcome="refused")) == []
    html = str(render.turn_html(WHOLE, 0, BY_ID.get, last=True))
    assert f'<span class="quiet">{WORDED}</span>' in html and "✓" not in html


@pytest.mark.parametrize(
    ("text", "quote", "speaker", "same"),
    [
        ("It rained.", "It  rained.\nA lot.", "", True),
        ("It poured.", "It rained.", "", False),
        ("Per Berg: “It rained.”", "“It rained.", "Per Berg, farmer", True),
        ("It rained. (Per Berg)", "It rained.", "Per Berg", True),
        ("It rained. (all day)", "It rained.", "Per Berg", False),
        ("“”", "It rained.", "", False),
    ],
)
def test_a_sentence_is_verbatim_also_with_its_speaker_named(text: str, quote: str, speaker: str, same: bool) -> None:
    assert is_verbatim(text, quote, speaker) is same


def test_doubt_about_the_whole_answer_and_disputes_are_told_beside_the_check() -> None:
    assert checks(SCRIPT[DISPUTED])[1:] == [("quiet", SEE_DISPUTED)]
    assert checks(replace(WHOLE, confidence=0.59))[1:] == [("quiet", UNSURE)]
    assert checks(replace(WHOLE, confidence=0.6))[1:] == []
    assert checks(replace(WHOLE, confidence=0.1, kind="list"))[1:] == [], "only a question has one answer"


@pytest.mark.parametrize("kind", ["smalltalk", "help", "vague", "outside"])
def test_where_nothing_is_looked_up_nothing_is_said_about_it(kind: Kind) -> None:
    said = (AnswerSentence("Ask about the articles.", (), True),)
    talk = Answer("q", said[0].text, kind, confidence=0.1, sentences=said, evidence=WHOLE.evidence, done=True)
    for answer in (talk, replace(talk, outcome="refused")):
        view = turn_view(answer, 0, BY_ID.get)
        assert (view.checks, view.notes, view.details, view.lead, view.closest) == ((), (), (), "", ())
        html = str(render.turn_html(answer, 0, BY_ID.get, last=True))
        assert "Not in the articles" not in html and "<blockquote>" not in html and "<details" not in html
        assert view.copy == "q\n\nAsk about the articles."


def test_times_and_model_are_there_for_those_who_ask() -> None:
    view = turn_view(WHOLE, 0, BY_ID.get)
    assert view.details == ("evidence 0.1 s · first word 2.3 s · whole 4.8 s", "scripted-model")
    assert view.notes == ("searched also: Halvorsen",)
    html = str(render.turn_html(WHOLE, 0, BY_ID.get, last=True))
    assert f'<summary class="act">Details</summary><span>{" · ".join(view.details)}</span></details>' in html


LINES = (
    AnswerSentence(VOTE.quote, (VOTE,), True, "14 March 2023"),
    AnswerSentence(TRACK.quote, (TRACK,), True, "later"),
    AnswerSentence("", (COST,), None, "Rita <Olsen>"),
    AnswerSentence(GLAD, (), False),
)
INTRO = AnswerSentence("Two articles tell of it.")


def sectioned(*sections: Section, **more: object) -> Answer:
    lines = tuple(line for section in sections for line in section.lines)
    text = "\n".join(section.text for section in sections)
    answer = Answer("When?", text, "timeline", sentences=lines, sections=sections, evidence=WHOLE.evidence, done=True)
    return replace(answer, **more)  # type: ignore[arg-type]


def test_sections_are_set_with_headings_labels_and_numbers() -> None:
    answer = sectioned(Section("", (INTRO,)), Section("What happened", LINES), model="none")
    view = turn_view(answer, 0, BY_ID.get)
    assert view.paragraphs == ()
    assert [(part.heading, part.form) for part in view.parts] == [("", "paragraphs"), ("What happened", "terms")]
    html = str(render.turn_html(answer, 0, BY_ID.get, last=True))
    assert "<p>Two articles tell of it.</p>" in html
    assert '<h3 class="head">What happened</h3>' in html
    assert html.count('<ul class="lines terms">') == 1
    assert '<b class="label">14 March 2023</b> <span>The vote was eleven to <span class="tie">four.<a class="c"' in html
    assert '<b class="label">Rita <span class="tie">&lt;Olsen&gt;<a class="c"' in html, "a label alone has the numbers"
    assert f'<li><span><span class="doubt">{GLAD}</span> <span class="flag">{NOT_FOUND}</span></span></li>' in html
    assert [source.n for group in view.cited for source in group.sources] == [1, 2, 3]


@pytest.mark.parametrize(
    ("section", "form"),
    [
        (Section("", (INTRO, INTRO)), "paragraphs"),
        (Section("All", (INTRO, INTRO)), "list"),
        (Section("", (INTRO, LINES[1])), "list"),
        (Section("", (replace(LINES[0], label=""),)), "list"),
        (Section("", (AnswerSentence("", label="Norway"), AnswerSentence("", label="Sweden"))), "list"),
        (Section("", LINES[:2]), "terms"),
    ],
)
def test_the_form_of_a_section_follows_from_its_lines(section: Section, form: str) -> None:
    (part,) = turn_view(sectioned(section), 0, BY_ID.get).parts
    assert part.form == form


def test_copied_sections_keep_their_lines() -> None:
    answer = sectioned(Section("", (INTRO, INTRO)), Section("What happened", LINES), Section("", LINES[:1]))
    assert turn_view(answer, 0, BY_ID.get).copy.startswith(
        "When?\n\nTwo articles tell of it.\n\nTwo articles tell of it.\n\n"
        f"What happened\n- 14 March 2023: {VOTE.quote} [1]\n- later: {TRACK.quote} [3]\n- Rita <Olsen> [2]\n"
        f"- {GLAD} [{NOT_FOUND}]\n\n- 14 March 2023: {VOTE.quote} [1]\n\n[1] “The vote was"
    )


def test_a_refusal_may_have_sections() -> None:
    answer = sectioned(Section("Asked for most", LINES[:2]), outcome="refused")
    html = str(render.turn_html(answer, 0, BY_ID.get, last=True))
    assert "<p><b>Not in the articles.</b></p>" in html and '<h3 class="head">Asked for most</h3>' in html
    said = replace(answer, text="Nothing in the articles.")
    assert "<p><b></b></p>" not in str(render.turn_html(said, 0, BY_ID.get, last=True))


def test_copy_holds_question_answer_numbers_and_sources() -> None:
    assert copy_text(SCRIPT[EXAMPLES[1]], BY_ID.get) == (
        "What will the new bridge cost?\n\n"
        "It is expected to cost 84 million crowns, of which the region pays a third. [2] "
        "A temporary tram track would cost nine million more. [3]\n\n"
        f"[2] “{COST.quote}” — “Old harbour bridge to be replaced”, by Ada Lindqvist, The Inlet Courier, "
        "14 March 2023, https://courier.example/bridge\n"
        f"[3] “{TRACK.quote}” — a spokeswoman for the transport company, as reported in “{trams.title}”, trams.txt"
    )
    refused = copy_text(SCRIPT[EXAMPLES[2]], BY_ID.get)
    assert "\n\nNot in the articles. The articles say" in refused
    assert copy_text(Answer("q", text="Half", stopped=True, done=True), BY_ID.get) == "q\n\nHalf [cut off]"


def test_a_refusal_says_so_once_and_shows_the_closest_passages() -> None:
    html = str(render.turn_html(SCRIPT[EXAMPLES[2]], 0, BY_ID.get, last=True))
    assert "<b>Not in the articles.</b>" in html
    assert html.count("<blockquote>") == 3
    assert html.count(f'<p class="from">{bridge.title} · The Inlet Courier') == 1, "an article is named once"
    assert "The closest passages" in html
    assert "evidence 0.1 s · whole 4.8 s" in html
    citing = replace(SCRIPT[EXAMPLES[0]], outcome="refused")
    assert "Also close" in str(render.turn_html(citing, 0, BY_ID.get, last=True))
    said = replace(SCRIPT[EXAMPLES[2]], text="Not in the articles: nothing.", sentences=())
    assert str(render.turn_html(said, 0, BY_ID.get, last=True)).count("Not in the articles") == 1 + 1  # text and copy


def test_a_dispute_stands_side_by_side_with_speakers_and_articles() -> None:
    view = turn_view(SCRIPT[DISPUTED], 0, BY_ID.get)
    (dispute,) = view.disputes
    assert dispute.words == "The article reports two positions:"
    assert [side.who for side in dispute.sides] == [ITSELF, "Per Halvorsen, leader of the opposition in the council"]
    assert [(side.source.n, side.source.title) for side in dispute.sides] == [(2, bridge.title), (4, bridge.title)]
    html = unescape(str(render.turn_html(SCRIPT[DISPUTED], 0, BY_ID.get, last=True)))
    assert 'role="group" aria-label="Disputed: The article reports two positions:"' in html
    assert html.count('<figure class="side">') == 2
    assert 'data-speaker="Per Halvorsen, leader of the opposition in the council"' in html
    assert f"/ Per Halvorsen, leader of the opposition in the council [4]: “{DOUBT.quote}”" in view.copy


def test_the_words_above_a_dispute_tell_its_kind_and_the_number_of_articles() -> None:
    between = [Dispute(kind, COST, TRACK) for kind in ("denial", "figures", "names")]
    words = [each.words for each in turn_view(replace(WHOLE, disputes=tuple(between)), 0, BY_ID.get).disputes]
    assert words == [
        "The articles report two positions:",
        "The articles give different figures:",
        "The articles give different names:",
    ]
    assert not turn_view(replace(WHOLE, disputes=tuple(between), outcome="refused"), 0, BY_ID.get).disputes


def test_a_partly_answered_question_says_which_part_is_missing() -> None:
    html = str(render.turn_html(SCRIPT[PARTLY], 0, BY_ID.get, last=True))
    assert "<b>Not in the articles:</b> who voted against it" in html
    assert "answered in part" in html
    two = str(render.turn_html(replace(SCRIPT[PARTLY], missing=("a", "b")), 0, BY_ID.get, last=True))
    assert "<li>a</li><li>b</li>" in two
    assert "Not in the articles: who voted against it" in turn_view(SCRIPT[PARTLY], 0, BY_ID.get).copy


def test_a_sentence_that_is_not_in_its_source_is_marked_in_words() -> None:
    view = turn_view(SCRIPT[PARTLY], 0, BY_ID.get)
    doubts = [(piece.text, piece.doubt) for piece in view.paragraphs[0] if piece.text.strip()]
    assert doubts == [("The vote was eleven to four.", ""), (GLAD, NOT_FOUND)]
    html = str(render.turn_html(SCRIPT[PARTLY], 0, BY_ID.get, last=True))
    assert f'<span class="doubt">{GLAD}</span> <span class="flag">{NOT_FOUND}</span>' in html
    assert f"{GLAD} [{NOT_FOUND}]" in view.copy
    nothing = replace(SCRIPT[PARTLY], sentences=(AnswerSentence(GLAD, (), False),), text=GLAD)
    assert checks(nothing) == [("warn", "1 of 1 sentences not found in the source")]
    refused = turn_view(replace(nothing, outcome="refused"), 0, BY_ID.get)
    assert refused.checks == ()
    assert not refused.paragraphs[0][0].doubt


def test_a_refusal_says_what_was_looked_for_and_who_speaks_in_the_closest_passages() -> None:
    html = str(render.turn_html(SCRIPT[NOWHERE], 0, BY_ID.get, last=True))
    assert "<b>Looked for:</b> the birthplace of Rita Olsen" in html
    assert '<span class="who">a spokeswoman for the transport company</span>' in html
    assert "searched also: Olsen" in html


def test_of_a_refusal_only_its_first_words_are_heavy() -> None:
    said = (AnswerSentence("Not in the articles."), AnswerSentence("The closest they say: it rained.", (), True))
    answer = Answer("q", text=" ".join(s.text for s in said), outcome="refused", sentences=said, done=True)
    html = str(render.turn_html(answer, 0, BY_ID.get, last=True))
    assert "<p><b>Not in the articles.</b> The closest they say: it rained.</p>" in html
    copied = copy_text(replace(answer, missing=("rain",)), BY_ID.get)
    assert copied.endswith("Looked for: rain")


def test_a_turn_has_its_citations_as_links_and_its_notes() -> None:
    html = str(render.turn_html(SCRIPT[EXAMPLES[1]], 4, BY_ID.get, last=True))
    assert f'href="{article_address(bridge.id, COST.span)}"' in html
    assert 'aria-label="Source 2: Old harbour bridge to be replaced"' in html
    assert "evidence 0.1 s · first word 2.3 s · whole 4.8 s" in html
    assert "searched also: Halvorsen" in html
    assert 'data-event="retry"' in html
    assert 'id="turn-4"' in html
    assert 'data-event="retry"' not in str(render.turn_html(SCRIPT[EXAMPLES[1]], 4, BY_ID.get, last=False))


def test_a_stopped_and_a_failed_answer_say_so() -> None:
    stopped = str(render.turn_html(Answer("q", text="Half of", stopped=True, done=True), 0, BY_ID.get, last=True))
    assert "Half of" in stopped
    assert "cut off" in stopped
    failed = str(render.turn_html(Answer("q", error="The model <died>.", done=True), 0, BY_ID.get, last=True))
    assert 'role="alert">The model &lt;died&gt;.' in failed
    assert "Copy with sources" not in failed
    assert "Retry" in failed


def test_a_citation_names_who_says_just_its_words() -> None:
    text = "The talks took seven hours. \u201cThey were open,\u201d Elin Vasskog said."
    said = Statement("a.txt", 28, len(text), "direct", "Elin Vasskog")
    article = Article("a.txt", text, "0" * 64, "Talks", statements=(said,))
    evidence = Evidence(1, "a.txt", 0, len(text), text, "Elin Vasskog")
    sources = Sources(Answer("How long?", evidence=(evidence,)), lambda _: article)
    assert sources.of(Citation(1, "a.txt", 0, 27, text[:27])).speaker == ""
    assert sources.of(Citation(1, "a.txt", 28, len(text), text[28:])).speaker == "Elin Vasskog"
    assert sources.of(evidence).speaker == "Elin Vasskog"
