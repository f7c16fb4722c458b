"""Answers that set views side by side: what somebody says, for and against, what is disputed. Knows no model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from rag.answering import disputing
from rag.answering.support import Source
from rag.briefs import Person
from rag.domain import AnswerSentence, Sentence, Statement
from rag.requests.lines import Lines
from rag.requests.subject import Subject
from rag.retrieval import Index, Retrieval, Scored
from rag.retrieval.terms import terms

WITHIN = 4.0
"""How much less likely (log-odds) than the best sentence a further view may be."""
LEAST = -3.0
"""Score that a view must have at all."""
VIEWS, SAYINGS, DISPUTES = 6, 6, 4
ABOUT, SPOKEN = 0.5, 4
"""Share of what is asked about that a speaker's words must hold, and how many speakers are heard for that alone."""
COMPARED = 400
"""Sentences that are held against each other at most: pairs grow with the square."""

WIDELY, LISTED = 5.0, 7
"""The same for what is listed, and how many such sentences are."""
CLEARLY, ARGUMENTS = 0.3, 3
"""How much better a sentence must answer one side than the other, and how many of each are told."""
SIDES: Mapping[str, str] = {
    "For": "What are the advantages and benefits of {0}, what speaks for it?",
    "Against": "What are the disadvantages and problems of {0}, what speaks against it?",
}
_TWO_SIDES = re.compile(
    r"\b(?:pros?|cons?|for (?:and|or|&|/) against|for\b.{1,40}\bagainst|advantages?|disadvantages?|benefits?|"
    r"drawbacks?|upsides?|downsides?|strengths?|weaknesses)\b",
    re.IGNORECASE,
)

NO_JUDGE = "Footnote does not judge. This is what the articles say, each with who says it:"
NOTHING_TO_SHOW = "Footnote does not judge, and nothing in the articles comes close enough to set side by side."


def says(subject: Subject, found: Retrieval, lines: Lines) -> bool:
    """What one person says, what was asked about first. False where nobody known is named or nothing of theirs fits."""
    one = subject.person(subject.index.people)
    if one is None or not one.statements:
        return False
    scores = {item.sentence.id: item.score for item in found.scored}
    told = list(dict.fromkeys(s for p in one.statements if (s := subject.index.said_in(p)) is not None))
    told.sort(key=lambda s: -scores.get(s.id, -20.0))
    about = [term for term in subject.terms if term not in set(terms(one.name))]
    if about and found.scored and _same(found.scored[0].speaker, one):
        return False  # the answer to a question will be theirs
    if about:
        told = [s for s in told if set(about) <= set(terms(s.text))]
    chosen = told[:SAYINGS]
    lines.add(one.label, [lines.cited(s) for s in sorted(chosen, key=lambda s: (s.article, s.start))])
    return bool(chosen)


def positions(subject: Subject, found: Retrieval, lines: Lines) -> bool:
    """Who says what about something; what is disputed about it comes first. False where nothing is about it."""
    if not subject.terms:
        return _disputes(_telling(subject.index), lines)
    views = [*(s.sentence for s in _by_speaker(_views(found))), *_spoken(subject, lines)]
    disputes = _disputes(views, lines)
    told = lines.add("What they say" if disputes else "", _once([_view(s, lines) for s in dict.fromkeys(views)], lines))
    return bool(disputes or told)


def _spoken(subject: Subject, lines: Lines) -> list[Sentence]:
    """Of everybody who speaks about what is asked, in the article that is meant if one is, the words closest to it."""
    index, best = subject.index, dict[str, tuple[float, Sentence]]()
    meant = [subject.within] if subject.within else list(index.articles)
    for sentence in (s for id in meant for s in index.body[id]):
        said, near = index.speaker(sentence), subject.share(sentence)
        if said is not None and near >= ABOUT and near > best.get(said.speaker, (0.0, sentence))[0]:
            best[said.speaker] = (near, sentence)
    return [s for _, s in sorted(best.values(), key=lambda pair: -pair[0])][:SPOKEN]


def _once(views: Sequence[AnswerSentence], lines: Lines) -> list[AnswerSentence]:
    """The views that no dispute has shown already."""
    told = {c for part in lines.sections for line in part.lines for c in line.citations}
    return [view for view in views if not told.issuperset(view.citations)]


def for_and_against(subject: Subject, search: Callable[[str], Retrieval], lines: Lines) -> bool:
    """What speaks for something and what against it. False where that is not asked, or one side is not told.

    Each side is asked for as a question; a sentence belongs to the side that it answers better.
    """
    if not subject.terms or not _TWO_SIDES.search(subject.text):
        return False
    found = {side: search(asked.format(subject.topic)) for side, asked in SIDES.items()}
    scores = {side: {item.sentence.id: item.score for item in one.scored} for side, one in found.items()}
    told = {side: _of_side(side, found[side].scored, scores, subject) for side in SIDES}
    if not all(told.values()):
        return False
    for side, items in told.items():
        lines.add(side, [_view(item.sentence, lines) for item in items])
    return True


def _of_side(
    side: str, scored: Sequence[Scored], scores: Mapping[str, Mapping[str, float]], subject: Subject
) -> list[Scored]:
    """The best sentences of one side, in reading order: those that answer it clearly better than the other."""
    best = scored[0].score if scored else 0.0

    def gain(item: Scored) -> float:
        return item.score - max(own.get(item.sentence.id, LEAST) for other, own in scores.items() if other != side)

    near = [
        s
        for s in scored
        if s.score >= max(best - WITHIN, LEAST) and not (s.aside or s.sentence.text.endswith("?")) and gain(s) > CLEARLY
    ]
    meant = [s for s in near if subject.within in (None, s.sentence.article)] or near
    return sorted(meant[:ARGUMENTS], key=lambda s: (s.sentence.article, s.sentence.start))


def all_that_answer(subject: Subject, found: Retrieval, lines: Lines) -> bool:
    """Every sentence that may hold some of what a list is asked of, in reading order. False where none is likely to."""
    meant = [s for s in found.scored if subject.within in (None, s.sentence.article)] or list(found.scored)
    best = meant[0].score if meant else LEAST
    near = [s for s in meant if s.score >= max(best - WIDELY, LEAST) and not s.aside][:LISTED]
    lines.add("", [lines.cited(s.sentence) for s in sorted(near, key=lambda s: (s.sentence.article, s.sentence.start))])
    return bool(near)


def opinion(subject: Subject, found: Retrieval, lines: Lines) -> bool:
    """That it does not judge, and what the articles say."""
    views = _by_speaker(_views(found))[:4]
    lines.say(NO_JUDGE if views else NOTHING_TO_SHOW)
    lines.add("", [_view(item.sentence, lines) for item in views])
    return True


def _same(said: Statement | None, one: Person) -> bool:
    return said is not None and said.speaker.split()[-1] == one.name.split()[-1]


def _views(found: Retrieval) -> list[Scored]:
    best = found.scored[0].score if found.scored else 0.0
    near = [s for s in found.scored if s.score >= max(best - WITHIN, LEAST) and not s.aside]
    return near[: 3 * VIEWS]


def _by_speaker(views: Sequence[Scored]) -> list[Scored]:
    """The best of each speaker first, then their next ones, so that many are heard."""
    heard: dict[str, int] = {}
    ranked: list[tuple[int, Scored]] = []
    for item in views:
        who = item.speaker.speaker if item.speaker else item.sentence.article
        ranked.append((heard.get(who, 0), item))
        heard[who] = heard.get(who, 0) + 1
    return [item for _, item in sorted(ranked, key=lambda each: (each[0], -each[1].score))][:VIEWS]


def _view(sentence: Sentence, lines: Lines) -> AnswerSentence:
    label = lines.index.label(sentence) or lines.index.articles[sentence.article].outlet or ""
    return lines.cited(sentence, label, speaker=False)


def _disputes(candidates: Sequence[Sentence], lines: Lines) -> bool:
    """The pairs of sentences that cannot both be had, each pair under a heading of its own."""
    index = lines.index
    known = disputing.statements([Source(n, s) for n, s in enumerate(candidates, 1)], index.label)
    pairs = [pair for a, b in combinations(known, 2) if (pair := disputing.judge(a, b, index.lexical.idf))]
    pairs.sort(key=lambda pair: -pair[0])
    told: set[str] = set()
    for _, _, first, second in pairs:
        if first.sentence.id in told or second.sentence.id in told or len(told) >= 2 * DISPUTES:
            continue
        told |= {first.sentence.id, second.sentence.id}
        lines.add("Disputed", [_view(first.sentence, lines), _view(second.sentence, lines)])
    return bool(told)


def _telling(index: Index) -> list[Sentence]:
    """The sentences that somebody says: they are what is disputed."""
    said = [s for own in index.body.values() for s in own if index.speaker(s) is not None]
    return said[:COMPARED]
