"""Speakers that stand beside the words: name lines below pull quotes, signed posts, labelled turns. Knows no verbs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.domain import Span
from rag.quotes import lexicon as lex
from rag.quotes.cast import Cast, Person
from rag.quotes.voices import Voice
from rag.quotes.words import can_speak

_LINE_MAX = 160  # characters of a line that holds a name and a role
_PULLED_MIN = 30  # characters of a pulled-out quotation
_DASH = re.compile(r"^[—–•*~-]+\s*")
_SIGNED = re.compile(r"(?<!\s)\s*[—–-]\s*(?P<name>[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*){0,3})\s\(@\w+\)[^\n]{0,40}$")
_STATEMENT = re.compile(r"^(?:Joint |Official )?[Ss]tatement (?:of|by|from) (?:the )?[A-Z][\w ,’'-]+$")
_LABEL = re.compile(r"^(?P<name>[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*){0,3})\s?:\s+(?=\S)")
_TURNS_MIN, _SPEAKERS_MIN = 4, 2
_NOT_IN_ROLE = lex.SAY | lex.MENTAL | lex.PASSIVE | lex.words("has had have will would")


@dataclass(frozen=True, slots=True)
class Beside:
    """Words whose speaker stands beside them. ``span`` None: the quotations in the paragraph, whatever they are."""

    voice: Voice
    span: Span | None


def beside(text: str, blocks: Sequence[Span], quoted: Sequence[bool], cast: Cast) -> dict[int, Beside]:
    """By paragraph: who speaks in it. A name line itself is given with an empty span: nobody speaks there.

    ``quoted``: whether a paragraph has quotation marks.
    """
    found = _signed(text, blocks, cast) | _turns(text, blocks, cast)
    for i in range(1, len(blocks)):
        line = text[blocks[i].start : blocks[i].end]
        voice = None if i - 1 in found else _name_line(line, cast, bare=quoted[i - 1])
        before = blocks[i - 1]
        if voice and len(before) >= _PULLED_MIN and not line.startswith("#"):
            found[i - 1] = Beside(voice, None if quoted[i - 1] else before)
            found[i] = Beside(voice, Span(blocks[i].start, blocks[i].start))
    return found


def _name_line(line: str, cast: Cast, *, bare: bool) -> Voice | None:
    """The speaker whom a line names; ``bare``: a name without a role will do, since it follows marks."""
    if len(line) > _LINE_MAX or line[-1] in '.!?:;,”"»':
        return None
    plain = _DASH.sub("", line)
    if _STATEMENT.match(plain):
        return Voice(plain, "body")
    person = max((p for p in cast.beginning(plain) if plain.startswith(p.name)), key=lambda p: p.count, default=None)
    if person is None:
        return None
    rest = plain[len(person.name) :].strip(" ,–—-|").split()
    if not rest:
        return _voice(person) if bare or plain != line else None
    role = any(w.strip(",").lower() in lex.TITLES or can_speak(w.strip(",").lower()) for w in rest[:4])
    return _voice(person) if role and not any(w.lower() in _NOT_IN_ROLE for w in rest) else None


def _voice(person: Person) -> Voice:
    return Voice(person.name, "person", person.role, person.gender)


def _signed(text: str, blocks: Sequence[Span], cast: Cast) -> dict[int, Beside]:
    """Posts with the name and handle of whoever wrote them."""
    found: dict[int, Beside] = {}
    for i, block in enumerate(blocks):
        signature = _SIGNED.search(text, block.start, block.end)
        if signature and signature.start() - block.start >= _PULLED_MIN:
            found[i] = Beside(_known(signature["name"], cast), Span(block.start, signature.start()))
    return found


def _turns(text: str, blocks: Sequence[Span], cast: Cast) -> dict[int, Beside]:
    """Turns of an interview that begin with their speaker's name and a colon."""
    labels = {i: m for i, b in enumerate(blocks) if (m := _LABEL.match(text[b.start : b.end]))}
    often = Counter(m["name"] for m in labels.values())
    speakers = {name for name, count in often.items() if count > 1}
    if len(speakers) < _SPEAKERS_MIN or sum(often[name] for name in speakers) < _TURNS_MIN:
        return {}
    if not all(_may_speak(name, cast) for name in speakers):
        return {}
    found: dict[int, Beside] = {}
    last = max(i for i, m in labels.items() if m["name"] in speakers)
    speaker: Voice | None = None
    for i, block in enumerate(blocks[: last + 1]):
        label = labels.get(i)
        if label and label["name"] in speakers:
            speaker = _known(label["name"], cast)
            found[i] = Beside(speaker, Span(block.start + label.end(), block.end))
        elif speaker:
            found[i] = Beside(speaker, block)
    return found


def _may_speak(label: str, cast: Cast) -> bool:
    """A person of the article, Q and A, or a magazine's initials; "Start:" and "Date:" are none."""
    return label in {"Q", "A"} or cast.find(label) is not None or (label.isupper() and 2 < len(label) < 7)


def _known(name: str, cast: Cast) -> Voice:
    person = cast.find(name)
    return _voice(person) if person else Voice(name, "person")
