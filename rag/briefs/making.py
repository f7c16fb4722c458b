"""The brief of one article, made when it is read. Knows all rules of this room."""

from __future__ import annotations

from collections.abc import Sequence

from rag.briefs.countries import countries_in
from rag.briefs.events import events
from rag.briefs.figures import figures
from rag.briefs.organisations import organisations_in
from rag.briefs.people import entries
from rag.briefs.places import places_in
from rag.briefs.summary import ranked_with_gist, usual_length
from rag.briefs.values import Brief, Dated
from rag.domain import Article, Sentence

BRIEFS_VERSION = 1
"""Raised by hand whenever a rule of this room, or what a brief holds, changes: articles are read anew then."""


def brief(article: Article, sentences: Sequence[Sentence]) -> Brief:
    """What is kept of an article.

    Args:
        article: with its statements.
        sentences: its running text, in order.
    """
    people = entries(article, sentences)
    organisations, candidates = organisations_in(article, sentences, people)
    ranked, gist = ranked_with_gist(article, sentences)
    return Brief(
        summary=tuple(s.span for s in ranked),
        usual=usual_length(sentences),
        gist=gist.span if gist else None,
        events=tuple(Dated(e.sentence.span, e.when, e.key) for e in events(article, sentences)),
        figures=tuple(s.span for s in figures(article, sentences)),
        countries=countries_in(sentences),
        organisations=organisations,
        places=places_in(sentences),
        people=people,
        candidates=candidates,
    )
