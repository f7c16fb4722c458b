"""Which countries are named, each once under its usual name. Knows the list of countries, no sentence by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from rag.briefs.gazetteer import lands
from rag.briefs.naming import ORG_HEADS, WHERE, Run, collected, standing, told
from rag.briefs.values import Named, Sentences, Thing
from rag.domain import Sentence

_NOT_AFTER = frozenset({"North", "South", "Latin", "Central", "Captain", "Miss", "New", "Rugby", "Cricket", "Team"})


def countries(sentences: Sentences) -> tuple[Thing, ...]:
    """The countries that articles name, most mentioned first: names and short forms ("the US"), no adjectives.

    Each goes by its usual name ("United States"). A name inside another ("Bank of America") is none, nor one that may
    mean a person, a state or a bird (Jordan, Georgia, Turkey) unless its neighbourhood speaks for the country.
    """
    return told({id: countries_in(own) for id, own in sentences.items()}, sentences)


def countries_in(sentences: Sequence[Sentence]) -> tuple[Named, ...]:
    """The same of one article, by first mention."""
    return collected(_in_article(sentences))


def _in_article(sentences: Sequence[Sentence]) -> Iterator[tuple[str, str, Sentence]]:
    seen = standing(sentences, lands(), _part_of_a_name)
    named = {lands()[name].name for name, _, _ in seen}
    for name, run, sentence in seen:
        land = lands()[name]
        if not land.unsure or (run.before() in WHERE | {"of"} and named & land.neighbours):
            yield land.name, land.name, sentence


def _part_of_a_name(run: Run, heads: Set[str] = ORG_HEADS) -> bool:
    before = run.words[run.start - 1] if run.start else None
    behind = run.words[run.end] if run.end < len(run.words) else None
    if before is not None and (before.text in _NOT_AFTER or before.text in {"-", "/", "@", "#"}):
        return True
    if behind is not None and not run.own[-1].owns:
        if behind.text == "-" or (behind.is_name and behind.low in heads):
            return True
        if behind.is_name and len(run.own) == 1 and not run.own[0].text.isupper() and "." not in run.own[0].text:
            return not behind.text.isdigit() and behind.low not in heads and before is not None and before.is_name
    bank = before is not None and before.low == "of" and run.start > 1
    return bank and run.words[run.start - 2].text in {"Bank", "University", "Voice", "Bachelor", "Queen"}
