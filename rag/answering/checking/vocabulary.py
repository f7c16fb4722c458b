"""Lists of words that the comparisons lean on. Knows nothing but English."""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """The words of a list that is written as text."""
    return tuple(text.split())


GROUPS = (
    "us|usa|u.s|u.s.a|united states|america|american|washington|white house",
    "uk|u.k|united kingdom|britain|great britain|british|london|briton|england|english",
    "un|u.n|united nations",
    "eu|e.u|european union|europe|european|brussels",
    "russia|russian|moscow|kremlin|russian federation|rf",
    "china|chinese|beijing|prc|people's republic of china|peking",
    "france|french|paris|elysee",
    "germany|german|berlin",
    "ukraine|ukrainian|kyiv|kiev",
    "japan|japanese|tokyo",
    "turkey|turkish|turkiye|ankara",
    "iran|iranian|tehran",
    "israel|israeli",
    "india|indian|new delhi",
    "netherlands|dutch|holland",
    "poland|polish|pole|warsaw",
    "greece|greek",
    "spain|spanish|spaniard",
    "switzerland|swiss",
    "sweden|swedish|swede",
    "denmark|danish|dane",
    "finland|finnish|finn",
    "norway|norwegian",
    "philippines|philippine|filipino",
    "thailand|thai",
    "czech republic|czechia|czech",
    "saudi arabia|saudi",
    "north korea|dprk|pyongyang",
    "south korea|rok|seoul",
    "belgium|belgian",
    "egypt|egyptian|cairo",
    "nato|north atlantic treaty organization|north atlantic alliance",
    "congress|congressman|congresswoman|congressional",
)
"""Forms of one name that no rule of spelling finds; countries with the capitals that news put for their governments."""
TITLES = listed(
    "president vice minister prime secretary senator congressman representative mr mrs ms miss dr sir lord lady "
    "professor prof general colonel major captain king queen prince princess pope director chairman chairwoman chair "
    "governor mayor judge justice ambassador chancellor premier spokesman spokeswoman spokesperson coordinator "
    "analyst expert republican democrat ceo official leader"
)
"""Roles, often written with a capital: words like others."""
