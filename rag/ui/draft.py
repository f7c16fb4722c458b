"""What the next question of a tab is asked with: what it keeps to, and which question it replaces. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.domain import EVERYTHING, Within

_FIELDS = {"article": "articles", "outlet": "outlets", "year": "years", "person": "people"}
"""The kinds of choices as pages name them, and where ``Within`` has them."""
MOST_CHOICES = 24
"""Of a kind; who wants more wants all articles."""
MOST_CHARS = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """``editing``: the number of the turn that the next question takes the place of, with all that follow."""

    within: Within = EVERYTHING
    editing: int | None = None

    def plus(self, choice: str) -> Draft:
        """Kept to ``KIND:VALUE`` as well; unchanged when that is no choice."""
        kind, _, value = choice[:MOST_CHARS].partition(":")
        name = _FIELDS.get(kind)
        chosen = getattr(self.within, name) if name else ()
        if not name or not value or value in chosen or len(chosen) >= MOST_CHOICES:
            return self
        return replace(self, within=replace(self.within, **{name: (*chosen, value)}))

    def minus(self, choice: str) -> Draft:
        """No longer kept to ``KIND:VALUE``; to nothing at all when that is ""."""
        kind, _, value = choice.partition(":")
        name = _FIELDS.get(kind)
        if not name:
            return replace(self, within=EVERYTHING) if not choice else self
        left = tuple(each for each in getattr(self.within, name) if each != value)
        return replace(self, within=replace(self.within, **{name: left}))

    def choices(self) -> list[tuple[str, str]]:
        """Everything that is chosen, as kind and value."""
        return [(kind, value) for kind, name in _FIELDS.items() for value in getattr(self.within, name)]
