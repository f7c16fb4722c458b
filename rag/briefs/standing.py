"""Whether a sentence can be told by itself. Knows a sentence and its article's statements, no score."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.domain import Article, Sentence
from rag.quotes import is_named
from rag.quotes import lexicon as lex
from rag.quotes.words import tokens

MIN_WORDS, MAX_WORDS = 8, 45
_INSIDE = 0.6
"""Share of a sentence that somebody must say for it to be their words."""

_THE_ONE = (
    r"latter|former|two|three|pair|duo|trio|same|other|first|second|third|following|expert|analyst|politician|diplomat"
    r"|source|interlocutor|official|spokesman|spokeswoman|spokesperson|author|representative|minister|newspaper|agency"
    r"|document|bill|meeting|visit|part(?:y|ies)|sides|move|announcement|decision|statement|report|news|deal|post|result"
    r"|woman|man|parent|star|actor|actress|singer|coach|\d+-year-old|step|changes?|figures?|idea|problem|answer"
    r"|question|reason|rest|bloc|company|firm|campaign|site|app|video|clip|final|alternative"
)
_LEANING = re.compile(
    r"^(?:he|she|they|it|his|her|their|its|this|that|these|those|such|we|you|i|our|my|your|both|neither|another|one"
    r"|others?|some|here|then|there|thus|hence|same|yes|no|or|none|well|oh|now|especially|compared (?:to|with)|perhaps"
    r"|according to (?:him|her|them|this|that|the \w+[,.])|if (?:that|this|it|so|anything)|which|who|(?:when )?asked"
    r"|(?:in|as a|for|of|at|by|with|on|after|before|during|despite|because of|due to|in response to|following|since)"
    r" (?:this|that|these|those|such|it|him|her|them|return|particular|response|all this|addition,? (?:it|s?he|they))"
    rf"|the (?:{_THE_ONE}))\b"
    r"|^similarly\b|^(?:an? )?similar (?:opinion|view|position|assessment|point|statement|situation)\b"
    r"|^among other things|^for (?:example|instance|all this)|^(?:that|it|s?he|they|there)['’]s?",
    re.I,
)
_LINKED = re.compile(
    r"^(?:but|and|so|yet|however|instead|also|moreover|in addition|in turn|on the contrary|still|though|therefore"
    r"|as a result|meanwhile|at the same time|against (?:the|this) background|in fact|recall that|in other words|plus"
    r"|for now|at that point|earlier|recently|a (?:few|day|week|month|year)|by contrast|on the other)\b",
    re.I,
)
_SERVICE = re.compile(
    r"sign(?:ing)? up\b|newsletter|subscri(?:be|ption)|cookie|privacy (?:policy|notice)|e-?mail address|read more"
    r"|click (?:here|on)|advertisement|follow us|see also|leave a (?:reply|comment)|all rights reserved|©|https?:|www\."
    r"|\{\{|getty images|photo(?:graph)?(?: by|:)|contributed to this report|has contacted|required fields"
    r"|share (?:this|on)|terms of (?:use|service)|affiliate|promo code|stay ahead of|download our|originally published"
    r"|this article (?:was|is)|image (?:credit|source)|watch (?:the|this) (?:video|clip)"
    r"|you may also like|we['’]ll update"
    r"|for comment\b|responsible gambling|18\+|t&cs|odds courtesy|bet \$?\d+|more on this|update:|\?{3}",
    re.I,
)
_POINTERS = lex.words("he she him his her hers they them their himself herself themselves")
_FIRST_PERSON = lex.words("i we you our my your us me i'm we're we've i've you're you'll let's")
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|will|would|can|could|may|might|must|should|do|does|did|\w{2,}ed"
    r"|went|came|took|made|saw|met|led|won|lost|gave|got|told|sent|set|put|hit|held|kept|began|left|flew|grew|rose|fell"
    r"|found|spent|paid|sold|bought|broke|brought|became|ran|says?|said|goes|gets|takes|makes|plans|wants|seeks|sees"
    r"|believes?|believe|remains?|calls|faces|shows|gives|comes|keeps|helps|offers|needs|continues|expects|means)\b",
)
_LOOSE = re.compile(
    r"\bsuch (?!as\b)|\bthese \w+|\balso\b"
    r"|\bthe (?:republican|expert|analyst|politician|diplomat|republic|policy)\b|\bthose \w+s\b",
    re.I,
)
_SUCH = re.compile(r"\bsuch an? \w+", re.I)
"""Such a document: what it is stands elsewhere."""
_QUOTES = re.compile(r"[\"“”«»„]")
_QUOTED = re.compile(r"“[^”]*”|«[^»]*»|\"[^\"]*\"")
_SAID = lex.SAY | lex.QUOTE_ONLY | lex.MENTAL


def stands_alone(article: Article, sentence: Sentence) -> bool:
    """Whether a sentence can be understood, and credited to who says it, without the ones around it."""
    text = sentence.text.strip()
    if not MIN_WORDS <= len(text.split()) <= MAX_WORDS or not is_prose(text) or text.rstrip("\"”»’'").endswith("?"):
        return False
    if _LEANING.match(text.lstrip("\"“«‘'(— -")) or _points_back(text, article.text):
        return False
    return _quotes_are_whole(text) and not _is_anothers(article, sentence)


@lru_cache(maxsize=4096)
def is_prose(text: str) -> bool:
    """Whether a line is a sentence of running text rather than a caption, a teaser or a piece of the page."""
    text = text.strip()
    opens = re.match(r"[\"“«‘'(\[]*[A-Z0-9$£€]", text) or re.match(r"[\"“«‘'(\[]*i[A-Z]", text)
    return bool(opens) and bool(re.search(r"[.!?…][\"”»’')\]]*$", text)) and not _SERVICE.search(text)


def weight(text: str) -> float:
    """0 to 1: how well a sentence that stands alone does so; less for links, the reader's "you" and no verb."""
    bare = _QUOTED.sub(" ", text)
    words = re.findall(r"[\w'’]+", bare.lower().replace("’", "'"))
    value = 0.7 if _LINKED.match(text) else 1.0
    value *= 0.8 if text[0] in '"“«' else 1.0
    value *= 0.7 if _LOOSE.search(bare) else 1.0
    value *= 0.5 if _SUCH.search(bare) else 1.0
    value *= 0.4 if "?" in bare else 1.0
    value *= 0.45 if _FIRST_PERSON & set(words) else 1.0
    value *= 1.0 if _VERB.search(text) else 0.5
    value *= 0.75 if "!" in text or text.startswith(("(", "—", "–", "-")) else 1.0
    value *= 0.7 if not re.search(r"(?<!^)\b[A-Z]", text) else 1.0  # nobody and nothing is named
    long = len(text.split())
    return value * (0.75 if long > 36 or long < 11 else 1.0)


def _points_back(text: str, article: str) -> bool:
    """Whether a pronoun for people stands before any name that it could stand for."""
    bare = _QUOTED.sub(" ", text)
    for place, word in enumerate(tokens(bare, 0, len(bare))):
        if re.split(r"['’]", word.low)[0] in _POINTERS:
            return True
        if word.is_name and (place > 0 or (word.low not in _STARTERS and _is_inside(word.text, article))):
            return False
        if place and word.low.rstrip("s") in _HUMAN:
            return False  # "a woman who lost her husband"
    return False


def _is_inside(word: str, article: str) -> bool:
    """Whether a word stands within a sentence somewhere: then its capital is not due to a sentence's beginning."""
    at = article.find(f" {word}")
    while at >= 0:
        end = at + 1 + len(word)
        before, behind = article[at - 1 : at], article[end : end + 1]
        if (before == "," or ("a" <= before <= "z")) and not (behind.isalnum() or behind == "_"):
            return True
        at = article.find(f" {word}", end)
    return False


_STARTERS = lex.words("although while when after before if because since despite during earlier later once until")
_HUMAN = {word.rstrip("s") for word in lex.PERSON_NOUNS - lex.GROUP_NOUNS}


def _quotes_are_whole(text: str) -> bool:
    """No quotation that is open at an end of the sentence, and none without who says it."""
    marks = _QUOTES.findall(text)
    if not marks:
        return True
    if len(marks) % 2 or marks[0] in "”»" or marks[-1] in "“«":
        return False
    if text[0] not in '"“«„':
        return True
    rest = _QUOTED.sub(" ", text)
    words = tokens(rest, 0, len(rest))
    return any(w.low in _SAID for w in words) and any(w.is_name for w in words)


def _is_anothers(article: Article, sentence: Sentence) -> bool:
    """Whether somebody says the sentence who is not named in it."""
    for said in article.statements:
        if said.kind == "direct" and said.span.overlap(sentence.span) >= _INSIDE * len(sentence.span):
            return not is_named(said.speaker, _QUOTED.sub(" ", sentence.text)) or not _QUOTES.search(sentence.text)
    return False
