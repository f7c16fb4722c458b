"""An article from top to bottom: each quotation and reported claim with its speaker. Knows no library, no question.

``statements(article)`` is the room's work. Everything is resolved within the article; nothing is looked up elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from rag.domain import Article, Span, Statement
from rag.passages import split_sentences
from rag.quotes import lexicon as lex
from rag.quotes.cast import build
from rag.quotes.cues import Cue, find
from rag.quotes.lines import Beside, beside
from rag.quotes.marks import Quoted, quotations
from rag.quotes.outlets import outlet_in
from rag.quotes.voices import GUESSED, NAMED, Resolved, Scene, Voice, is_outlet
from rag.quotes.words import QUOTE, Phrase, Word, phrase, tokens
from rag.sentences import paragraphs, pieces

QUOTES_VERSION = 2
"""Raised by hand whenever a rule of this room changes: stored articles are then read anew."""

_SENTENCE_MAX = 2_000
_FRAME_MAX = 5_000
"""Characters; the longest of 609 news articles' sentences has fewer than half of it."""

_CONTINUED = 0.8
_FAR = 0.5
_FIRST_PERSON = re.compile(r"\b(?:I|we|We|my|our|us|I['’]\w+|[Ww]e['’]\w+)\b")


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence for attribution: sentences that one quotation holds together. ``spans``: those sentences."""

    span: Span
    spans: tuple[Span, ...]
    quotes: tuple[Quoted, ...]
    words: tuple[Word, ...]
    paragraph: int
    first: bool  # of its paragraph


@dataclass(slots=True)
class _Reader:
    """One article under way."""

    article: Article
    masked: str
    scene: Scene
    lines: dict[int, Beside]  # by paragraph: the speaker who stands beside it
    found: list[Statement] = field(default_factory=list)
    spoke_in: int = -1  # the paragraph that held the last statement
    open_voice: Voice | None = None
    previous: Frame | None = None

    def read(self, frame: Frame) -> None:
        """Note what the sentence says and who says it."""
        line = self.lines.get(frame.paragraph)
        if line and (line.span is not None or frame.quotes):
            self._beside(frame, line)
            return
        if self._is_banner(frame):
            return
        people = self.scene.cast.in_words(frame.words)
        self.scene.here = None
        cues = self._resolved(frame)
        if cues and _only_names_outlet(frame, cues):
            return
        if cues:
            self._attributed(frame, cues)
        else:
            self._unattributed(frame)
        self._move_on(frame, self.scene.person(people[0]) if people else None)

    def _move_on(self, frame: Frame, topic: Voice | None) -> None:
        """Remember whom the sentence was about; one that only leans on it ("his ...") keeps the topic."""
        if topic:
            self.scene.notice(topic)
        if topic or not frame.quotes:
            self.scene.topic = topic or (self.scene.topic if _leans(frame) else None)
        if frame.quotes and frame.quotes[-1].open_end:
            self.open_voice = self.scene.last
        self.previous = frame

    def _beside(self, frame: Frame, line: Beside) -> None:
        """Words whose speaker stands beside them: a pulled quotation, a post, a turn."""
        confidence = NAMED - 0.05
        if line.span is None:
            for quoted in frame.quotes:
                self._add(quoted.span, "direct", line.voice, confidence, None)
        elif frame.first and len(line.span):
            self._add(line.span, "direct", line.voice, confidence, None)
        self.previous = frame

    def _is_banner(self, frame: Frame) -> bool:
        """A line in capitals, mostly a link to another article: it says nothing and changes no topic."""
        return not frame.quotes and self.article.quote(frame.span).isupper()

    def _resolved(self, frame: Frame) -> list[tuple[Cue, Resolved]]:
        """The frame's cues with their speakers; outlets that only pass on another's words are left out."""
        pairs: list[tuple[Cue, Resolved]] = []
        main: Resolved | None = None
        for cue in find(frame.words, self.article.text):
            self.scene.here = self._named_before(frame, cue)
            resolved = self._subject(frame, cue, main)
            if resolved is None:
                continue
            main = main or resolved
            pairs.append((cue, resolved))
        people = [p for p in pairs if p[1].voice.kind != "body"]
        return [p for p in pairs if not (people and p[0].ends and is_outlet(p[1].voice.name))] or pairs

    def _subject(self, frame: Frame, cue: Cue, main: Resolved | None) -> Resolved | None:
        if cue.subject is None:
            return main or self._main(frame)
        again = cue.subject.kind == "pronoun" and cue.subject.text.lower() == "they" and main and main.voice.plural
        return main if again else self.scene.resolve(cue.subject)

    def _named_before(self, frame: Frame, cue: Cue) -> Voice | None:
        """The person named first in the sentence, before the cue."""
        people = self.scene.cast.in_words([w for w in frame.words if w.end <= cue.start])
        return self.scene.person(people[0]) if people else None

    def _main(self, frame: Frame) -> Resolved | None:
        """The main subject, for a cue without one of its own: who is named first, or the pronoun it begins with."""
        first = next((w for w in frame.words if w.low in {"he", "she"} or w.is_name), None)
        if first is not None and first.low in {"he", "she"}:
            return self.scene.resolve(Phrase("pronoun", first.text, first.start, first.end))
        people = self.scene.cast.in_words(frame.words)
        if people:
            return Resolved(self.scene.person(people[0]), NAMED - 0.2)
        start = 1 if frame.words and frame.words[0].low == "the" else 0
        end = start
        while end < len(frame.words) and frame.words[end].is_name and frame.words[end].is_word:
            end += 1
        subject = phrase(frame.words[:end], self.article.text) if end > start else None
        return self.scene.resolve(subject) if subject else None

    def _attributed(self, frame: Frame, cues: Sequence[tuple[Cue, Resolved]]) -> None:
        outlet = outlet_in(frame.words, self.scene.cast)
        for quoted in frame.quotes:
            if _is_title(self.article.text[quoted.start : quoted.end]):
                continue
            cue, resolved = min(cues, key=lambda pair: _distance(pair[0], quoted))
            after = quoted.left > cue.end and any(q.right <= cue.start for q in frame.quotes)
            self._add(quoted.span, "direct", resolved.voice, resolved.confidence - 0.03 * after, outlet)
        self._reported(frame, cues, outlet)
        last = [r for c, r in cues if c.subject] or [r for _, r in cues]
        self._spoke(last[-1].voice if frame.quotes else last[0].voice, frame)

    def _reported(self, frame: Frame, cues: Sequence[tuple[Cue, Resolved]], outlet: str | None) -> None:
        told: set[tuple[str, Span]] = set()
        for cue, resolved in cues:
            span = self._sentence_of(frame, cue)
            if cue.before and self.previous and not self.previous.quotes:
                self._add(self.previous.spans[-1], "reported", resolved.voice, resolved.confidence - 0.1, outlet)
            if (resolved.voice.name, span) in told or not _is_reported(frame, cue, cues):
                continue
            told.add((resolved.voice.name, span))
            self._add(span, "reported", resolved.voice, resolved.confidence, outlet)

    def _sentence_of(self, frame: Frame, cue: Cue) -> Span:
        return next((s for s in frame.spans if s.start <= frame.words[cue.verb_at].start < s.end), frame.span)

    def _unattributed(self, frame: Frame) -> None:
        for quoted in frame.quotes:
            text = self.article.text[quoted.start : quoted.end]
            alone = _words_outside(frame) <= 2
            resolved = self._continued(frame, quoted, alone) if _is_speech(text, alone) else None
            if resolved:
                self._add(quoted.span, "direct", resolved.voice, resolved.confidence, None)
                self._spoke(resolved.voice, frame)

    def _continued(self, frame: Frame, quoted: Quoted, alone: bool) -> Resolved | None:
        """Who speaks in a quotation without a cue."""
        scene = self.scene
        if (
            frame.first
            and self.previous
            and self.previous.quotes
            and self.previous.quotes[-1].open_end
            and self.open_voice
        ):
            return Resolved(self.open_voice, _CONTINUED + 0.1)
        same = self.spoke_in == frame.paragraph and scene.last is not None
        if same and scene.last and (alone or quoted.left == frame.span.start):
            return Resolved(scene.last, _CONTINUED)
        if not alone and not frame.words[-2:-1]:
            return None
        if scene.topic and (not same):
            return Resolved(scene.topic, _FAR)
        if scene.last and self.spoke_in >= frame.paragraph - 2:
            return Resolved(scene.last, _FAR)
        return Resolved(scene.last, GUESSED) if scene.last and alone else None

    def _spoke(self, voice: Voice, frame: Frame) -> None:
        self.scene.note(voice)
        self.spoke_in = frame.paragraph

    def _add(self, span: Span, kind: str, voice: Voice, confidence: float, outlet: str | None) -> None:
        source = voice.name if voice.kind == "body" and is_outlet(voice.name) else outlet
        bounded = round(min(1.0, max(0.05, confidence)), 2)
        self.found.append(
            Statement(
                self.article.id, span.start, span.end, "direct" if kind == "direct" else "reported", voice.name,
                voice.role, source, bounded,
            )
        )  # fmt: skip


def statements(article: Article) -> tuple[Statement, ...]:
    """Every quotation and reported claim of ``article`` with its speaker, in order of place."""
    everything = [s for whole in split_sentences(article.text, article.marks) for s in _readable(article.text, whole)]
    sentences = _without_asides(article, everything)
    blocks = _paragraphs(article, sentences)
    quoted = _quotations(article.text, [span for span, _ in blocks])
    masked = _mask(article.text, [q for found in quoted for q in found])
    cast = build([tokens(article.text, s.start, s.end) for s in everything], article.text)
    lines = beside(article.text, [span for span, _ in blocks], [bool(q) for q in quoted], cast)
    reader = _Reader(article, masked, Scene(cast, article.text), lines)
    for n, ((_, inside), found) in enumerate(zip(blocks, quoted, strict=True)):
        for frame in _frames(n, inside, found, masked):
            reader.read(frame)
    return tuple(sorted(reader.found, key=lambda s: (s.start, s.end)))


def _readable(text: str, sentence: Span) -> Iterator[Span]:
    """The sentence, in pieces if it is longer than any: rules that look from each word to all others take for ever."""
    return pieces(text, sentence, _SENTENCE_MAX) if len(sentence) > _SENTENCE_MAX else iter((sentence,))


def _without_asides(article: Article, sentences: Sequence[Span]) -> list[Span]:
    """The sentences that are no credits and bylines."""
    asides = sorted(m.span for m in article.marks if m.kind in ("credit", "byline"))
    ends = list(accumulate((aside.end for aside in asides), max))
    return [s for s in sentences if not _reaches(asides, ends, s)]


def _reaches(asides: Sequence[Span], ends: Sequence[int], span: Span) -> bool:
    """Whether any of the asides before the span's end reaches into it. ``ends``: how far those so far have reached."""
    before = bisect_left(asides, span.end, key=lambda aside: aside.start)
    return before > 0 and ends[before - 1] > span.start


def _paragraphs(article: Article, sentences: Sequence[Span]) -> list[tuple[Span, list[Span]]]:
    """Paragraphs that hold any of the sentences, with them."""
    blocks: list[tuple[Span, list[Span]]] = []
    left = deque(sentences)
    for paragraph in paragraphs(article.text):
        inside: list[Span] = []
        while left and left[0].start < paragraph.end:
            inside.append(left.popleft())
        if inside:
            blocks.append((Span(inside[0].start, max(s.end for s in inside)), inside))
    return blocks


def _quotations(text: str, spans: Sequence[Span]) -> list[list[Quoted]]:
    found: list[list[Quoted]] = []
    for span in spans:
        inside = bool(found and found[-1] and found[-1][-1].open_end)
        found.append(quotations(text, span, inside))
    return found


def _mask(text: str, quoted: Sequence[Quoted]) -> str:
    """``text`` with every quotation, marks included, replaced by as many ``QUOTE`` characters."""
    letters = list(text)
    for q in quoted:
        letters[q.left : q.right] = QUOTE * (q.right - q.left)
    return "".join(letters)


def _frames(paragraph: int, sentences: Sequence[Span], quoted: Sequence[Quoted], masked: str) -> Iterator[Frame]:
    groups: list[list[Span]] = []
    for sentence in sentences:
        short = groups and sentence.end - groups[-1][0].start <= _FRAME_MAX
        if short and (_held(quoted, sentence) or _goes_on(masked, groups[-1][-1], sentence)):
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    for n, group in enumerate(groups):
        span = Span(group[0].start, group[-1].end)
        inside = tuple(quoted[bisect_left(quoted, span.start, key=_left) : bisect_left(quoted, span.end, key=_left)])
        yield Frame(span, tuple(group), inside, tuple(tokens(masked, span.start, span.end)), paragraph, n == 0)


def _left(quoted: Quoted) -> int:
    return quoted.left


def _held(quoted: Sequence[Quoted], sentence: Span) -> bool:
    """Whether the sentence begins within a quotation."""
    before = bisect_left(quoted, sentence.start, key=_left)
    return before > 0 and sentence.start < quoted[before - 1].right


def _only_names_outlet(frame: Frame, cues: Sequence[tuple[Cue, Resolved]]) -> bool:
    """ "Reuters reported." by itself: where the sentence before comes from."""
    return not frame.quotes and sum(w.is_word for w in frame.words) <= 3 and is_outlet(cues[0][1].voice.name)


def _goes_on(masked: str, before: Span, sentence: Span) -> bool:
    """A cue that was cut from its quotation: "…?" he said."""
    return masked[before.end - 1] == QUOTE and masked[sentence.start].islower()


def _distance(cue: Cue, quoted: Quoted) -> int:
    if quoted.right <= cue.start:
        return _gap(cue.start - quoted.right, cue.ends)
    return max(0, quoted.left - cue.end)


def _gap(gap: int, ends: bool) -> int:
    """A cue behind the words is nearer when it is made to stand there ("..., Kirby said") than when it begins anew."""
    return gap if ends else gap + 12


def _words_outside(frame: Frame) -> int:
    return sum(w.is_word for w in frame.words)


def _is_reported(frame: Frame, cue: Cue, cues: Sequence[tuple[Cue, Resolved]]) -> bool:
    """Whether the sentence reports words beyond its quotations and its cues."""
    outside = [w for w in frame.words if w.is_word and not any(c.start <= w.start < c.end for c, _ in cues)]
    if not frame.quotes:
        return bool(outside)
    before = [w for w in outside if w.start < cue.start]
    after = [w for w in outside if w.start >= cue.end]
    leads = frame.quotes[0].left <= frame.span.start + 1
    if leads:
        behind = next((w for w in frame.words if w.start >= cue.end), None)
        return len(after) >= 4 and behind is not None and behind.low == "that"
    last = frame.words[-1] if frame.words[-1].is_quote else frame.words[-2] if len(frame.words) > 1 else frame.words[-1]
    following = next((w for w in frame.words if w.start >= cue.end), None)
    if last.is_quote and following is not None and following.text in ",:" and len(after) <= 2:
        return False
    if len(after) <= 3 and frame.quotes[-1].right >= frame.span.end - 1 and _whole(frame):
        return False
    return len(before) + len(after) >= 2


def _whole(frame: Frame) -> bool:
    """One long quotation that follows its cue closes the sentence."""
    return len(frame.quotes) == 1 and frame.quotes[0].end - frame.quotes[0].start > 60


def _is_title(text: str) -> bool:
    """ "Happy Days", "The Dark Side of Comedy": capitals throughout and no full stop."""
    words = [
        w
        for w in re.findall(r"[^\W\d_][\w’'-]*", text)
        if w.lower() not in lex.PREPOSITIONS | lex.ARTICLES | {"and", "or"}
    ]
    return (
        bool(words)
        and all(w[0].isupper() for w in words)
        and text[-1] not in ".!?,"
        and len(words) <= 8
        and not text.isupper()
    )


def _is_speech(text: str, alone: bool) -> bool:
    count = len(text.split())
    if alone and not _is_title(text) and text[-1] in ".!?,":
        return True
    if _is_title(text) or count < 3:
        return False
    return alone or count >= 6 or bool(_FIRST_PERSON.search(text)) or text[-1] in ".!?,"


def _leans(frame: Frame) -> bool:
    return any(w.low in {"he", "she", "his", "her", "him"} for w in frame.words)
