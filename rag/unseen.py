"""Characters that cannot be seen, made visible: controls, turned text, hidden letters. Knows no page and no terminal.

An article may hold characters that move a terminal's cursor, turn the order of the words around them, or carry words
that no reader sees. What is cited is the article's words exactly, so nothing is removed from a text; only where one is
shown does a token such as ``[U+202E]`` stand for such a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ALWAYS = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed; among them escape and C1's one-character CSI
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # direction: marks, embeddings, overrides, isolates
    r"\u180e\u200b\u2060-\u2065\ufeff"  # no width
    r"\u115f\u1160\u3164\uffa0"  # letters that fill nothing
    r"\u2028\u2029\ufff9-\ufffb\U0001d173-\U0001d17a"  # lines, notes, music
    r"\ud800-\udfff\U000e0100-\U000e01ef"  # halves of characters; variants of letters that have none
)
_FLAG = r"(?<=\U0001f3f4)[\U000e0061-\U000e007a]{2,6}\U000e007f"  # England, Scotland, Wales
_JOINED = r"(?<=[^\x00-\u05ff\s])[\u200c\u200d](?=\S)"  # as Arabic, Indic letters and emoji want it
_DRAWN = r"(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"  # as names want to be written
_UNSEEN = re.compile(
    rf"(?P<kept>{_FLAG}|{_JOINED}|{_DRAWN})|[{_ALWAYS}\u200c\u200d\U000e0000-\U000e007f]",
)
_RARE = re.compile("[\u115f\u1160\u3164\uffa0\U000e0100-\U000e01ef]")
"""Those among them that Python takes for printable."""
_NAMES = {
    0x061C: "Arabic letter mark",
    0x200B: "zero width space",
    0x200C: "zero width non-joiner",
    0x200D: "zero width joiner",
    0x200E: "left-to-right mark",
    0x200F: "right-to-left mark",
    0x202A: "left-to-right embedding",
    0x202B: "right-to-left embedding",
    0x202C: "end of a direction",
    0x202D: "left-to-right override",
    0x202E: "right-to-left override",
    0x2066: "left-to-right isolate",
    0x2067: "right-to-left isolate",
    0x2068: "first strong isolate",
    0x2069: "end of an isolate",
    0xFEFF: "zero width no-break space",
}


def visible(text: str, *, lines: bool = True) -> str:
    """``text`` with a token in the place of every character that cannot be seen.

    ``lines``: whether line feeds and tabs are left; without, the text stays in one line.
    """
    if is_plain(text):
        return text
    shown = _UNSEEN.sub(lambda m: m[0] if m["kept"] else token(m[0]), text)
    return shown if lines else _IN_A_LINE.sub(lambda m: token(m[0]), shown)


_IN_A_LINE = re.compile(r"[\n\t]")


def is_plain(text: str) -> bool:
    """Whether nothing in ``text`` can be hidden, as in almost every text; said of none that has several lines."""
    return text.isprintable() and (text.isascii() or _RARE.search(text) is None)


def token(character: str) -> str:
    """What stands for a character: ``[U+202E]``."""
    return f"[U+{ord(character):04X}]"


def name(character: str) -> str:
    """What a character is, in words."""
    code = ord(character)
    if 0xE0000 <= code <= 0xE007F:
        return "hidden letter"
    return _NAMES.get(code, "control character" if code < 0xA0 else "character that cannot be seen")


def unseen(text: str) -> Iterator[tuple[str, bool]]:
    """``text`` in pieces, each with whether it is a character that cannot be seen."""
    at = 0
    for match in _UNSEEN.finditer(text):
        if match["kept"]:
            continue
        if match.start() > at:
            yield text[at : match.start()], False
        yield match[0], True
        at = match.end()
    if at < len(text):
        yield text[at:], False


def escaped(json: str) -> str:
    r"""JSON text with such characters as ``\uXXXX``: the same value, and nothing that a terminal would act upon."""
    return _UNSEEN.sub(lambda m: m[0] if m["kept"] else _escape(m[0]), json)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
