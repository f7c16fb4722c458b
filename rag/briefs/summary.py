"""The sentences that say what an article is about, and what a folder is about. Knows words and places, no model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.briefs.figures import figure_weight
from rag.briefs.standing import is_prose, stands_alone, weight
from rag.briefs.values import Brief, Sentences
from rag.domain import Article, Sentence, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FOUR, _FIVE = 10, 18
"""Sentences of an article from which four, and five, tell it."""
_USUAL, MOST = 5, 9
"""Sentences of a summary, and of a long one, at most."""
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
_OVERVIEW_WORDS = 5000
_OVERVIEW_ARTICLES = 1500
"""Articles that are compared with one another at most; of more, every so-many-th."""
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")


def summary(article: Article, sentences: Sequence[Sentence], most: int = 5) -> tuple[Sentence, ...]:
    """Up to ``most`` sentences that tell an article, in reading order; each stands alone and no two say the same.

    Three of a short article, five of a long one, unless ``most`` asks for more; fewer where fewer stand alone, ()
    where there is no prose.
    """
    usual = usual_length(sentences)
    ranked, _ = ranked_with_gist(article, sentences)
    return tuple(sorted(ranked[: min(most, usual) if most <= _USUAL else most], key=lambda s: s.start))


def usual_length(sentences: Sequence[Sentence]) -> int:
    """How many sentences tell an article."""
    return 3 + (len(sentences) >= _FOUR) + (len(sentences) >= _FIVE)


def told_in(brief: Brief, most: int) -> tuple[Span, ...]:
    """Of a summary that is kept what ``summary`` gives."""
    return tuple(sorted(brief.summary[: min(most, brief.usual) if most <= _USUAL else most]))


def ranked_with_gist(article: Article, sentences: Sequence[Sentence]) -> tuple[tuple[Sentence, ...], Sentence | None]:
    """The sentences that tell an article, up to nine in order of worth, and the one that says best what it is about."""
    usable = _usable(article, sentences)
    if not usable:
        return (), None
    features = _features(article, sentences, usable)
    chosen = _chosen(usable, _worth(features, _LEAD), features.like, MOST)
    return tuple(usable[place] for place in chosen), usable[int(_worth(features, _LEAD + _ONE).argmax())]


def overview(articles: Mapping[str, Article], sentences: Sentences, most: int = 8) -> tuple[tuple[str, Sentence], ...]:
    """Article ids with the one sentence that says best what each is about, in the order of ``articles``.

    Of more articles than ``most``, those that stand for the others and differ most. One without prose is left out.
    """
    ids = [id for id in articles if sentences.get(id)]
    chosen = ids
    if len(ids) > most:
        words = [Counter(re.findall(r"\w{3,}", " ".join(s.text for s in sentences[id]).lower())) for id in ids]
        chosen = [ids[place] for place in typical(likeness(words), most)]
    gists = ((id, ranked_with_gist(articles[id], sentences[id])[1]) for id in chosen)
    return tuple((id, gist) for id, gist in gists if gist is not None)


def likeness(words: Sequence[Mapping[str, int]]) -> Floats:
    """How alike articles are, by how often each has its words: cosines of TF-IDF, (articles, articles)."""
    import numpy as np
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    frequency = Counter(word for own in words for word in own)
    known = {word: place for place, (word, _) in enumerate(frequency.most_common(_OVERVIEW_WORDS))}
    pairs = [(row, known[word], n) for row, own in enumerate(words) for word, n in own.items() if word in known]
    rows, columns, counts = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    rare = np.log((1 + len(words)) / (1 + np.array([frequency[word] for word in known]))) + 1
    values = (1 + np.log(counts)) * rare[columns]
    matrix = csr_matrix((values, (rows, columns)), shape=(len(words), max(1, len(known))), dtype=np.float64)
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1.0
    return np.asarray((matrix @ matrix.T).toarray() / lengths[:, None] / lengths)


def typical(like: Floats, most: int) -> list[int]:
    """The places of the articles to which, together, all are most alike, in order."""
    import numpy as np

    pool = np.arange(len(like))[:: -(-len(like) // _OVERVIEW_ARTICLES)]
    like, taken = like[np.ix_(pool, pool)], list[int]()
    covered = np.zeros(len(pool))
    for _ in range(min(most, len(pool))):
        gain = np.maximum(like, covered[:, None]).sum(axis=0) - covered.sum()
        gain[taken] = -1.0
        taken.append(int(gain.argmax()))
        covered = np.maximum(covered, like[:, taken[-1]])
    return [int(pool[place]) for place in sorted(taken)]


def _usable(article: Article, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those that stand alone; without any, the prose of at least a few words."""
    once = list({s.text.casefold(): s for s in reversed(sentences)}.values())[::-1]
    return [s for s in once if stands_alone(article, s)] or [
        s for s in once if is_prose(s.text) and len(s.text.split()) > 4 and not s.text.endswith("?")
    ]


@dataclass(frozen=True)
class _Features:
    """Of each usable sentence: all that counts but its place, its place, how well it stands alone, whom it is like."""

    telling: Floats
    lead: Floats
    alone: Floats
    like: Floats


def _features(article: Article, sentences: Sequence[Sentence], usable: Sequence[Sentence]) -> _Features:
    import numpy as np

    texts = [s.text for s in sentences if is_prose(s.text)]
    title = article.title if article.title_given else usable[0].text
    rows = _vectors([*texts, title, *(s.text for s in usable)])
    whole, head, own = rows[: len(texts)], rows[len(texts)], rows[len(texts) + 1 :]
    places = {s.id: place for place, s in enumerate(sentences)}
    known = " ".join([title, *texts])
    names = _scaled(np.array([_names(s.text, known) for s in usable]))
    figures = np.array([min(1.0, figure_weight(s.text)) for s in usable])
    people = {said.speaker for said in article.statements if " " in said.speaker}
    speaks = np.array([float(any(name in s.text for name in people)) for s in usable])
    telling = _SPEAKER * speaks + _TITLE * _scaled(own @ head) + _CENTRE * _scaled(_centrality(own, whole))
    return _Features(
        telling + _NAMES * names + _FIGURES * figures,
        np.array([max(0.0, 1 - places[s.id] / _LEAD_REACH) for s in usable]),
        np.array([weight(s.text) for s in usable]),
        np.maximum(own @ own.T, _repeated(usable)),
    )


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


def _worth(features: _Features, early: float) -> Floats:
    """What each usable sentence is worth."""
    worth: Floats = (features.telling + early * features.lead) * features.alone
    return worth


def _vectors(texts: Sequence[str]) -> Floats:
    """TF-IDF rows of length one; zeros for a text of nothing but stop words."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    model: Any = TfidfVectorizer(stop_words="english", sublinear_tf=True, strip_accents="unicode")
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
