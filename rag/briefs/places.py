"""Which cities and regions are named. Knows the list of places, and words that a place stands behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.briefs.gazetteer import NO_CITY, lands, spots
from rag.briefs.naming import WHERE, Run, collected, inside_name, standing, told
from rag.briefs.values import Named, Sentences, Thing
from rag.domain import Sentence
from rag.quotes import lexicon as lex

_PERSON = lex.MALE_NAMES | lex.FEMALE_NAMES
_CLUBS = lex.words("win beat beaten defeat draw match fans fixture derby striker midfielder goal premier boss")


def places(sentences: Sentences) -> tuple[Thing, ...]:
    """The cities and regions that articles name, most mentioned first, under the spelling they use most; no countries.

    A large city is one wherever it stands by itself; a small one, or one whose name is also a word or a surname, where
    a word for a place stands before it at least once ("in Reading").
    """
    return told({id: places_in(own) for id, own in sentences.items()}, sentences)


def places_in(sentences: Sequence[Sentence]) -> tuple[Named, ...]:
    """The same of one article, by first mention."""
    return collected(_in_article(sentences))


def _in_article(sentences: Sequence[Sentence]) -> Iterator[tuple[str, str, Sentence]]:
    seen = standing(sentences, spots(), _in_longer, longest=4)
    shown = {name for name, run, _ in seen if spots()[name].sure and len(name) > 3} | {
        name for name, run, _ in seen if _is_placed(name, run) and _is_free(run)
    }
    for name, run, sentence in seen:
        surname = run.end - run.start == 1 and not spots()[name].sure and not _is_placed(name, run)
        if name in shown and not surname:
            yield spots()[name].key, name, sentence


def _in_longer(run: Run) -> bool:
    """Part of another name, unless a country or state follows after a comma or the name before is owned."""
    if run.end < len(run.words) and run.words[run.end].text in {"-", "@"}:
        return True
    return inside_name(run) and _word_before(run) not in lands()


def _word_before(run: Run) -> str:
    """The word before the run, as written."""
    return run.words[run.start - 1].text if run.start else ""


def _is_free(run: Run) -> bool:
    return run.own[0].low not in _PERSON and len(run.own[0].text) > 3 and not run.own[0].text.isupper()


def _is_placed(name: str, run: Run) -> bool:
    """Behind a word for a place; a name that is also a club's or a word behind the surest of them only."""
    if name in NO_CITY or name == "West Ham":
        return run.before() in {"in", "near", "outside"}
    return run.before() in WHERE and not _sporting(run)


def _sporting(run: Run) -> bool:
    """ "the defeat to Chelsea": a club, not the town."""
    return run.before() in {"to", "from", "at"} and any(word.low.rstrip("s") in _CLUBS for word in run.words)
