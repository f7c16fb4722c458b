"""Which language a request is in, and what is said to somebody who does not write English. Knows no article."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.retrieval.spelling import is_english
from rag.retrieval.terms import words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

SURE = 0.9
"""Probability from which a language is taken for granted; a few words of English seldom look like another's."""
ENGLISH = 0.75
"""Share of English words from which a request is English whatever it looks like ("best pizza in Chicago")."""

NOTES = {
    "de": "Die Artikel sind auf Englisch. Am nächsten kommen diese Sätze:",
    "fr": "Les articles sont en anglais. Voici les phrases les plus proches\u00a0:",
    "es": "Los artículos están en inglés. Estas son las frases más cercanas:",
    "it": "Gli articoli sono in inglese. Queste sono le frasi più vicine:",
    "pt": "Os artigos estão em inglês. Estas são as frases mais próximas:",
    "nl": "De artikelen zijn in het Engels. Deze zinnen komen het dichtst in de buurt:",
    "pl": "Artykuły są po angielsku. Oto najbliższe zdania:",
    "sv": "Artiklarna är på engelska. De här meningarna ligger närmast:",
    "da": "Artiklerne er på engelsk. Disse sætninger kommer nærmest:",
    "no": "Artiklene er på engelsk. Disse setningene kommer nærmest:",
    "fi": "Artikkelit ovat englanniksi. Nämä lauseet ovat lähimpänä:",
    "tr": "Makaleler İngilizcedir. En yakın cümleler şunlar:",
    "ru": "Статьи на английском языке. Вот самые близкие предложения:",
    "uk": "Статті англійською мовою. Ось найближчі речення:",
    "cs": "Články jsou v angličtině. Nejblíže jsou tyto věty:",
    "ro": "Articolele sunt în engleză. Acestea sunt frazele cele mai apropiate:",
    "hu": "A cikkek angol nyelvűek. Ezek a mondatok állnak a legközelebb:",
    "el": "Τα άρθρα είναι στα αγγλικά. Οι πιο κοντινές προτάσεις:",
    "ar": "المقالات باللغة الإنجليزية. أقرب الجمل:",
    "he": "המאמרים באנגלית. המשפטים הקרובים ביותר:",
    "fa": "مقاله‌ها به انگلیسی هستند. نزدیک‌ترین جمله‌ها:",
    "hi": "लेख अंग्रेज़ी में हैं। सबसे निकट के वाक्य:",
    "zh": "这些文章是英文的。最接近的句子是：",
    "ja": "記事は英語です。最も近い文は次のとおりです：",
    "ko": "기사는 영어로 되어 있습니다. 가장 가까운 문장은 다음과 같습니다:",
}
"""That the articles are English and what comes closest follows, in each language that is told apart."""
NOTHING = {
    "de": "Die Artikel sind auf Englisch; bitte fragen Sie auf Englisch.",
    "fr": "Les articles sont en anglais\u00a0; posez votre question en anglais, s’il vous plaît.",
    "es": "Los artículos están en inglés; pregunte en inglés, por favor.",
    "it": "Gli articoli sono in inglese; per favore, chieda in inglese.",
    "pt": "Os artigos estão em inglês; pergunte em inglês, por favor.",
    "nl": "De artikelen zijn in het Engels; stel uw vraag alstublieft in het Engels.",
    "pl": "Artykuły są po angielsku; proszę zapytać po angielsku.",
    "sv": "Artiklarna är på engelska; ställ gärna frågan på engelska.",
    "da": "Artiklerne er på engelsk; stil venligst spørgsmålet på engelsk.",
    "no": "Artiklene er på engelsk; still gjerne spørsmålet på engelsk.",
    "fi": "Artikkelit ovat englanniksi; kysythän englanniksi.",
    "tr": "Makaleler İngilizcedir; lütfen İngilizce sorun.",
    "ru": "Статьи на английском языке; пожалуйста, спросите по-английски.",
    "uk": "Статті англійською мовою; будь ласка, запитайте англійською.",
    "cs": "Články jsou v angličtině; zeptejte se prosím anglicky.",
    "ro": "Articolele sunt în engleză; vă rugăm să întrebați în engleză.",
    "hu": "A cikkek angol nyelvűek; kérjük, kérdezzen angolul.",
    "el": "Τα άρθρα είναι στα αγγλικά· ρωτήστε στα αγγλικά.",
    "ar": "المقالات باللغة الإنجليزية؛ يرجى السؤال بالإنجليزية.",
    "he": "המאמרים באנגלית; אנא שאלו באנגלית.",
    "fa": "مقاله‌ها به انگلیسی هستند؛ لطفاً به انگلیسی بپرسید.",
    "hi": "लेख अंग्रेज़ी में हैं; कृपया अंग्रेज़ी में पूछें।",
    "zh": "这些文章是英文的；请用英文提问。",
    "ja": "記事は英語です。英語で質問してください。",
    "ko": "기사는 영어로 되어 있습니다. 영어로 질문해 주세요.",
}
"""That the articles are English, where nothing comes close."""


_FIRST_SENTENCE = re.compile(r".*?[.。।:]")


def in_short(code: str) -> str:
    """That the articles are English, without the words on what follows."""
    return _FIRST_SENTENCE.match(NOTES[code])[0]  # type: ignore[index]  # each has a stop


def language_of(text: str, is_name: Callable[[str], bool] = lambda _: False) -> str | None:
    """The language of a request as a code of ``NOTES``; None for English and for what cannot be told.

    ``is_name``: whether the articles know a word as a name, which says nothing about a language.
    """
    telling = [word for word in words(text) if not is_name(word)]
    english = sum(word.isascii() and is_english(word) for word in telling)
    if not telling or english >= ENGLISH * len(telling):
        return None
    code, sure = _identifier().classify(text)
    foreign = not any(word.isascii() for word in telling)  # Another script is no English, whichever it is.
    return str(code) if code != "en" and (foreign or sure >= SURE) else None


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", *NOTES])
    return identifier
