"""The library in Chroma: articles, their passages, and the vectors of these. The single source of truth.

Knows Chroma, and is the only room that does; knows no file of an article, no reader, no model and no question.

An article is *complete* once its own record stands in the articles collection. That record is written last and
removed first, and everything that reads looks at complete articles only: whatever a killed process has left half
done is invisible until ``sweep`` removes it.

Damage is noticed when the library is opened (``rag.seal``) and when it is read as a whole (a checksum in each article's
record). A library that cannot be written is read from a copy: Chroma writes whenever it opens one.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from rag import records, seal
from rag.briefs.values import Brief
from rag.domain import Article, Passage
from rag.errors import LibraryError, LibraryUnwritable
from rag.place import LibraryLock, Place, collection_prefix, lock
from rag.records import Contents, Entry, Record, Row

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

__all__ = ["Contents", "Library", "LibraryLock", "lock"]

PAGE = 1000
"""Records per reading request: bounds memory and the size of a server's reply."""

WRITE_BATCH = 500
"""Records per write, at most: a search may have to wait for one batch, not for a whole article."""

# On 6,000 sentences of news and MiniLM's vectors these find 99.8 % of the exact first 50, in 2 ms; the defaults 98.3 %.
_HNSW: CreateHNSWConfiguration = {"space": "cosine", "ef_construction": 200, "ef_search": 200}


class Library:
    """The stored articles of one folder. Use ``open``; close it when done, or use it in a ``with`` statement.

    Safe to share between threads: one call to Chroma at a time, so that a search and a sync may run side by side.
    Any method raises ``LibraryError`` when the database fails. What another machine writes to the same folder's
    collections on a Chroma server is not seen until the library is opened again.
    """

    def __init__(
        self, place: Place, prefix: str, owned: LibraryLock | None, unwritable: LibraryUnwritable | None = None
    ) -> None:
        self.unwritable = unwritable
        """Why nothing can be changed: then this is a copy of the library, to be read."""
        self._place = place
        self._prefix = prefix
        self._owned_lock = owned
        self._guard = threading.RLock()
        self._closed = False
        self._fingerprint: tuple[str, str] | None = None
        # Replaced as a whole, never changed in place: a reader in another thread keeps what it has.
        self._entries: Mapping[str, Entry] = {}
        self._sealed = False
        if not place.url:
            with place.failing("opened"):
                if damage := seal.damage(place.folder):
                    raise place.damaged(damage)
                seal.remove(place.folder)
        self._client = _connect(place)
        try:
            with self._using("opened"):
                self._load()
        except BaseException:
            self._client.close()
            raise

    @classmethod
    def open(
        cls, articles: Path, data: Path, *, chroma_url: str | None = None, lock: LibraryLock | None = None
    ) -> Library:
        """Open, or create, the library of the folder ``articles`` in the folder ``data``.

        Args:
            articles: the folder of articles; only its path matters here.
            data: where the library and its lock are kept.
            chroma_url: a Chroma server to use in place of the embedded database.
            lock: a lock on ``data`` that the caller has already taken and will release; None takes one here.

        A library that cannot be written is opened for reading, and ``unwritable`` says why.

        Raises:
            LibraryBusy: another process holds ``data``.
            LibraryDamaged: what is stored is not what was written.
            LibraryError: the folder or database cannot be used, or the server cannot be reached.
        """
        place = Place.of(data, chroma_url)
        owned = LibraryLock(data) if lock is None else None
        try:
            if owned:
                owned.acquire()
            return cls._opened(place, collection_prefix(articles), owned, (lock or owned or LibraryLock(data)))
        except BaseException:
            if owned:
                owned.release()
            raise

    @classmethod
    def _opened(cls, place: Place, prefix: str, owned: LibraryLock | None, lock: LibraryLock) -> Library:
        why = lock.unwritable if not place.url else None
        if why is None:
            try:
                return cls(place, prefix, owned)
            except LibraryUnwritable as error:
                why = error
        if not place.folder.is_dir():
            raise why
        try:
            copy = place.copied()
        except OSError:
            raise why from None
        try:
            return cls(copy, prefix, owned, why)
        except BaseException:
            copy.discard()
            raise

    def close(self) -> None:
        """Let go of the database, and of the lock if ``open`` took it. Safe to call twice."""
        with self._guard:
            if not self._closed:
                self._closed = True
                self._client.close()
                if not self._sealed:
                    self._seal()
                self._place.discard()
        if self._owned_lock:
            self._owned_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # What is stored

    def fingerprint(self) -> tuple[str, str] | None:
        """What the stored vectors and passages were made with: (embedder, passages). None when new or cleared."""
        return self._fingerprint

    @property
    def revision(self) -> str:
        """Changes whenever the stored content does; the same content has the same revision."""
        entries, fingerprint = self._entries, self._fingerprint
        lines = ["\0".join(filter(None, (id, entries[id].digest, entries[id].corrected))) for id in sorted(entries)]
        return hashlib.sha256("\n".join([repr(fingerprint), *lines]).encode("utf-8")).hexdigest()

    def digests(self) -> dict[str, str]:
        """The digest of each complete article, by id."""
        return {id: entry.digest for id, entry in self._entries.items()}

    def corrected(self) -> dict[str, str]:
        """What each complete article has been corrected in by hand, by id (``rag.records.corrected_row``)."""
        return {id: entry.corrected for id, entry in self._entries.items()}

    def articles(self) -> list[Article]:
        """All complete articles with their text, sorted by id."""
        with self._using("read"):
            rows = _pages(self._articles, "documents", "metadatas")
            found = [records.to_article(id, text, data) for id, text, data in rows if id in self._entries]
        return sorted(found, key=lambda article: article.id)

    def article(self, article_id: str) -> Article | None:
        """One complete article, or None when the library does not have it."""
        if article_id not in self._entries:
            return None
        with self._using("read"):
            found = next(_pages(self._articles, "documents", "metadatas", ids=[article_id]), None)
        return records.to_article(*found) if found else None

    def passages(self) -> list[Passage]:
        """The passages of all complete articles, sorted by article and start."""
        with self._using("read"):
            rows = _pages(self._passages, "documents", "metadatas")
            found = [records.to_passage(text, data) for _, text, data in rows if data["article"] in self._entries]
        return sorted(found, key=lambda passage: (passage.article, passage.start, passage.end))

    def contents(self) -> Contents:
        """Articles and passages of the same moment, also while a sync is under way."""
        with self._using("read"):
            articles = [row for row in _pages(self._articles, "documents", "metadatas") if row[0] in self._entries]
            passages: dict[str, list[Row]] = {id: [] for id in self._entries}
            for row in _pages(self._passages, "documents", "metadatas"):
                if row[2]["article"] in passages:
                    passages[row[2]["article"]].append(row)
            self._check(articles, passages)
            return records.to_contents(self.revision, articles, passages)

    def _check(self, articles: Sequence[Row], passages: Mapping[str, Sequence[Row]]) -> None:
        """See that what was read is what was written."""
        for row in articles:
            if not records.is_whole(row, passages[row[0]]):
                raise self._place.damaged(f"what is stored of {row[0]} is not as it was written")
        if len(articles) < len(self._entries):
            gone = min(self._entries.keys() - {id for id, _, _ in articles})
            raise self._place.damaged(f"{gone} is gone")

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        """The ``k`` passages whose vectors are most similar to ``vector``.

        Args:
            vector: a unit vector of as many floats as the stored ones.
            k: how many at most; fewer come back when the library has no more.

        Returns:
            (``Passage.id``, cosine similarity from -1 to 1), best first.
        """
        if k < 1 or not self._entries:
            return []
        wanted = k
        while True:
            found = self._query(vector, wanted)
            complete = [(id, similarity) for id, similarity in found if records.article_of(id) in self._entries]
            if len(complete) >= k or len(found) < wanted:
                return complete[:k]
            wanted *= 2  # some belong to articles that are not complete: look further

    # Changing it

    def begin(self, embedder: str, passages: str) -> None:
        """Remember what the vectors and passages to come are made with. Nothing to do when it is so already.

        Raises:
            LibraryError: the library holds articles that were made with something else; ``clear`` it first.
        """
        wanted = (embedder, passages)
        if self.unwritable:
            raise self.unwritable
        if self._fingerprint == wanted:
            return
        if self._entries:
            raise LibraryError(f"The library holds {self._fingerprint}, not to be mixed with {wanted}: clear it first.")
        with self._changing("prepared"):
            # What a killed process has left may have vectors of another length: start with new collections.
            self._recreate()
            self._articles.modify(metadata=records.fingerprint_record(embedder, passages))
            self._fingerprint = wanted

    def clear(self) -> None:
        """Remove everything of this folder's library; those of other folders stay."""
        self._place.check_room(0)
        with self._changing("cleared"):
            self._recreate()

    def replace(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Sequence[Sequence[float]],
        brief: Brief | None = None,
    ) -> None:
        """Store an article anew, whether or not it was there. It becomes visible when all of it is written.

        Args:
            article, passages: what to store.
            vectors: one unit vector for each passage, in order.
            brief: what is kept of the article in brief; it stands in the article's own record.

        Raises:
            LibraryError: ``begin`` was not called, or there are not as many vectors as passages.
            LibraryUnwritable: there is no room; if the article was there before, it stays as it was.
        """
        if self._fingerprint is None:
            raise LibraryError("The library does not know which embedding model it is for: call begin() first.")
        if len(passages) != len(vectors):
            raise LibraryError(f"{article.id} has {len(passages)} passages but {len(vectors)} vectors.")
        rows = [records.passage_record(p, v) for p, v in zip(passages, vectors, strict=True)]
        record = records.checked(records.article_record(article, len(passages), brief), rows)
        # Asked first, so that the old version is not removed when there is no room for the new one.
        self._place.check_room(_size(article, rows))
        before = self._entries
        # Deleted and added, not upserted: other spans are other ids, and adding an id that is there changes nothing.
        try:
            self.remove(article.id)
        except LibraryUnwritable:
            self._entries = before if self._is_stored(article.id) else self._entries
            raise
        self._add(self._passages, rows)
        self._add(self._articles, [record])
        with self._guard:
            self._entries = {**self._entries, article.id: records.to_entry(record.data)}

    def remove(self, article_id: str) -> None:
        """Remove an article with its passages; nothing happens when it is not there."""
        with self._changing("written"):
            self._entries = {id: entry for id, entry in self._entries.items() if id != article_id}
            self._articles.delete(ids=[article_id])
            self._passages.delete(where={"article": article_id})

    def hide(self, article_ids: Iterable[str]) -> None:
        """Show these articles no more, without writing: for what has been withdrawn and cannot be removed."""
        hidden = set(article_ids)
        with self._guard:
            self._entries = {id: entry for id, entry in self._entries.items() if id not in hidden}

    def rescue(self, why: LibraryError) -> None:
        """After a write that failed: read what is stored from a copy from now on.

        Chroma may wait for a lock that its own broken write still holds, and what cannot be undone on a failing disk
        can be undone in a copy. Without room for a copy, the library itself is opened once more.

        Raises:
            LibraryError: it cannot be read.
        """
        with self._guard:
            if self._closed:
                raise why
            if self._place.url or self.unwritable:
                return
            self._client.close()
            with suppress(OSError):
                self._place = self._place.copied()
            self.unwritable = LibraryUnwritable(str(why))
            self._client = _connect(self._place)
            with self._using("opened"):
                self._load()

    def seal(self) -> None:
        """Note what the stored files hold, so that damage to them is noticed. For when all has been written."""
        with self._guard:
            if self._closed or self._sealed:  # Closing seals, too.
                return
            with self._using("read"):
                self._passages.count()  # Chroma writes the index of vectors when it is first looked at.
                self._articles.count()
                self._seal()

    def sweep(self) -> tuple[str, ...]:
        """Remove what a killed process has left half done, and return its articles; one count if there is nothing."""
        with self._using("swept"):
            broken = sorted(self._broken())
            for id in broken:
                self.remove(id)
        return tuple(broken)

    def _broken(self) -> set[str]:
        """Articles of which more or fewer passages are stored than their own record says."""
        wanted = {id: entry.passages for id, entry in self._entries.items()}
        if self._passages.count() == sum(wanted.values()):
            return set()
        stored = Counter(data["article"] for _, _, data in _pages(self._passages, "metadatas"))
        return {id for id in stored.keys() | wanted if stored[id] != wanted.get(id, 0)}

    # Chroma

    @contextmanager
    def _using(self, done: str) -> Iterator[None]:
        """Chroma for one caller at a time; whatever goes wrong there leaves as a LibraryError."""
        with self._guard:
            if self._closed:
                raise LibraryError("The library has been closed: open it again.")
            with self._place.failing(done):
                yield

    @contextmanager
    def _changing(self, done: str) -> Iterator[None]:
        """As ``_using``, for what writes."""
        if self.unwritable:
            raise self.unwritable
        with self._using(done):
            if self._sealed:
                seal.remove(self._place.folder)
                self._sealed = False
            yield

    def _seal(self) -> None:
        if not self._place.url and not self.unwritable:
            seal.make(self._place.folder)
            self._sealed = True

    def _is_stored(self, article_id: str) -> bool:
        """Whether an article's record, and its passages with it, is still there after a removal that failed."""
        with suppress(LibraryError), self._using("read"):
            return bool(self._articles.get(ids=[article_id], include=[])["ids"])
        return False

    def _load(self) -> None:
        self._batch = min(WRITE_BATCH, self._client.get_max_batch_size())
        self._passages = _collection(self._client, f"{self._prefix}-passages")
        self._articles = _collection(self._client, f"{self._prefix}-articles")
        self._fingerprint = records.to_fingerprint(self._articles.metadata)
        rows = _pages(self._articles, "metadatas") if records.is_current(self._articles.metadata) else ()
        self._entries = {id: records.to_entry(data) for id, _, data in rows}

    def _recreate(self) -> None:
        from chromadb.errors import NotFoundError

        # The articles go first: what a process killed in between leaves behind are passages that nobody sees.
        self._entries, self._fingerprint = {}, None
        for collection in (self._articles, self._passages):
            self._client.delete_collection(collection.name)
        with suppress(NotFoundError):  # A library of format 1 kept its sentences too.
            self._client.delete_collection(f"{self._prefix}-sentences")
        self._load()

    def _add(self, collection: Collection, rows: Sequence[Record]) -> None:
        for start in range(0, len(rows), self._batch):
            batch = rows[start : start + self._batch]
            with self._changing("written"):
                collection.add(
                    ids=[row.id for row in batch],
                    embeddings=[row.vector for row in batch],
                    metadatas=[row.data for row in batch],
                    documents=[row.text for row in batch],
                )

    def _query(self, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        with self._using("searched"):
            found = self._passages.query([vector], n_results=k, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        # A cosine distance may miss 0 by a rounding error; equal ones are put in order by id.
        pairs = [(id, min(1.0, 1.0 - float(d))) for id, d in zip(found["ids"][0], distances, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _size(article: Article, rows: Sequence[Record]) -> int:
    """About how many bytes an article takes: Chroma keeps texts in the log, in its table and as trigrams."""
    vectors = sum(4 * len(row.vector) for row in rows)
    return 8 * (len(article.text) + sum(len(row.text) for row in rows)) + 3 * vectors


def _connect(place: Place) -> Client:
    """A client of the database at ``place``, with telemetry off."""
    with place.failing("opened"):
        place.reach()
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        try:
            if place.url:
                return cast("Client", chromadb.HttpClient(place.url, settings=settings))
            return cast("Client", chromadb.PersistentClient(place.folder, settings=settings))
        except BaseException:
            # Chroma remembers a client that failed to start and would hand it out again once the cause is mended.
            SharedSystemClient._identifier_to_system.pop(str(place.folder), None)
            raise


def _collection(client: Client, name: str) -> Collection:
    """The collection of that name, made when missing; without Chroma's own embedder, which wants the network."""
    return client.get_or_create_collection(name, embedding_function=None, configuration={"hnsw": _HNSW})


def _pages(collection: Collection, *include: str, **chosen: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(id, text, metadata) of all chosen records, a page at a time; "" and {} for what is not in ``include``."""
    offset, ids = 0, [""] * PAGE
    while len(ids) == PAGE:
        page = collection.get(include=cast(Any, list(include)), limit=PAGE, offset=offset, **chosen)
        ids, offset = page["ids"], offset + PAGE
        yield from zip(ids, page["documents"] or [""] * len(ids), page["metadatas"] or [{}] * len(ids), strict=True)
