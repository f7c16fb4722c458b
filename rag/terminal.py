"""The terminal: an answer as plain text, and progress as one bar on stderr. Knows no model and no page."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any, TextIO

from tqdm import tqdm

from rag.status import Status
from rag.unseen import escaped, visible

_TALK = frozenset({"smalltalk", "help", "vague", "outside"})
"""Kinds of answer for which nothing is looked up, so that no passage is close to it."""


def say(text: object, stream: TextIO | None = None) -> None:
    """Print lines of text, whoever wrote them: what a terminal would act upon is shown instead."""
    print(visible(str(text)), file=stream, flush=True)


def say_json(value: object) -> None:
    """Print a value as JSON, with such characters escaped."""
    print(escaped(json.dumps(value, ensure_ascii=False, indent=2)))


class TerminalProgress:
    """Shows each phase with a bar where its share is known, as one line otherwise; silent once nothing is going on.

    An instance is a ``Watcher``: call it with every new status.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None
        self._said = self._noticed = ""
        self._lock = threading.Lock()

    def __call__(self, status: Status) -> None:
        with self._lock:
            if status.problem and status.problem != self._said:
                self._end()
                self._said = status.problem
                say(status.problem, self._stream)
            if status.notice and status.notice != self._noticed:
                self._end()
                self._noticed = status.notice
                say(status.notice, self._stream)
            if status.progress is None:
                self._end()
                self._line(status.phase)
            else:
                self._advance(status.phase, status.progress)

    def close(self) -> None:
        """End the bar, if there is one."""
        with self._lock:
            self._end()

    def _line(self, phase: str) -> None:
        if phase and phase != self._said:
            self._said = phase
            say(phase, self._stream)

    def _advance(self, phase: str, progress: float) -> None:
        bar = self._bar or tqdm(total=100, file=self._stream, bar_format="{desc} |{bar:24}| {percentage:3.0f} %")
        self._bar = bar
        bar.set_description_str(visible(phase, lines=False), refresh=False)
        bar.update(round(progress * 100) - bar.n)
        if progress >= 1:
            self._end()

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def answer_text(answer: dict[str, Any]) -> str:
    """An Answer JSON for a reader: text with numbers, disputes, what is missing, the cited words with who says them."""
    lines = _said(answer)
    if answer.get("stopped"):
        lines[-1] += " [cut off]"
    speakers = {e["n"]: e.get("speaker") for e in answer["evidence"]}
    for dispute in answer.get("disputes", ()):
        lines += _disputed(dispute)
    if answer.get("missing"):
        heading = "Looked for" if answer["refused"] else "Not in the articles"
        lines.append(f"{heading}: {'; '.join(answer['missing'])}")
    lines += _quoted(answer["citations"], speakers)
    if answer["refused"] and answer["evidence"] and answer.get("kind") not in _TALK:
        lines.append("The closest passages:")
        lines += _quoted(answer["evidence"], speakers)
    for article in answer.get("changed", ()):
        lines.append(f"{visible(article, lines=False)} has changed since it was read; these are its words from before.")
    if answer["searched"]:
        lines.append(f"searched also: {', '.join(answer['searched'])}")
    return "\n".join(lines)


def _said(answer: dict[str, Any]) -> list[str]:
    """The sections of an answer that has some, an empty line between them; else its sentences in one paragraph."""
    sections = answer.get("sections")
    if not sections:
        return [" ".join(_sentence(s, answer["refused"]) for s in answer["sentences"])]
    lines: list[str] = []
    for section in sections:
        lines += ["", *_section(section, answer["refused"])]
    return lines[1:]


def _section(section: dict[str, Any], refused: bool) -> list[str]:
    """The heading, then a line for each sentence: a list, unless all that there is is plain text."""
    heading, sentences = section["heading"], section["sentences"]
    listed = heading or any(s["label"] or s["citations"] for s in sentences)
    bullet = "- " if listed else ""
    return [*([heading] if heading else []), *(f"{bullet}{_labelled(s, refused)}" for s in sentences)]


def _labelled(sentence: dict[str, Any], refused: bool) -> str:
    """A sentence behind its label; its numbers stand behind the label where there is no text."""
    label = sentence["label"]
    if not sentence["text"]:
        return _sentence({**sentence, "text": label}, refused)
    return f"{label}: {_sentence(sentence, refused)}" if label else _sentence(sentence, refused)


def _sentence(sentence: dict[str, Any], refused: bool) -> str:
    doubt = " (not found in the source)" if sentence["supported"] is False and not refused else ""
    numbers = "".join(f" [{n}]" for n in sentence["citations"])
    return f"{sentence['text']}{numbers}{doubt}"


def _disputed(dispute: dict[str, Any]) -> list[str]:
    """The two sides under each other, each with who says it."""
    sides = zip((dispute["first"], dispute["second"]), dispute["speakers"], strict=True)
    return ["Disputed:", *(f"  {_quoted([place], {place['n']: speaker})[0]}" for place, speaker in sides)]


def _quoted(places: list[dict[str, Any]], speakers: dict[int, str | None]) -> list[str]:
    """Each passage in a line: its number, who says it as far as known, its article, its words."""
    return [
        f"[{p['n']}] {f'{who}, ' if (who := speakers.get(p['n'])) else ''}{visible(p['article'], lines=False)}: "
        f"\u201c{' '.join(p['quote'].split())}\u201d"
        for p in places
    ]
