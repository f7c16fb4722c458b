"""An answer as one text with its numbers, as LlamaIndex hands texts on. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rag.domain import Answer, AnswerSentence, Section

NOT_FOUND = "(not found in the source)"
INSTEAD = "\n\nThe answer has changed while it was made; it is:\n\n"
"""Stands between what was streamed and the answer, where the one is not the beginning of the other."""


def worded(answer: Answer) -> str:
    """The sentences or sections with their numbers, ``[1]``; once it is done, also what the articles do not tell."""
    if answer.sections:
        text = "\n\n".join(_section(part, answer.refused) for part in answer.sections)
    else:
        text = " ".join(_sentence(sentence, answer.refused) for sentence in answer.sentences)
    if answer.done and answer.missing and not answer.refused:
        text += f"\n\nNot in the articles: {'; '.join(answer.missing)}."
    return text


def grown(answers: Iterator[Answer]) -> Iterator[tuple[str, Answer]]:
    """What each answer adds to the text of the one before, and that answer."""
    said = ""
    for answer in answers:
        text = worded(answer)
        if text.startswith(said):
            yield text[len(said) :], answer
            said = text
        elif answer.done:
            yield INSTEAD + text, answer


def _section(part: Section, refused: bool) -> str:
    lines = [_labelled(line, refused) for line in part.lines]
    return "\n".join([part.heading, *(f"- {line}" for line in lines)] if part.heading else lines)


def _labelled(line: AnswerSentence, refused: bool) -> str:
    sentence = _sentence(line, refused)
    return f"{line.label}{': ' if line.text else ''}{sentence}" if line.label else sentence


def _sentence(sentence: AnswerSentence, refused: bool) -> str:
    numbers = "".join(f" [{n}]" for n in dict.fromkeys(c.n for c in sentence.citations))
    doubt = f" {NOT_FOUND}" if sentence.supported is False and not refused else ""
    return f"{sentence.text}{numbers}{doubt}"
