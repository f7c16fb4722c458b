"""Small values in words for the reader: dates, times, quotations, where an article comes from. Knows no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.domain import Answer, Article
from rag.pace import Pace
from rag.wording import QUOTATION_MARKS
from rag.wording import cut as cut
from rag.wording import date_in_words as date_in_words
from rag.wording import quoted as quoted

NO_MODEL = "none"
"""What an answer names as its model when no language model wrote it."""

_MARKS = re.compile(f"[{''.join(QUOTATION_MARKS)}]")
_NAMED_BEHIND = re.compile(r"(?P<said>.+) \((?P<who>.+)\)", re.S)
_NAMED_BEFORE = re.compile(r"(?P<who>[^“]+): (?P<said>“.+”)", re.S)
"""How an answer names who says a sentence that does not tell by itself."""
_TAIL = re.compile(r"\S{1,12}$")


def seconds(milliseconds: float) -> str:
    """Milliseconds as "2.3 s", for tenths are as fine as a reader can feel; what is less than one as "42 ms"."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 95 else f"{milliseconds:.0f} ms"


def times_in_words(answer: Answer) -> str:
    """How long evidence, first word and whole answer took, as far as known; "" when nothing is.

    The first word of a refusal, or of an answer that came all at once, tells nothing and is left out.
    """
    times = answer.timings
    at_once = answer.refused or times.first_token_ms == times.total_ms
    parts = (
        ("evidence", times.retrieval_ms),
        ("first word", None if at_once else times.first_token_ms),
        ("whole", times.total_ms),
    )
    return " · ".join(f"{name} {seconds(value)}" for name, value in parts if value is not None)


def model_in_words(model: str) -> str:
    """The model of an answer, or that there was none."""
    return "no language model" if model == NO_MODEL else model


def is_verbatim(text: str, quote: str, speaker: str = "") -> bool:
    """Whether ``text`` stands in ``quote`` word for word; white space, marks and the speaker named beside it are free.

    Only ``speaker`` may be named: a name that somebody else put there is no word of the article.
    """
    own = [text]
    for form in (_NAMED_BEHIND, _NAMED_BEFORE):
        match = form.fullmatch(text)
        if match and speaker.startswith(match["who"]):
            own.append(match["said"])
    held = _plain(quote)
    return any(plain and plain in held for plain in map(_plain, own))


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).split())


def tied(text: str) -> tuple[str, str]:
    """``text`` cut before the end of its last word, which a line must not part from the numbers behind it."""
    match = _TAIL.search(text)
    tail = match[0] if match else ""
    return text.removesuffix(tail), tail


def provenance(article: Article, pages: Iterable[int] = ()) -> str:
    """Outlet, date and pages in one line; a missing date is left out, so that lists stay quiet."""
    date = date_in_words(article.date) if article.date else None
    return " · ".join(part for part in (article.outlet, date, pages_in_words(pages)) if part)


def pages_in_words(pages: Iterable[int]) -> str:
    """ "page 3", "pages 3, 7"; "" for none."""
    numbers = sorted(set(pages))
    return f"page{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}" if numbers else ""


def count(number: int, noun: str) -> str:
    """ "1 article", "5 articles"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def length_in_words(words: int, minutes: int) -> str:
    """ "640 words, 3 min": how long an article is."""
    return f"{count(words, 'word')}, {minutes} min".replace(f"{words} ", f"{words:,} ", 1)


NOT_A_DATE = "“{typed}” is no date: type it like 2023, 2023-10 or 2023-10-14."
CORRECTED_LATER = "Your correction is kept. It shows as soon as the article has been read again."
UNKNOWN_ARTICLE = (
    "The library holds no article named “{id}”. It may have been renamed or removed from the folder, it may not have "
    "been read yet, or it is in another library than “{library}”, which is open."
)
LOCAL_ONLY = "A folder of this machine is taken where the page is open to this machine alone: leave it empty."
FIELDS = {"title": "Title", "outlet": "Outlet", "author": "Author", "date": "Date", "url": "Link"}
"""What can be corrected of an article, as a form calls it."""
BY_HAND = {"title": "title", "outlet": "outlet", "author": "author", "date": "date", "url": "link"}
"""The same in the middle of a sentence."""
SORTS = {"title": "Title", "date": "Date", "outlet": "Outlet", "length": "Length", "added": "Newly added"}


# -- settings and check-up ---------------------------------------------------------------------------------------------

SAVED = "Saved. This holds from now on."
NOTHING_CHANGED = "Nothing has been changed."
OVERTAKEN = "Another tab had changed the settings since this one was opened; what you chose last holds."
NOT_ENCRYPTED = "That address is not encrypted (http://): the key and what is sent can be read on the way."
KEY_GONE = "The key that was set here is forgotten: a key goes with the address that it was entered for alone."
ENDPOINT_WANTED = "A hosted model wants the endpoint’s address and the model’s name there: fill in both."
NO_FORM = "Nothing was changed: the request is no form of this page."
NO_THEME = "There is no such theme: choose system, light or dark."
NOT_FROM_THERE = (
    "Nothing was changed: this page has no password, so settings are changed on the machine that it runs on alone."
)
NOT_SET, IS_SET = "not set", "set (not shown)"
NO_KEY = "No key is set."
KEY_KEPT = "this page, kept in the data folder"
KEY_FOR_THIS_RUN = "this page, for this run"
ABOUT_NONE = "Answers are the articles’ own sentences. Quickest, and needs nothing."
ABOUT_SMALL = "On this machine. Twice as fast as the 1.5B, less able."
ABOUT_DEFAULT = "On this machine. The default."
ABOUT_HOSTED = "An OpenAI-compatible endpoint of your choice. What you ask leaves this machine."
ABOUT_FILE = "A file on this machine, named when Footnote was started."
HERE = "{size}, here"
TO_FETCH = "{size} to fetch first"
LABELS = {
    "llm_url": "Address",
    "llm_model": "Name of the model there",
    "evidence_tokens": "Evidence for a local model, in tokens",
    "hosted_evidence_tokens": "Evidence for a hosted model, in tokens",
    "hosted_seconds": "Longest wait for a hosted reply, in seconds",
    "threads": "Threads of a local model",
}
LOOKING = "Looking"
MAKING_ANEW = "Making the library anew"
CHECKUP_BROKEN = "Something went wrong while looking. The terminal shows what; looking again may help."
SET_ASIDE = "The old one is in {place}: delete it when you do not need it."


def pace_in_words(pace: Pace) -> str:
    """How fast a model has been on this machine."""
    first, whole = seconds(pace.first_s * 1000), seconds(pace.whole_s * 1000)
    return f"first word after {first}, whole answer after {whole} (median of {count(pace.answers, 'answer')} here)"


def made_anew(articles: int) -> str:
    """What came of making the library anew."""
    return f"The library has been made anew from {count(articles, 'article')}."
