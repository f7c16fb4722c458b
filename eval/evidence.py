"""Evidence of gold questions: words of an article, quoted or named by a span, and where they stand. Knows no question.

A span stands for words that are not ours to pass on. It holds for one version of the article's file, which its digest
names; nothing here says whether the words are an answer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from eval.matching import norm, occurrences
from rag.articles import list_articles, read_article
from rag.domain import Article, Span
from rag.errors import FootnoteError, UnreadableFile
from rag.passages import body_sentences

DIGITS = 16
"""Hexadecimal digits of a file's sha256 that tell its versions apart."""
SPAN_FIELDS = ("start", "end", "digest")
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_SHOWN = 60


class EvidenceError(FootnoteError):
    """A piece of evidence that breaks the form or is not in its article. The message begins with its place."""


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """Words of an article that give an answer. ``spans``: every place where they stand; () when ``quote`` is None.

    ``quote`` None: only the article is known, and any piece of it counts.
    """

    doc: str
    quote: str | None
    spans: tuple[Span, ...] = ()


class ArticleTexts:
    """The texts of a folder's articles, each read once, when it is first asked for.

    Raises:
        ArticlesError: the folder is missing, not a folder, or holds no article.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, Article] = {}
        self._normed: dict[str, str] = {}
        self._sentences: dict[str, tuple[Span, ...]] = {}
        self.ids = frozenset(list_articles(root))

    def __getitem__(self, article: str) -> str:
        """The text of an article.

        Raises:
            KeyError: the folder has no such article.
            UnreadableFile: it cannot be read.
        """
        return self._article(article).text

    def version(self, article: str) -> str:
        """Which version of an article this is: the first digits of its file's sha256; raises as reading it does."""
        return self._article(article).digest[:DIGITS]

    def sentences(self, article: str) -> tuple[Span, ...]:
        """The sentences of an article's body in order; raises as reading it does."""
        if article not in self._sentences:
            found = body_sentences(self._article(article))
            self._sentences[article] = tuple(sentence.span for sentence in found)
        return self._sentences[article]

    def quote(self, article: str, span: Span) -> str | None:
        """The words at a span, None when there are none: no such article, or the span leads out of it."""
        if article not in self.ids:
            return None
        text = self[article]
        return text[span.start : span.end] if 0 <= span.start < span.end <= len(text) else None

    def nearly(self, quote: str, article: str) -> bool:
        """Whether the article has the quote but for capitals, spaces, dashes and forms of quotation marks."""
        if article not in self._normed:
            self._normed[article] = norm(self[article])
        return norm(quote) in self._normed[article]

    def _article(self, article: str) -> Article:
        if article not in self.ids:
            raise KeyError(article)
        if article not in self._read:
            self._read[article] = read_article(self.root, article)
        return self._read[article]


# -- the form ----------------------------------------------------------------------------------------------------------

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class Form(BaseModel):
    """A JSON object of a gold file: types as they are, and fields that are not known are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore")


class EvidenceForm(Form):
    """A piece of evidence as a line gives it: ``quote``, or ``start``, ``end`` and ``digest``.

    The defaults stand for fields that are not there, and ``model_fields_set`` tells: a ``quote`` of null is there.
    """

    doc: Text
    quote: Text | None = None
    start: int = 0
    end: int = 0
    digest: Text = ""

    @property
    def spanned(self) -> bool:
        """Whether any field of a span is there."""
        return not self.model_fields_set.isdisjoint(SPAN_FIELDS)

    def contradiction(self) -> str | None:
        """What is wrong although each field by itself is right; goes on from the name of the piece."""
        there = [name for name in SPAN_FIELDS if name in self.model_fields_set]
        missing = [name for name in SPAN_FIELDS if name not in self.model_fields_set]
        if "quote" in self.model_fields_set:
            return f" has both quote and {there[0]}: give the quote or the span, not both" if there else None
        if not there:
            return ".quote is missing: give it, or start, end and digest in its place"
        if missing:
            return f".{missing[0]} is missing: a span has start, end and digest"
        if not _DIGEST.fullmatch(self.digest):
            return f".digest is {shown(self.digest)}; wanted: {DIGITS} hex digits in lower case"
        return None


def shown(value: object) -> str:
    """A value in an error message: as JSON, cut when it is long."""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _SHOWN else f'{text[: _SHOWN - 4]}..."'


# -- finding -----------------------------------------------------------------------------------------------------------


def locate(piece: EvidenceForm, where: str, texts: ArticleTexts) -> GoldEvidence:
    """The evidence that a line gives, with every place of its words, however it names them.

    Args:
        where: what the piece is called in messages, "evidence[0]".

    Raises:
        EvidenceError: with what was seen and what to do.
    """
    if wrong := piece.contradiction():
        raise EvidenceError(f"{where}{wrong}")
    if piece.doc not in texts.ids:
        raise EvidenceError(f"{where}: there is no article {shown(piece.doc)} in {texts.root}")
    try:
        text = texts[piece.doc]
    except UnreadableFile as error:
        raise EvidenceError(f"{where}: the article {piece.doc} cannot be read: {error}") from None
    quote = _words(piece, where, texts) if piece.spanned else piece.quote
    spans = occurrences(quote or "", text)
    if quote is not None and not spans:
        raise EvidenceError(f"{where}: {not_there(quote, piece.doc, texts)}")
    return GoldEvidence(piece.doc, quote, spans)


def not_there(quote: str, doc: str, texts: ArticleTexts) -> str:
    """That an article does not hold a quote, and whether it nearly does."""
    near = texts.nearly(quote, doc)
    hint = "; it differs in capitals, spaces, dashes or quotation marks only" if near else ""
    return f"the quote {shown(quote)} is not in {doc}{hint}"


def _words(piece: EvidenceForm, where: str, texts: ArticleTexts) -> str:
    """The words at a span, once the article is known to be the version that the span was written for."""
    version, at = texts.version(piece.doc), f"start {piece.start} and end {piece.end}"
    if piece.digest != version:
        raise EvidenceError(
            f"{where}: {piece.doc} has digest {version}, not {piece.digest}, so it is another version of the article: "
            f"get the one whose sha256 begins with {piece.digest}, or write the evidence anew"
        )
    if piece.start >= piece.end:
        raise EvidenceError(f"{where}: {at} bound no words: end has to be greater than start")
    words = texts.quote(piece.doc, Span(piece.start, piece.end))
    if words is None:
        size = len(texts[piece.doc])
        raise EvidenceError(f"{where}: {at} lead out of {piece.doc}, which has {size:,} characters: correct the span")
    if not words.strip():
        raise EvidenceError(f"{where}: {at} bound only white space in {piece.doc}: correct the span")
    return words
