"""The articles' own sentences, each with whoever says it. Knows no model; changes no word of what is said."""

from __future__ import annotations

from rag.answering.reply import balanced
from rag.domain import Sentence, Statement
from rag.quotes import is_named

_MARKS = '"“”«»„'


def voiced(sentence: Sentence, speaker: Statement | None) -> str:
    """The sentence verbatim; where it does not name who says it, the name stands before a quotation or behind.

    A piece of a longer quotation is put into quotation marks of its own.
    """
    text = " ".join(sentence.text.split())
    if speaker is None:
        return balanced(text)
    named = is_named(speaker.speaker, text)
    if speaker.kind == "direct" and speaker.start <= sentence.start + 1 and sentence.end <= speaker.end + 1:
        inner = text.strip(_MARKS + " ")
        return f"“{inner}”" if named and inner != text else f"{speaker.speaker}: “{inner}”"
    return balanced(text) if named else f"{balanced(text)} ({speaker.speaker})"
