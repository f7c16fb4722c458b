"""The shelf: looking through articles, correcting details and libraries by forms, and what attacks them."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.domain import Article, Holdings, Mark, Unreadable
from rag.ui.addresses import article_address
from rag.ui.articles import article_routes
from rag.ui.shelf.catalogue import Catalogue, Choice, date_bound
from rag.ui.shelf.routes import shelf_routes
from rag.ui.shelf.views import address, details_address, list_html
from tests.fake_assistant import ARTICLES, FakeAssistant
from tests.promises.hostile import PAYLOADS

BRIDGE = ARTICLES[0].id


def _article(id: str, title: str, text: str = "Nothing.", **known: object) -> Article:
    return Article(id, text, "d", title, **known)  # type: ignore[arg-type]


FERRY = _article(
    "1.txt", "Ferries stop", "The café closed. " * 200, outlet="The Courier", date="2023-10-14", author="Ada Ek"
)
TRAM = _article("2.txt", "A tram for Åland", "Trams ran late.", outlet="Post", date="2023-10")
PORT = _article("3.txt", "bridge of sighs", "Long ago.", outlet="The Courier", date="2022")
UNDATED = _article("4.txt", "Dams", "A party artefact, said Olsen.")
HELD = Holdings(
    (FERRY, TRAM, PORT, UNDATED),
    {"Rita Olsen": ("4.txt", "1.txt"), "Per Ek": ("2.txt",)},
    {"1.txt": 10.0, "2.txt": 40.0, "3.txt": 30.0, "4.txt": 20.0},
)


def _ids(**choice: str) -> str:
    return "".join(entry.article.id[0] for entry in Catalogue(HELD).find(Choice(**choice)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sort", "ids"),
    [("title", "2341"), ("date", "2134"), ("outlet", "2314"), ("length", "1423"), ("added", "2341")],
)
def test_the_orders(sort: str, ids: str) -> None:
    """Titles without regard to capitals and accents; the newest, longest, latest first; what has none comes last."""
    assert _ids(sort=sort) == ids


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("cafe", "1"),
        ("CAFÉ closed", "1"),
        ("ferr courier", "1"),
        ("art", "4"),  # a word's beginning, not the middle of "party"
        ("aland", "2"),
        ("ada", "1"),
        ("courier", "31"),
        ("tram nothing", ""),
        ("", "2341"),
        ("?!", "2341"),
        ("<script>", ""),
        (".*", "2341"),
    ],
)
def test_words_are_found_in_title_outlet_author_and_text(typed: str, ids: str) -> None:
    assert _ids(q=typed) == ids


@pytest.mark.parametrize(
    ("since", "until", "ids"),
    [
        ("2023", "2023", "21"),
        ("2023-10-15", "", "2"),  # some day of that October
        ("2023-10-14", "2023-10-14", "21"),
        ("", "2022", "3"),
        ("2022-06", "2022-07", "3"),
        ("", "2023-09", "3"),
        ("2024", "", ""),
        ("", "", "2341"),
    ],
)
def test_dates_that_are_cut_short_mean_each_of_their_days(since: str, until: str, ids: str) -> None:
    assert _ids(since=since, until=until) == ids


def test_outlet_and_person_keep_to_their_articles() -> None:
    assert (_ids(outlet="The Courier"), _ids(outlet="Courier")) == ("31", "")
    assert (_ids(person="olsen"), _ids(person="Rita"), _ids(person="ek"), _ids(person="nobody"), _ids(person="?")) == (
        "41", "41", "2", "", "",
    )  # fmt: skip
    assert _ids(person="olsen", outlet="The Courier", q="café", since="2023") == "1"


def test_numbers_in_titles_are_in_order() -> None:
    held = Holdings(tuple(_article(f"{n}", f"Report {n}") for n in (10, 9, 100)))
    assert [entry.article.id for entry in Catalogue(held).find(Choice())] == ["9", "10", "100"]


def test_length_leaves_residue_out_and_counts_scripts_without_spaces() -> None:
    text = "Home News Sport\n\nOne two three four."
    marked = _article("a", "T", text, marks=(Mark(0, 15, "residue"),))
    chinese = _article("b", "T", "汉" * 460)
    words = {e.article.id: (e.words, e.minutes) for e in Catalogue(Holdings((marked, chinese))).find(Choice())}
    assert words == {"a": (4, 1), "b": (231, 1)}


def test_what_is_typed_as_a_date() -> None:
    assert [date_bound(typed) for typed in ("", " 2023 ", "2023-10", "14 October 2023", "x", "03/04/2023")] == [
        "", "2023", "2023-10", "2023-10-14", None, None,
    ]  # fmt: skip


def test_links_keep_the_other_choices() -> None:
    assert address(Choice()) == "/articles"
    assert address(Choice(q="a&b", outlet="Ö"), sort="date") == "/articles?q=a%26b&sort=date&outlet=%C3%96"
    assert address(Choice(sort="date"), page=2) == "/articles?sort=date&page=2"


# Pages


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


def _client(assistant: FakeAssistant, *, local: bool = True) -> TestClient:
    app = FastAPI()
    app.include_router(article_routes(assistant))
    app.include_router(shelf_routes(assistant, local=local))
    return TestClient(app)


@pytest.fixture
def pages(assistant: FakeAssistant) -> TestClient:
    return _client(assistant)


def test_the_list_tells_title_outlet_author_date_and_length(pages: TestClient) -> None:
    text = pages.get("/articles").text
    assert "Old harbour bridge to be replaced" in text and "3 articles" in text
    assert re.search(r"The Inlet Courier · Ada Lindqvist · 14 March 2023 · \d+ words, 1 min", text)
    assert "In <b" in text and "Harbour" in text
    assert f'data-scope="{BRIDGE}" data-title="Old harbour bridge to be replaced"' in text.replace("&#35;", "#")
    assert 'href="/?only=harbour%2Fold%20bridge%20%231.txt"' in text
    assert 'href="/details?article=harbour%2Fold%20bridge%20%231.txt"' in text
    assert 'action="/remove"' in text


def test_search_sort_and_filter_by_a_form_that_works_without_script(pages: TestClient) -> None:
    found = pages.get(
        "/articles", params={"q": "halvorsen", "sort": "date", "person": "Olsen", "outlet": "", "since": ""}
    )
    assert "1 of 3 articles" in found.text and "Old harbour bridge" in found.text and "Tram drivers" not in found.text
    assert (
        'value="halvorsen"' in found.text
        and 'href="/articles?q=halvorsen&amp;sort=length&amp;person=Olsen"' in found.text
    )
    nothing = pages.get("/articles", params={"q": "nowhere"}).text
    assert "No article is like that" in nothing and "0 of 3 articles" in nothing
    wrong = pages.get("/articles", params={"since": "soon"})
    assert wrong.status_code == 200 and "“soon” is no date" in wrong.text and "3 articles" in wrong.text


def test_unknown_orders_and_pages_are_the_first(pages: TestClient) -> None:
    for page in ("0", "-1", "x", "99999999", "²"):
        assert pages.get("/articles", params={"page": page, "sort": "digest"}).text.count('class="entry"') == 3


def test_what_was_not_read_is_named_with_its_reason() -> None:
    held = Holdings((FERRY,), unread=(Unreadable("scan <1>.pdf", "a scan: there is no text in it."),))
    text = str(list_html(Catalogue(held), Choice()))
    assert "1 file not read" in text and "scan &lt;1&gt;.pdf</span>: a scan: there is no text in it." in text


def test_six_hundred_articles_are_listed_within_200_ms() -> None:
    body = "The mayor said that the harbour would be rebuilt before winter comes. " * 90
    articles = tuple(
        _article(f"{n}.txt", f"Article {n}", body + str(n), outlet=f"Outlet {n % 49}", date=f"2023-{n % 12 + 1:02}-01")
        for n in range(609)
    )
    people = {f"Person Number{n}": (f"{n % 609}.txt",) for n in range(3000)}
    took = {}
    started = time.perf_counter()
    catalogue = Catalogue(Holdings(articles, people, {a.id: 1.0 for a in articles}))
    text = str(list_html(catalogue, Choice()))
    took["first"] = time.perf_counter() - started
    assert text.count('class="entry"') == 50 and "609 articles" in text and "Page 1 of 13" in text
    list_html(catalogue, Choice(q="harbour"))  # Folds the texts, once.
    for name, choice in {
        "again": Choice(sort="date"),
        "search": Choice(q="mayor harb 17"),
        "filter": Choice(person="number7", since="2023-03", outlet="Outlet 7"),
    }.items():
        started = time.perf_counter()
        list_html(catalogue, choice)
        took[name] = time.perf_counter() - started
    assert max(took.values()) < 0.2, took


# Corrections


def test_a_date_is_corrected_and_said_to_be_by_hand(pages: TestClient) -> None:
    form = pages.get("/details", params={"article": BRIDGE}).text
    assert 'name="date" value="2023-03-14"' in form and "Corrected by hand" not in form
    typed = {"article": BRIDGE, "title": "Old harbour bridge to be replaced", "outlet": "The Inlet Courier",
             "author": "Ada Lindqvist", "url": "https://courier.example/bridge", "date": "2 mars 2023"}  # fmt: skip
    done = pages.post("/details", data=typed, params={"fragment": "1"})
    assert done.status_code == 200 and "2 March 2023" in done.text and "date corrected by hand" in done.text
    assert "2 March 2023" in pages.get("/articles").text
    form = pages.get("/details", params={"article": BRIDGE}).text
    assert "The file has “2023-03-14”" in form and form.count("Corrected by hand") == 1


def test_without_script_the_page_of_the_article_follows(pages: TestClient) -> None:
    reply = pages.post("/details", data={"article": "trams.txt", "title": "Trams"}, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, "/articles/trams.txt")


def test_only_what_was_touched_is_corrected_and_what_the_file_says_is_no_correction(
    pages: TestClient, assistant: FakeAssistant
) -> None:
    typed = {"article": BRIDGE, "title": "New", "outlet": "The Inlet Courier", "author": "", "date": "2023-03-14",
             "url": "https://courier.example/bridge"}  # fmt: skip
    pages.post("/details", data=typed)
    assert assistant.corrections.of(BRIDGE) == {"title": "New", "author": ""}
    pages.post("/details", data=typed | {"title": "Old harbour bridge to be replaced"})
    assert assistant.corrections.of(BRIDGE) == {"author": ""}
    pages.post("/details", data=typed | {"title": "Old harbour bridge to be replaced", "restore": "author"})
    assert assistant.corrections.of(BRIDGE) == {}


@pytest.mark.parametrize(
    "wrong",
    [{"date": "03/04/2022"}, {"url": "javascript:alert(1)"}, {"title": ""}, {"title": "x" * 100_000},
     {"outlet": "a\u202eb"}, {"author": "a\0b"}],
)  # fmt: skip
def test_a_refused_correction_shows_the_form_again_with_what_was_typed(
    wrong: dict[str, str], pages: TestClient, assistant: FakeAssistant
) -> None:
    typed = {"article": BRIDGE, "title": "New", "outlet": "<b>O</b>"} | wrong
    reply = pages.post("/details", data=typed, params={"fragment": "1"})
    assert reply.status_code == 400 and 'role="alert"' in reply.text and len(reply.text) < 20_000
    assert "\u202e" not in reply.text and "\0" not in reply.text
    assert assistant.corrections.of(BRIDGE) == {}


def test_html_in_a_correction_is_shown_as_text_everywhere(pages: TestClient) -> None:
    usable = [payload[:400] for payload in PAYLOADS if payload.isprintable() and payload.strip()]
    address_ = article_address(BRIDGE)
    for title, outlet in zip(usable[::2], usable[1::2], strict=False):
        assert pages.post("/details", data={"article": BRIDGE, "title": title, "outlet": outlet}).status_code == 200
        for text in (pages.get("/articles").text, pages.get(address_).text, pages.get(details_address(BRIDGE)).text):
            assert not re.search(r"<(script|img|iframe|svg|style|object|base)\b", text, re.I), (title, outlet)
            assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', text)), (title, outlet)


@pytest.mark.parametrize("id", ["none.txt", "../../etc/passwd", "\0", "x" * 5000, "<script>", ""])
def test_details_of_what_is_not_there(id: str, pages: TestClient) -> None:
    for reply in (
        pages.get("/details", params={"article": id}),
        pages.post("/details", data={"article": id, "title": "T"}),
    ):
        assert reply.status_code == 404 and "<script" not in reply.text and "holds no article" in reply.text


# Libraries


def test_a_library_is_made_opened_renamed_and_forgotten(pages: TestClient, assistant: FakeAssistant) -> None:
    made = pages.post("/libraries/make", data={"name": "Ferries & trams"}, params={"fragment": "1"})
    assert made.status_code == 200 and "Ferries &amp; trams" in made.text
    assert "“Ferries &amp; trams” is there now. Open it" in made.text
    assert "is there now" not in pages.get("/libraries").text
    assert pages.post("/libraries/open", data={"name": "Ferries & trams"}, follow_redirects=False).status_code == 303
    assert assistant.status().library == "Ferries & trams"
    assert "There are no articles yet" in pages.get("/articles").text
    old = pages.get("/articles/trams.txt")
    assert old.status_code == 404 and "another library than “Ferries &amp; trams”" in old.text
    pages.post("/libraries/rename", data={"name": "Ferries & trams", "new": "Boats"})
    refused = pages.post("/libraries/forget", data={"name": "Boats"})
    assert refused.status_code == 400 and "open another library first" in refused.text
    pages.post("/libraries/open", data={"name": "Harbour"})
    pages.post("/libraries/forget", data={"name": "Boats"})
    assert [one.name for one in assistant.libraries.all()] == ["Harbour"]
    assert (assistant.shelf / "data" / "articles" / "Ferries & trams").is_dir(), "no file is deleted"


@pytest.mark.parametrize(
    "name", ["../../etc", "a\0b", "<img src=x onerror=alert(1)>", "x" * 200_000, "", "\u202eevil", "Harbour"]
)
def test_hostile_names_are_refused_in_a_sentence(name: str, pages: TestClient, assistant: FakeAssistant) -> None:
    for path, data in [
        ("make", {"name": name}),
        ("open", {"name": name + "x"}),
        ("rename", {"name": "Harbour", "new": name if name != "Harbour" else ""}),
        ("forget", {"name": name}),
    ]:
        reply = pages.post(f"/libraries/{path}", data=data)
        assert reply.status_code == 400 and 'role="alert"' in reply.text, path
        assert "<img" not in reply.text and "\u202e" not in reply.text and len(reply.text) < 20_000
    assert [one.name for one in assistant.libraries.all()] == ["Harbour"]
    assert not (assistant.shelf / "data" / "articles").exists()


def test_a_folder_of_the_machine_is_taken_only_where_the_page_is_the_machines_alone(assistant: FakeAssistant) -> None:
    folder = assistant.shelf / "mine"
    folder.mkdir()
    data = {"name": "Mine", "folder": str(folder)}
    away = _client(assistant, local=False)
    assert 'name="folder"' not in away.get("/libraries").text
    refused = away.post("/libraries/make", data=data)
    assert refused.status_code == 400 and "this machine alone" in unescape(refused.text)
    assert not (assistant.shelf / "data" / "articles").exists()
    here = _client(assistant)
    assert 'name="folder"' in here.get("/libraries").text
    here.post("/libraries/make", data=data)
    assert assistant.libraries.find("mine").folder == folder.resolve()
