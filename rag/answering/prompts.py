"""All prompt text, in one place. Pure: values in, messages out.

The instructions and worked examples are the same for every question and stand first, so that the model's cache of
them is kept; only the excerpts and the question are read anew. The examples are about nothing that a library of news
is about, and their people have no names, so that nothing can leak from them into an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.domain import Evidence, Turn
from rag.models.base import Message

NOT_FOUND = "NOT FOUND"
"""What the model answers when the excerpts do not hold the answer."""

INSTRUCTIONS = f"""You answer questions about a folder of articles. You are given numbered excerpts from the articles and a question.
Rules:
- Use only the excerpts. Never use anything you remember.
- Answer in one short sentence, or two if the question has several parts. Answer every part of the question.
- Use the excerpt's own words, names and numbers.
- An excerpt that begins with (said by ...) is a claim of that speaker: name the speaker as the one who says it.
- If excerpts contradict each other, give both sides, each with who says it.
- End each sentence with the number of its excerpt in brackets, like [2].
- If the excerpts do not answer the question, reply only: {NOT_FOUND}"""

_EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        """[1] The town's head gardener said on Friday that the old lime tree in the square would be felled because its roots are rotten.
[2] (said by a nursery owner) "A young oak would be the best replacement," she added.

Question: Why will the lime tree be cut down, and what could replace it?""",
        "The town's head gardener said it would be felled because its roots are rotten [1]. A nursery owner said that a young oak would be the best replacement [2].",
    ),
    (
        """[1] The choir's conductor met the organ builder in the chapel on Tuesday.
[2] (said by the organ builder) "The rehearsal lasted about two hours."

Question: How much did the new organ cost?""",
        NOT_FOUND,
    ),
    (
        """[1] "We never promised the ferry company a second pier," the harbour office told the local radio.
[2] The ferry company says that the harbour office promised it a second pier in spring.

Question: was a second pier promised""",
        "The ferry company says that the harbour office promised it a second pier in spring [2], but the harbour office "
        "told the local radio that it never promised one [1].",
    ),
    (
        """[1] The baker's apprentice won the bread contest with a rye loaf that weighed 4 kilograms. "I did not expect it," she said.

Earlier question: Who won the bread contest?
Earlier answer: The baker's apprentice won it.
Question: And what did she say about it?""",
        'She said: "I did not expect it" [1].',
    ),
    (
        """[1] The museum's director praised the volunteers who repaired the mill wheel.
[2] The mill was built by a miller's widow, the guide explained.

Question: What did the director say about the widow?""",
        NOT_FOUND,
    ),
)


def prefix() -> list[Message]:
    """The fixed beginning of every prompt: instructions and worked examples."""
    messages = [Message("system", INSTRUCTIONS)]
    for question, reply in _EXAMPLES:
        messages += [Message("user", question), Message("assistant", reply)]
    return messages


_LABELS = {"credit": "Photo and its credit: ", "byline": "Author line: ", None: ""}
"""What is put before evidence that would mean nothing by itself."""


def ask(
    question: str,
    evidence: Sequence[Evidence],
    history: Sequence[Turn] = (),
    aside: Callable[[Evidence], str | None] = lambda _: None,
) -> Message:
    """The one message that differs: excerpts, the turn before when the question leans on it, and the question.

    ``aside`` tells which evidence is a ``credit`` or a ``byline``.
    """
    lines = [f"[{item.n}] {_LABELS[aside(item)]}{_said_by(item)}{_one_line(item.quote)}" for item in evidence]
    lines.append("")
    if history:
        lines.append(f"Earlier question: {_one_line(history[-1].question)[:200]}")
        lines.append(f"Earlier answer: {_one_line(history[-1].answer)[:240]}")
    lines.append(f"Question: {_one_line(question)}")
    return Message("user", "\n".join(lines))


def _said_by(item: Evidence) -> str:
    """Who is speaking, where the excerpt itself does not name them: "(said by ...) "."""
    names = [label.split(",")[0] for label in (item.speaker or "").split("; ") if label]
    unnamed = [name for name in names if name.split()[-1] not in item.quote]
    return f"(said by {' and '.join(unnamed)}) " if unnamed else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
