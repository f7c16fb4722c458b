"""Which lines are headings: short, standing alone before paragraph text. Knows lines, no files and no marks.

Two things look like headings and are not: the attribution below a pulled-out quotation ("Name, role"), and the items
of a list. Both stay body text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HEADLINE_MAX = 200  # characters; the longest of 609 news headlines has 172
HEADING_MAX = 100
_SENTENCE_MIN = 60  # from here on a line without final punctuation is a sentence that lacks it, not a label
_RUN_MAX = 3  # more short lines in a row are a list

_SENTENCE_END = re.compile(r"[.!?…:;,。！？]['\"”’»)\]]*$")
_NO_HEADLINE_END = re.compile(r"[.…:;,。]['\"”’»)\]]*$")
_QUESTION = re.compile(
    r"^(?:what|how|why|who|whom|whose|when|where|which|is|are|was|can|could|do|does|did|will|should)\b[^.!?]{4,66}\?$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[•·▪●*+–—-]|\d{1,3}[.)])\s")
_MARKDOWN = re.compile(r"^#{1,6}\s+\S")
_NAME_START = re.compile(r"^[^\W\d_a-z][\w’'.-]+ [^\W\d_a-z][\w’'.-]+\b")
_ROLE = re.compile(
    r"\b(?:president|chair(?:man|woman)?|minister|secretary|spokes(?:man|woman|person)|director|professor|analyst|expert|"
    r"ambassador|senator|governor|mayor|chief|ceo|founder|officer|manager|economist|scientist|researcher|politician|"
    r"politologist|lawyer|attorney|coach|captain|general|commander|representative|executive|advis[eo]r|fellow|lecturer|"
    r"coordinator)\b",
    re.IGNORECASE,
)


def is_sentence_like(line: str) -> bool:
    """Whether the line ends like a sentence, or leads in to what follows."""
    return _SENTENCE_END.search(line) is not None


def is_paragraph(line: str) -> bool:
    """Whether the line is running text: it ends like a sentence, or is too long for a heading."""
    return is_sentence_like(line) or len(line) > HEADING_MAX


def is_headline(lines: Sequence[str]) -> bool:
    """Whether the first of an article's ``lines`` is its headline."""
    return (
        len(lines) > 1
        and len(lines[0]) <= HEADLINE_MAX
        and not _NO_HEADLINE_END.search(lines[0])
        and not _BULLET.match(lines[0])
        and any(c.isalpha() for c in lines[0])
    )


def find_headings(lines: Sequence[str], *, headline: bool) -> set[int]:
    """Indices of the headings among ``lines``: an article's lines without residue, credits and bylines, none empty.

    ``headline``: whether the article's headline is to be looked for in its first line.
    """
    found = {i for i, line in enumerate(lines) if _MARKDOWN.match(line)}
    if headline and is_headline(lines):
        found.add(0)
    for run in _runs_of_labels(lines, found):
        found.update(_headings_of_run(lines, run, found))
    return found


def _runs_of_labels(lines: Sequence[str], known: set[int]) -> list[range]:
    """Stretches of short lines that stand right before running text."""
    runs: list[range] = []
    start = 0
    for i, line in enumerate(lines):
        if not _is_label(line) or i in known:
            if start < i and is_paragraph(line):
                runs.append(range(start, i))
            start = i + 1
    return runs


def _headings_of_run(lines: Sequence[str], run: range, known: set[int]) -> range:
    first = run.start
    before = lines[first - 1] if first and first - 1 not in known else ""
    if before.endswith(":") or _BULLET.match(before):
        return range(0)  # a list and what leads in to it
    if len(before) >= _SENTENCE_MIN and not is_sentence_like(before):
        first += 1  # the sentence before lacks its final punctuation: a pulled-out quotation, and this is who said it
    if before:
        first = _after_short_quotation(lines, range(first, run.stop))
    while first < run.stop and _is_attribution(lines[first]):
        first += 1
    if run.stop - first > _RUN_MAX:
        first = run.stop - 1
    return range(first, run.stop)


def _after_short_quotation(lines: Sequence[str], run: range) -> int:
    """Where the run goes on after a pulled-out quotation that is short enough for a heading, and its speaker."""
    long = [i for i in run[:-1] if len(lines[i]) >= _SENTENCE_MIN]
    return long[-1] + 2 if long else run.start


def _is_label(line: str) -> bool:
    if len(line) > HEADING_MAX or _BULLET.match(line) or not any(c.isalpha() for c in line):
        return False
    return not is_sentence_like(line) or _QUESTION.match(line) is not None


def _is_attribution(line: str) -> bool:
    """ "Name Role of Institution", as it stands below a pulled-out quotation."""
    return _NAME_START.match(line) is not None and _ROLE.search(line) is not None
