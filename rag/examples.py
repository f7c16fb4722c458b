"""Example questions made from what the articles hold, so that a new reader sees what can be asked. Knows no model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.domain import Article

_NAME = r"(?<!\b[Tt]he )\b(?:[A-Z][\w'\u2019-]+ ){1,3}(?:[A-Z]\. )?[A-Z][\w'\u2019-]+"
"""Two to five capitalised words without "the" before them (which would be an office or a house, not a person)."""
_SAYING = r"(?:said|says|told|noted|stressed|added|believes|stated|argues|explained|concluded|warned|called|announced)"
_SPEAKERS = (
    re.compile(rf"\b{_SAYING} ({_NAME})"),
    re.compile(rf"\b({_NAME}) {_SAYING}\b"),
    re.compile(rf"[Aa]ccording to (?:\w+ ){{0,3}}({_NAME})"),
)
_TOPIC = re.compile(r"(?<!\bof )(?<=[a-z,] )[A-Z][\w-]{2,}(?: [A-Z][\w-]+){0,2}\b(?!['\u2019]| [A-Z])")
_NOT_A_TOPIC = re.compile(
    r"\b\w+(?:ese|ian|ish|can)$|\b\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|\b(January|February|March|April|May|June|July|August|September|October"
    r"|November|December)\b"
)


def example_questions(articles: Sequence[Article], most: int = 4) -> list[str]:
    """Up to ``most`` questions, from different articles: what its most quoted person says about its main name."""
    asked: list[str] = []
    seen: set[str] = set()
    for article in articles:
        pair = _speaker_and_topic(article, seen)
        if pair is None:
            continue
        speaker, topic = pair
        seen.add(speaker)
        asked.append(f"What does {speaker} say about {topic}?")
        if len(asked) == most:
            break
    return asked


def _speaker_and_topic(article: Article, seen: set[str]) -> tuple[str, str] | None:
    body = _body(article)
    speakers = Counter(" ".join(name.split()[-2:]) for pattern in _SPEAKERS for name in pattern.findall(body))
    for name in seen | {name for name in speakers if not _is_person(name, body)}:
        speakers.pop(name, None)
    if not speakers:
        return None
    speaker = max(speakers, key=lambda name: (_last_name_count(name, body), speakers[name]))
    topic = _topic_of(speaker, body)
    return (speaker, topic) if topic else None


def _topic_of(speaker: str, body: str) -> str | None:
    """The name that stands most often in one sentence with the speaker; None when none does twice."""
    last = speaker.split()[-1]
    beside = [sentence for sentence in re.split(r"(?<=[.!?\"\u201d])\s", body) if last in sentence]
    names = Counter(name for sentence in beside for name in set(_TOPIC.findall(sentence)))
    good = [
        (name, count)
        for name, count in names.most_common()
        if count > 1
        and " " not in name
        and not _NOT_A_TOPIC.search(name)
        and not set(name.split()) & set(speaker.split())
    ]
    return good[0][0] if good else None


def _is_person(name: str, body: str) -> bool:
    """Whether the articles nowhere put "the" before the name and use its last word alone, as they do for people."""
    return (
        not name.startswith("The ")
        and not re.search(rf"\b[Tt]he {re.escape(name)}\b", body)
        and _last_name_count(name, body) > 1
    )


def _last_name_count(name: str, body: str) -> int:
    return len(re.findall(rf"\b{re.escape(name.split()[-1])}\b", body))


def _body(article: Article) -> str:
    """The article's text without residue, credits and bylines."""
    text = list(article.text)
    for mark in article.marks:
        if mark.kind != "heading":
            text[mark.start : mark.end] = " " * (mark.end - mark.start)
    return "".join(text)
