"""A model's reply taken apart: its verdict, sentences, citation markers. Pure parsing.

Whatever the model writes is text: markers that do not exist are removed, and nothing in it is ever run or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import sentences as segmenter
from rag.answering.prompts import NO, YES

_MARKER = re.compile(r"\s*[\[【]\s*(\d{1,3}(?:\s*[,;&-]\s*\d{1,3})*)\s*[\]】]")
_BARE_MARKER = re.compile(r"\s*\[[^\]\n]{0,24}\]?\s*$")
_LEAD_IN = re.compile(r"^\s*(answer|assistant|a)\s*:\s*", re.IGNORECASE)
_VERDICT = re.compile(rf"^\W*(?P<verdict>{YES}|{NO})\b[.,:;!\s-]*")
_SILENT = re.compile(
    r"^\W*NOT FOUND\b|\b(excerpts?|articles?|provided text) (do|does) not "
    r"(answer|contain|mention|say|state|provide|specify|give)\b\s*(?P<what>.*)",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(r"[.!?\u2026\u3002\n]+")
_DOCUMENT = re.compile(r"\s*(?:```\w*\s*)?(?:<(?:!doctype|\?xml|html|head|body)\b|[{\[]\s*[\"{\[])", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(?:but|though|although|however|while|yet)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReplySentence:
    """A sentence of a reply without its markers, and the evidence numbers that the model gave it."""

    text: str
    marked: tuple[int, ...] = ()


def stage(reply: str) -> tuple[int, bool]:
    """How far a reply is: how many ends of sentences it has, and whether another sentence has begun after the last.

    As long as that stays the same, so do its finished sentences.
    """
    ends = [match.end() for match in _END.finditer(reply)]
    return len(ends), not ends or bool(reply[ends[-1] :].strip())


def is_ended(reply: str) -> bool:
    """Whether a reply ends with a whole sentence."""
    return bool(re.search(r"""[.!?\u2026\u3002]["'\u201d\u2019)\]]*$""", plain(reply)))


def is_machine_made(reply: str) -> bool:
    """Whether a reply is a web page or a record, such as a server's error that was handed on as the model's words."""
    return _DOCUMENT.match(reply) is not None


def is_refusal(reply: str) -> bool:
    """Whether the model says that the excerpts do not hold the answer, in the form asked for or in other words."""
    match = _VERDICT.match(reply)
    if match is not None and match["verdict"] == NO:
        return True
    if "not" not in reply.casefold():  # as every silent sentence has; asked at each chunk, so nothing is cut in vain
        return False
    told = sentences(reply)
    return bool(told) and (is_silent(told[0]) or all(map(is_silent, told)))


def is_silent(sentence: ReplySentence) -> bool:
    """Whether a sentence says only that the excerpts do not tell something."""
    match = _SILENT.search(sentence.text)
    return match is not None and _GOES_ON.search(match["what"] or "") is None


def unanswered(parts: Sequence[ReplySentence]) -> tuple[str, ...]:
    """What the silent ones among ``parts`` say is not told: "what Macron thinks"."""
    found = (_SILENT.search(part.text) for part in parts if is_silent(part))
    return tuple(what for match in found if match and (what := (match["what"] or "").strip(" .")))


def said(reply: str) -> str:
    """The reply without the verdict in front."""
    return _VERDICT.sub("", reply, count=1)


def plain(reply: str) -> str:
    """The reply's text without markers (finished or begun), white space tidied."""
    text = _BARE_MARKER.sub("", _MARKER.sub("", _LEAD_IN.sub("", said(reply))))
    return " ".join(text.split())


def sentences(reply: str) -> list[ReplySentence]:
    """The sentences of a reply in order, each with the markers that stand in or right behind it."""
    text, marks = _lift_markers(" ".join(_LEAD_IN.sub("", said(reply)).split()))
    found: list[ReplySentence] = []
    spans = segmenter.sentences(text)
    for place, span in enumerate(spans):
        start = 0 if place == 0 else spans[place - 1].end + 1
        end = len(text) if place == len(spans) - 1 else span.end
        marked = [n for at, numbers in marks if start <= at <= end for n in numbers]
        found.append(ReplySentence(balanced(text[span.start : span.end]), tuple(dict.fromkeys(marked))))
    return found


def balanced(text: str) -> str:
    """``text`` without its quotation marks where they do not pair: a quotation without end quotes nothing."""
    if text.count('"') % 2:
        text = text.replace('"', "")
    if text.count("\u201c") != text.count("\u201d"):
        text = re.sub("[\u201c\u201d]", "", text)
    return text


def _lift_markers(reply: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """The text without markers, and for each marker its place in that text with its numbers."""
    kept: list[str] = []
    marks: list[tuple[int, list[int]]] = []
    length = at = 0
    for match in _MARKER.finditer(reply):
        kept.append(reply[at : match.start()])
        length += match.start() - at
        marks.append((length, [int(n) for n in re.findall(r"\d+", match.group(1))]))
        at = match.end()
    kept.append(reply[at:])
    text = "".join(kept)
    return _BARE_MARKER.sub("", text).rstrip(), marks
