"""The sentences that say what an article is about, and what a folder is about. Knows words and places, no model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.briefs.figures import figure_weight
from rag.briefs.standing import is_prose, stands_alone, weight
from rag.briefs.values import Sentences
from rag.domain import Article, Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FOUR, _FIVE = 10, 18
"""Sentences of an article from which four, and five, tell it."""
_USUAL = 5
_TITLE, _CENTRE, _LEAD, _NAMES, _FIGURES, _SPEAKER = 0.8, 1.0, 0.45, 0.25, 0.2, 0.25
"""What counts in a sentence's favour: likeness to the headline, to the whole, its early place, names, figures, a
speaker in full."""
_ONE = 0.7
"""What an early place counts more, where one sentence stands for the article."""
_REDUNDANT, _SAME = 0.9, 0.6
"""What likeness to a chosen sentence costs; from which likeness two sentences tell the same."""
_REPEATED, _STEM = 0.6, 5
"""Share of the shorter sentence's telling words from which two tell the same in other forms; letters that tell one."""
_LEAD_REACH = 6
_OVERVIEW_SENTENCES, _OVERVIEW_WORDS = 25, 5000
_OVERVIEW_ARTICLES = 1500
"""Articles that are compared with one another at most; of more, every so-many-th."""
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")


def summary(article: Article, sentences: Sequence[Sentence], most: int = 5) -> tuple[Sentence, ...]:
    """Up to ``most`` sentences that tell an article, in reading order; each stands alone and no two say the same.

    Three of a short article, five of a long one, unless ``most`` asks for more; fewer where fewer stand alone, ()
    where there is no prose.
    """
    usable = _usable(article, sentences)
    if not usable:
        return ()
    worth, like = _worth(article, sentences, usable, _LEAD)
    wanted = min(most, 3 + (len(sentences) >= _FOUR) + (len(sentences) >= _FIVE)) if most <= _USUAL else most
    return tuple(usable[place] for place in sorted(_chosen(usable, worth, like, wanted)))


def overview(articles: Mapping[str, Article], sentences: Sentences, most: int = 8) -> tuple[tuple[str, Sentence], ...]:
    """Article ids with the one sentence that says best what each is about, in the order of ``articles``.

    Of more articles than ``most``, those that stand for the others and differ most. One without prose is left out.
    """
    ids = [id for id in articles if sentences.get(id)]
    told: list[tuple[str, Sentence]] = []
    for id in _typical(articles, sentences, ids, most):
        usable = _usable(articles[id], sentences[id])
        if usable:
            worth, _ = _worth(articles[id], sentences[id], usable, _LEAD + _ONE)
            told.append((id, usable[int(worth.argmax())]))
    return tuple(told)


def _usable(article: Article, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those that stand alone; without any, the prose of at least a few words."""
    once = list({s.text.casefold(): s for s in reversed(sentences)}.values())[::-1]
    return [s for s in once if stands_alone(article, s)] or [
        s for s in once if is_prose(s.text) and len(s.text.split()) > 4 and not s.text.endswith("?")
    ]


def _worth(
    article: Article, sentences: Sequence[Sentence], usable: Sequence[Sentence], early: float
) -> tuple[Floats, Floats]:
    """What each usable sentence is worth, and how alike each two of them are."""
    import numpy as np

    texts = [s.text for s in sentences if is_prose(s.text)]
    title = article.title if article.title_given else usable[0].text
    rows = _vectors([*texts, title, *(s.text for s in usable)])
    whole, head, own = rows[: len(texts)], rows[len(texts)], rows[len(texts) + 1 :]
    centre = _scaled(_centrality(own, whole))
    places = {s.id: place for place, s in enumerate(sentences)}
    lead = np.array([max(0.0, 1 - places[s.id] / _LEAD_REACH) for s in usable])
    known = " ".join([title, *texts])
    names = _scaled(np.array([_names(s.text, known) for s in usable]))
    figures = np.array([min(1.0, figure_weight(s.text)) for s in usable])
    people = {said.speaker for said in article.statements if " " in said.speaker}
    speaks = np.array([float(any(name in s.text for name in people)) for s in usable])
    worth = (
        _SPEAKER * speaks
        + _TITLE * _scaled(own @ head)
        + _CENTRE * centre
        + early * lead
        + _NAMES * names
        + _FIGURES * figures
    )
    return worth * np.array([weight(s.text) for s in usable]), np.maximum(own @ own.T, _repeated(usable))


def _repeated(sentences: Sequence[Sentence]) -> Floats:
    """``_SAME`` for each two sentences that share most of the shorter one's words, whatever their endings; else 0."""
    import numpy as np
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # type: ignore[import-untyped]

    told = [
        {word[:_STEM] for word in re.findall(r"\w{3,}", s.text.lower()) if word not in ENGLISH_STOP_WORDS}
        for s in sentences
    ]
    same = [[len(a & b) >= _REPEATED * max(1, min(len(a), len(b))) for b in told] for a in told]
    return np.where(np.array(same), _SAME, 0.0)


def _vectors(texts: Sequence[str], most: int | None = None) -> Floats:
    """TF-IDF rows of length one, of the ``most`` frequent words; zeros for a text of nothing but stop words."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    model: Any = TfidfVectorizer(stop_words="english", sublinear_tf=True, strip_accents="unicode", max_features=most)
    try:
        return np.asarray(model.fit_transform(texts).toarray(), dtype=np.float64)
    except ValueError:  # no word is left
        return np.zeros((len(texts), 1))


def _centrality(own: Floats, whole: Floats) -> Floats:
    """How much of the article each sentence is like: its mean likeness to all others and to the article as one."""
    import numpy as np

    middle = whole.mean(axis=0)
    length = float(np.linalg.norm(middle)) or 1.0
    like: Floats = own @ whole.T
    return np.asarray(0.5 * _scaled(own @ middle / length) + 0.5 * _scaled((like > 0.1).mean(axis=1)))


def _scaled(values: Floats) -> Floats:
    top = float(values.max()) if values.size else 0.0
    return values / top if top > 0 else values


def _names(text: str, known: str) -> float:
    """How often the article has the names of a sentence, with less and less for each more."""
    return float(sum(min(known.count(name), 6) for name in set(_NAME.findall(text))) ** 0.5)


def _chosen(usable: Sequence[Sentence], worth: Floats, like: Floats, wanted: int) -> list[int]:
    """Places of the sentences that are worth most, each less by what the ones before have said."""
    import numpy as np

    chosen: list[int] = []
    open_ = np.ones(len(usable), dtype=bool)
    while len(chosen) < wanted and open_.any():
        said = like[:, chosen].max(axis=1) if chosen else np.zeros(len(usable))
        open_ &= said < _SAME
        if not open_.any():
            break
        best = int(np.where(open_, worth - _REDUNDANT * said, -np.inf).argmax())
        chosen.append(best)
        open_[best] = False
    return chosen


def _typical(articles: Mapping[str, Article], sentences: Sentences, ids: Sequence[str], most: int) -> list[str]:
    """Those articles to which, together, all are most alike, in the given order; all if they are not too many."""
    import numpy as np

    if len(ids) <= most:
        return list(ids)
    ids = ids[:: -(-len(ids) // _OVERVIEW_ARTICLES)]
    texts = [" ".join([articles[id].title, *(s.text for s in sentences[id][:_OVERVIEW_SENTENCES])]) for id in ids]
    rows = _vectors(texts, _OVERVIEW_WORDS)
    like = rows @ rows.T
    taken: list[int] = []
    covered = np.zeros(len(ids))
    for _ in range(most):
        gain = np.maximum(like, covered[:, None]).sum(axis=0) - covered.sum()
        gain[taken] = -1.0
        taken.append(int(gain.argmax()))
        covered = np.maximum(covered, like[:, taken[-1]])
    return [ids[place] for place in sorted(taken)]
