"""Values to HTML, by Jinja templates that escape everything. Knows no Gradio and no network.

No text of an article or a model is ever marked as safe: it reaches the page as text and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rag.chats import REASONS, Thumb
from rag.domain import Answer, Article, Span, Trace, Turn
from rag.status import Status
from rag.ui.addresses import web_link
from rag.ui.blocks import Block, blocks
from rag.ui.chats.values import Keep, as_it_was
from rag.ui.choices import Choices, chips
from rag.ui.conversation import Conversation
from rag.ui.draft import Draft
from rag.ui.sources import Lookup
from rag.ui.theme import theme
from rag.ui.turns import turn_view
from rag.ui.why import Why, why_address
from rag.ui.words import BY_HAND, count, date_in_words, quoted
from rag.unseen import is_plain, name, token, unseen, visible

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
STATIC_ADDRESS = "/footnote"
SHEETS = ("footnote.css", "adding.css", "settings.css", "keeping.css", "checking.css")
"""The style of every page, the first for what all have in common."""
_NOBODY_SAID: Mapping[int, Thumb] = {}

_TAGS = {"body": "p", "heading": "h3", "residue": "p", "credit": "p", "byline": "p"}
_EXTRACTIVE = "Until it is here, answers are the articles’ own sentences."


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_seen,
    )
    environment.globals.update(count=count, quoted=quoted, theme=theme, reasons=REASONS)
    environment.filters.update(words=_words)
    return environment


def _seen(value: object) -> object:
    """What a template is about to set, with characters that cannot be seen made visible, in attributes too."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _words(text: str) -> str:
    """Text of an article or an answer, where such characters are set apart and named."""
    if is_plain(text):
        return text
    return Markup("").join(
        Markup('<span class="unseen" title="{}">{}</span>').format(name(piece), token(piece)) if hidden else piece
        for piece, hidden in unseen(text)
    )


def fill(template: str, **values: object) -> Markup:
    """A template with these values, each of them escaped."""
    # Safe because the template escaped every value that is not itself such a result.
    return Markup(_environment().get_template(template).render(**values))


@cache
def static_address(name: str) -> str:
    """Where the page fetches a file of ``static/`` from; changes with the file, so that no stale copy is used."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"{STATIC_ADDRESS}/{name}?v={digest}"


def turn_html(
    answer: Answer, number: int, lookup: Lookup, before: Sequence[Turn] = (), *, last: bool, keep: Keep | None = None
) -> Markup:
    """One question and its answer as far as it has come. ``last`` adds what can be done to the newest only.

    ``keep``: where the turn is kept, for what can be done with it there.
    """
    why = why_address(answer) if answer.done else ""
    view = turn_view(answer, number, lookup, before)
    return fill("turn.html", turn=view, last=last, keep=keep or Keep("", number), why=why)


def why_html(view: Why) -> Markup:
    """Why an answer is what it is."""
    return fill("why.html", why=view)


def trace_html(instructions: Sequence[tuple[str, str]], trace: Trace) -> Markup:
    """What the model was sent, by who speaks, and what it replied."""
    return fill("trace.html", instructions=instructions, trace=trace)


def above_html(draft: Draft, titles: Mapping[str, str]) -> Markup:
    """What stands above the box: the choices that questions are kept to, and which question is being edited."""
    return fill("above.html", draft=draft, chips=chips(draft.within, titles))


def choices_html(found: Sequence[Choices]) -> Markup:
    """What questions can be kept to."""
    return fill("choices.html", found=found)


def followups_html(questions: Sequence[str]) -> Markup:
    """Questions that lead on, under the newest answer."""
    return fill("followups.html", questions=list(questions))


def keys_html() -> Markup:
    """The sheet of keys."""
    return fill("keys.html")


def skeleton_html() -> Markup:
    """What stands on the chat page until Gradio has built it."""
    return fill("skeleton.html")


def turns_html(talk: Conversation, lookup: Lookup, thumbs: Mapping[int, Thumb] = _NOBODY_SAID) -> Markup:
    """The finished turns of a conversation, oldest first; a newer one follows, so none of them is the last."""
    return Markup("").join(_turns(talk, lookup, thumbs, last=False))


def resumed_html(talk: Conversation, lookup: Lookup, thumbs: Mapping[int, Thumb]) -> tuple[Markup, Markup]:
    """Likewise where none follows: the older turns, and the last one."""
    turns = _turns(talk, lookup, thumbs, last=True)
    return Markup("").join(turns[:-1]), Markup("").join(turns[-1:])


def _turns(talk: Conversation, lookup: Lookup, thumbs: Mapping[int, Thumb], *, last: bool) -> list[Markup]:
    turns = []
    for place, (number, answer, before) in enumerate(talk.finished()):
        keep = Keep(talk.chat, number, thumbs.get(number))
        known = as_it_was(talk.of(place).articles, lookup)
        newest = last and place == len(talk.answers) - 1
        turns.append(turn_html(answer, number, known, before, last=newest, keep=keep))
    return turns


def bar_html(status: Status) -> Markup:
    """The top bar: name, number of articles, model; below it a strip while something loads or has gone wrong."""
    loading = bool(status.phase) or not status.ready
    mood = "bad" if status.problem else "busy" if loading else "ok" if status.model_ready else "idle"
    return fill("bar.html", status=status, mood=mood, words=_model_words(status), strip=_strip(status))


def _model_words(status: Status) -> str:
    """The model once it is there; before that what is missing, or what goes on unless the strip says that."""
    if status.model_ready:
        return status.model
    if status.can_cancel or status.can_fetch:
        return "No language model yet"
    return status.phase or (status.model if status.ready else "Starting")


def _strip(status: Status) -> str:
    if status.problem:
        return status.problem
    if status.can_cancel:
        return f"{status.phase}. {_EXTRACTIVE}" if status.phase else _EXTRACTIVE
    if status.can_fetch:
        return f"The language model is not on this machine. {_EXTRACTIVE}"
    return status.phase if status.progress is not None else " ".join(filter(None, (status.notice, status.news)))


def welcome_html(status: Status, examples: Sequence[str]) -> Markup:
    """What stands in an empty conversation: what this is, and questions to begin with."""
    return fill("welcome.html", status=status, examples=list(examples))


def panel_html() -> Markup:
    """The empty source panel; the script fills it."""
    return fill("panel.html")


def article_html(
    article: Article, cited: Span | None = None, page: int | None = None, word: str = "", also: Sequence[Span] = ()
) -> Markup:
    """The article as the source panel shows it, with the words of ``cited`` marked, or opened at ``page``.

    ``word`` stands above it; the words of ``also`` are marked lightly.
    """
    found = [block for block in blocks(article, cited, also) if block.text or block.form == "rule"]
    begun = (run.page for block in found for run in block.runs if run.page)
    opened = next((number for number in begun if page and number >= page), None)
    return fill(
        "article.html",
        article=article,
        blocks=_without_repeated_title(article, found),
        opened=None if cited else opened,
        date=date_in_words(article.date),
        link=web_link(article.url),
        tag=_tag,
        web_link=web_link,
        by_hand=" and ".join(", ".join(BY_HAND[name] for name in article.corrected).rsplit(", ", 1)),
        quoted_id=quote(article.id, safe=""),
        word=word,
    )


def _tag(block: Block) -> str:
    """A heading of Markdown is one even where it is set as a byline or the like."""
    if block.form == "heading" and block.kind in ("body", "heading"):
        return "h3" if block.level < 3 else "h4"
    return _TAGS[block.kind]


def _without_repeated_title(article: Article, found: list[Block]) -> list[Block]:
    """The title stands above already; headings at the very top that only repeat it are left out, unless cited."""
    while found and found[0].kind == "heading" and not found[0].cited and found[0].text == article.title:
        found = found[1:]
    return found


def missing_html(title: str, message: str) -> Markup:
    """What stands in the place of an article that cannot be shown."""
    return fill("missing.html", title=title, message=message)


def chats_html(days: Sequence[tuple[str, Sequence[object]]], query: str, said: object) -> Markup:
    """The list of chats by day. ``said``: what has just been done, or what went wrong."""
    return fill("chats.html", days=days, query=query, said=said)


def chat_html(body: Markup, chat: str) -> Markup:
    """A whole chat to be read, above it what can be done with it."""
    return fill("chat.html", body=body, chat=chat)


def note_html(words: str) -> Markup:
    """A sentence in the place of an answer, or nothing."""
    return Markup('<p class="fail" role="status">{}</p>').format(visible(words)) if words else Markup("")


def thumbs_html(keep: Keep) -> Markup:
    """What a reader thinks of a turn, and the forms that say so."""
    return fill("thumbs.html", keep=keep)


def api_html(groups: Sequence[object]) -> Markup:
    """What other programs can send. ``groups``: as ``rag.ui.api.page`` makes them."""
    return fill("api.html", groups=groups)


def page_html(title: str, body: Markup, *, listed: bool = True) -> Markup:
    """``body`` as a page of its own, without Gradio and without script."""
    return fill("page.html", title=title, body=body, sheets=[static_address(name) for name in SHEETS], listed=listed)


def login_html(words: str, onward: str) -> Markup:
    """The form for the password, whole in itself, for nothing else is served before. ``words``: what went wrong."""
    return fill("login.html", words=words, onward=onward, css=_sheet())


@cache
def login_policy() -> str:
    """The Content-Security-Policy of that form: its own style, itself as the form's address, nothing more."""
    digest = base64.b64encode(hashlib.sha256(_sheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


@cache
def _sheet() -> Markup:
    # Safe because it is our own file.
    return Markup((STATIC / "footnote.css").read_text(encoding="utf-8"))
