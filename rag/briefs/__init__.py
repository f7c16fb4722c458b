"""Articles in brief: their summary, events, people, countries, organisations, places and figures, as sentences.

Pure functions over sentences; knows no model, no library and no question. Nothing is put into words here: what is
returned are the articles' own sentences, and names and times as they stand in them.
"""

from rag.briefs.countries import countries
from rag.briefs.events import dates, events
from rag.briefs.figures import figures
from rag.briefs.organisations import organisations
from rag.briefs.people import people
from rag.briefs.places import places
from rag.briefs.summary import overview, summary
from rag.briefs.values import Event, Person, Sentences, Thing

__all__ = [
    "Event",
    "Person",
    "Sentences",
    "Thing",
    "countries",
    "dates",
    "events",
    "figures",
    "organisations",
    "overview",
    "people",
    "places",
    "summary",
]
