"""What is said to what is no request for anything in the articles. Knows no article; cites nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rag.domain import FOR_EXAMPLE, AnswerSentence
from rag.models import Embedder
from rag.requests.lines import Lines
from rag.requests.nearest import Phrases, nearest

_GREETINGS: Phrases = {
    "Hello.": ("hello", "hi there", "good morning", "hey, anyone there?", "hello, nice to meet you"),
    "You are welcome.": ("thanks", "thank you very much", "great, that helped", "well done, good job", "perfect"),
    "Goodbye.": ("bye", "see you later", "good night, that is all"),
    "All well here, thank you.": ("how are you?", "how is it going today?"),
    "Sorry about that.": ("this is useless", "you are wrong", "you are stupid"),
}
"""What is answered, and what is said when it is fitting: the nearest in meaning decides."""

HELP = (
    "Ask anything that the articles in this folder may say, in your own words. Footnote answers in the articles’ own "
    "sentences; the number behind each opens the place where it stands, and where the articles do not say, it says so.",
    "It can also brief you on all articles, summarise one, draw up a timeline, say who is who and what somebody says, "
    "set views side by side, and list countries, organisations, figures or all mentions of a word.",
    "It reads nothing but this folder, makes nothing up, and works on this computer: nothing is sent anywhere unless a "
    "hosted model is set.",
)


SHOWN = 4
"""Examples in an answer."""


def smalltalk(lines: Lines, vector: Sequence[float], embedder: Embedder) -> None:
    """An answer in kind, and what can be asked. ``vector`` is the request's."""
    reply, _ = nearest(vector, _GREETINGS, embedder)
    lines.say(f"{reply} Ask about the articles in this folder, or for an overview of them.")


def help_(lines: Lines, examples: Sequence[str]) -> None:
    """What can be asked, with examples."""
    for text in HELP:
        lines.say(text)
    _for_example(lines, examples)


def vague(lines: Lines, examples: Sequence[str]) -> None:
    """Asks back, with choices that are answered."""
    lines.say("What about? A name, a topic or an article is needed to look for.")
    _for_example(lines, examples)


def outside(lines: Lines, count: int) -> None:
    """What Footnote is for instead."""
    lines.say(
        f"That is not a matter for the articles. Footnote answers from the {count} article{'' if count == 1 else 's'} "
        "in this folder and nothing else: ask for an overview to see what they are about."
    )


def _for_example(lines: Lines, examples: Sequence[str]) -> None:
    offered = list(dict.fromkeys(["What are these articles about?", *examples]))
    lines.add(FOR_EXAMPLE, [AnswerSentence(example) for example in offered[:SHOWN]])
