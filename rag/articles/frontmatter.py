"""YAML front matter as plain texts, whatever it holds: scalars and lists of scalars, nothing else. Opens no file.

YAML can name a thing and repeat it, which makes a title of megabytes out of a few hundred bytes, or one that holds
itself; it can nest without end, and turn words into numbers, dates and objects. An article's details need none of that:
values are taken as they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import Event, Node

MAX_CHARS = 20_000
"""Longer front matter describes no article; reading YAML takes its time."""
MAX_DEPTH = 10
_EMPTY = frozenset({"tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"})
"""What says nothing as a title or a name."""

Value = str | list[str]


class FrontMatterError(Exception):
    """What is wrong with the block, in words, and in which of its lines (counted from 0) if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def load(block: str) -> dict[str, Value] | None:
    """The fields of a block of front matter by name, in lower case; those that say nothing are left out.

    Returns:
        None when the block is no mapping of names to values.

    Raises:
        FrontMatterError: it is not YAML, is too long or too deep, repeats itself by aliases, or has a date that
            there is not.
    """
    import yaml

    if len(block) > MAX_CHARS:
        raise FrontMatterError(f"it has {len(block):,} characters, and {MAX_CHARS:,} is the limit")
    try:
        _check(block)
        root = yaml.compose(block, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise FrontMatterError(getattr(error, "problem", None) or "", mark.line if mark else None) from None
    if not isinstance(root, yaml.MappingNode):
        return None
    found = ((key.value, _value(value)) for key, value in root.value if isinstance(key, yaml.ScalarNode))
    return {name.lower(): value for name, value in found if value is not None}


def _check(block: str) -> None:
    """Refuse what would not end: its parts are looked at one after the other before anything is put together."""
    import yaml

    depth = 0
    for event in yaml.parse(block, Loader=yaml.SafeLoader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise FrontMatterError("an alias that repeats another value; write the value out", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise FrontMatterError("brackets or lists within each other without end", line)


def _value(node: Node) -> Value | None:
    from yaml import ScalarNode, SequenceNode

    if isinstance(node, SequenceNode):
        return [text for each in node.value if isinstance(each, ScalarNode) and (text := _text(each)) is not None]
    return _text(node) if isinstance(node, ScalarNode) else None


def _text(node: Node) -> str | None:
    from yaml import SafeLoader

    if node.tag == "tag:yaml.org,2002:timestamp":
        try:
            SafeLoader("").construct_object(node)
        except ValueError as error:  # 2024-13-45
            raise FrontMatterError(str(error), _line(node)) from None
    return None if node.tag in _EMPTY else str(node.value)


def _line(place: Node | Event) -> int | None:
    return place.start_mark.line if place.start_mark else None
