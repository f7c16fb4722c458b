"""Articles in brief: their summary, events, people, countries, organisations, places and figures, as sentences.

Pure functions over sentences; knows no model, no library and no question. Nothing is put into words here: what is
returned are the articles' own sentences, and names and times as they stand in them. ``brief`` is made when an article
is read, and kept in the library; ``joining`` makes one of many.
"""

from rag.briefs.countries import countries
from rag.briefs.events import dates, events
from rag.briefs.figures import figures
from rag.briefs.joining import organisations_of, people_of, things
from rag.briefs.making import BRIEFS_VERSION, brief
from rag.briefs.organisations import organisations, outlets
from rag.briefs.people import people
from rag.briefs.places import places
from rag.briefs.summary import likeness, overview, summary, told_in, typical
from rag.briefs.values import Brief, Event, Named, Person, Sentences, Thing

__all__ = [
    "BRIEFS_VERSION",
    "Brief",
    "Event",
    "Named",
    "Person",
    "Sentences",
    "Thing",
    "brief",
    "countries",
    "dates",
    "events",
    "figures",
    "likeness",
    "organisations",
    "organisations_of",
    "outlets",
    "overview",
    "people",
    "people_of",
    "places",
    "summary",
    "things",
    "told_in",
    "typical",
]
