"""Promise 11: what is added stays in its folder, whole; a link leads to the web and nowhere else, when it is asked for.

No network: names are resolved and pages sent by stand-ins below httpcore, so that all of the rest is real.
"""

from __future__ import annotations

import errno
import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpcore
import pytest

from rag.adding import Fetcher, keep, remove, restore, sweep
from rag.adding.addresses import is_public, parse
from rag.adding.fetching import AT_ONCE, MOST_BYTES, MOST_REDIRECTS
from rag.articles import list_articles
from rag.errors import AddingError

PUBLIC = "93.184.216.34"
BODY = b"The ferry runs at night."
PAGE = b"<html><head><title>Night ferry</title></head><body><p>The ferry runs.</p></body></html>"


def reply(body: bytes = PAGE, kind: str = "text/html", status: int = 200, **more: str) -> list[bytes]:
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        **{k.replace("_", "-"): v for k, v in more.items()},
    }
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items() if v) + "\r\n"
    return [head.encode() + body]


class Web(httpcore.NetworkBackend):
    """A web of addresses, each with what it sends; notes who was connected to and what was asked."""

    def __init__(self, pages: Mapping[str, Iterable[bytes]]) -> None:
        self.pages = pages
        self.connected: list[str] = []
        self.asked: list[bytes] = []
        self.tls: list[str | None] = []

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self.connected.append(f"{host}:{port}")
        if host not in self.pages:
            raise httpcore.ConnectError("nobody there")
        return Line(self, iter(self.pages[host]))


class Line(httpcore.NetworkStream):
    def __init__(self, web: Web, chunks: Any) -> None:
        self.web, self.chunks = web, chunks

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return next(self.chunks, b"")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.web.asked.append(buffer)

    def close(self) -> None:
        pass

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Line:
        self.web.tls.append(server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        return None


def names(**found: str) -> Callable[[str, int], list[str]]:
    """A resolver that knows these names (``_`` for a full stop), and reads numbers as the system does."""

    def ask(host: str, port: int) -> list[str]:
        if host in (known := {name.replace("_", "."): there.split() for name, there in found.items()}):
            return known[host]
        return [str(a[4][0]) for a in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]

    return ask


def test_a_page_of_the_web_is_fetched_from_the_address_that_was_judged() -> None:
    web = Web({PUBLIC: reply(kind="text/html; charset=utf-8")})
    page = Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch(
        "https://News.Example/a b?q=1#part".replace(" ", "%20")
    )
    assert (page.url, page.data, page.suffix) == ("https://news.example/a%20b?q=1", PAGE, ".html")
    assert (web.connected, web.tls) == ([f"{PUBLIC}:443"], ["news.example"])
    sent = b"".join(web.asked).lower()
    assert sent.startswith(b"get /a%20b?q=1 http/1.1\r\nhost: news.example\r\n")
    assert b"cookie" not in sent and b"authorization" not in sent and b"referer" not in sent


INSIDE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "0.0.0.0", "0", "localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]",
    "169.254.169.254", "[fe80::1]", "[fe80::a9fe:a9fe]", "[fd00:ec2::254]", "[fec0::1]", "10.0.0.1", "10.255.255.255",
    "172.16.0.1", "172.31.255.1", "192.168.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1",
    "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "metadata.google.internal", "10.0.0.1.nip.example", "intranet.example",
    "mixed.example", "long.example", "six.example",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_of_this_machine_or_its_network_is_asked(host: str, scheme: str) -> None:
    everywhere = Web({})
    ask = names(
        localhost="127.0.0.1 ::1",
        metadata_google_internal="169.254.169.254",
        **{"10_0_0_1_nip_example": "10.0.0.1"},
        intranet_example="192.168.7.7",
        mixed_example=f"{PUBLIC} 10.0.0.1",
        long_example="::ffff:10.0.0.1",
        six_example="fd12:3456::1",
    )
    with pytest.raises(AddingError, match=r"not of the web|was not found|is no "):
        Fetcher(ask=ask, backend=everywhere).fetch(f"{scheme}://{host}/latest/meta-data/")
    assert everywhere.connected == []


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822", "2002:5db8:d822::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://news.example/1", "ftp://news.example/a", "data:text/html,<p>x",
        "javascript:alert(1)",        "//news.example/a", "news.example/a", "/etc/passwd", "http:///a", "http://", "", "https://news.example:22/a",
        "https://news.example:6379/", "http://news.example:99999/", "http://user:secret@news.example/",
        "http://user@news.example/", "http://news.example\\@127.0.0.1/", "http://news.example/\r\nHost: x",
        "http://a b/",        "http://[::1", "http://" + "a" * 3000, "http://" + "a." * 200 + "example/", "dict://news.example:11111/",
        "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/x",
    ],
)  # fmt: skip
def test_what_is_no_plain_link_is_refused_in_a_sentence(url: str) -> None:
    web = Web({PUBLIC: reply()})
    with pytest.raises(AddingError) as refused:
        Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch(url)
    assert web.connected == [] and 20 < len(str(refused.value)) < 300
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1/", "http://localhost/admin", "//10.0.0.1/", "https://intranet.example/", "file:///etc/passwd",
     "gopher://news.example/", "http://news.example:22/", "http://u:p@news.example/"],
)  # fmt: skip
def test_a_redirect_is_judged_anew(to: str) -> None:
    web = Web({PUBLIC: reply(b"", status=302, Location=to)})
    ask = names(news_example=PUBLIC, localhost="127.0.0.1", intranet_example="10.1.2.3")
    with pytest.raises(AddingError):
        Fetcher(ask=ask, backend=web).fetch("http://news.example/")
    assert web.connected == [f"{PUBLIC}:80"]


def test_redirects_are_followed_so_far_and_no_further() -> None:
    web = Web({PUBLIC: reply(b"", status=301, Location="/next"), "1.1.1.1": reply()})
    with pytest.raises(AddingError, match="without end"):
        Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch("http://news.example/")
    assert len(web.connected) == MOST_REDIRECTS + 1
    there = Web({PUBLIC: reply(b"", status=308, Location="https://other.example/x?y"), "1.1.1.1": reply()})
    page = Fetcher(ask=names(news_example=PUBLIC, other_example="1.1.1.1"), backend=there).fetch("http://news.example/")
    assert page.url == "https://other.example/x?y"


def test_a_name_that_changes_its_address_is_asked_once_only() -> None:
    """DNS rebinding: public when it is judged, loopback when it is connected to."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    web = Web({PUBLIC: reply(), "127.0.0.1": reply(b"secret")})
    page = Fetcher(ask=lambda host, port: next(answers), backend=web).fetch("http://rebind.example/")
    assert (page.data, web.connected) == (PAGE, [f"{PUBLIC}:80"])
    again = Web({PUBLIC: reply(b"", status=302, Location="http://rebind.example/"), "127.0.0.1": reply(b"secret")})
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(AddingError, match="not of the web"):
        Fetcher(ask=lambda host, port: next(answers), backend=again).fetch("http://rebind.example/")
    assert again.connected == [f"{PUBLIC}:80"]


def test_proxies_and_keys_of_the_environment_play_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "canary")
    web = Web({PUBLIC: reply()})
    Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch("http://news.example/")
    assert web.connected == [f"{PUBLIC}:80"] and b"canary" not in b"".join(web.asked)


def _endless(first: bytes, chunk: bytes, pause: float = 0.0) -> Iterable[bytes]:
    yield first
    while True:
        time.sleep(pause)
        yield chunk


def test_an_endless_page_is_cut_at_its_bound() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    read: list[int] = []

    def chunks() -> Iterable[bytes]:
        for chunk in _endless(head, b"x" * 65_536):
            read.append(len(chunk))
            yield chunk

    with pytest.raises(AddingError, match="larger than 8 MB"):
        Fetcher(ask=names(news_example=PUBLIC), backend=Web({PUBLIC: chunks()})).fetch("http://news.example/")
    assert sum(read) < MOST_BYTES + 500_000


@pytest.mark.parametrize("where", ["before the headers", "in the headers", "in the body", "promised and never sent"])
def test_a_slow_page_is_given_up(where: str) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n"
    first, chunk = {
        "before the headers": (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "in the headers": (head, b"a: b\r\n"),
        "in the body": (head + b"\r\n", b"x"),
        "promised and never sent": (head + b"\r\n", b"x"),
    }[where]
    web = Web({PUBLIC: _endless(first, chunk, 0.02)})
    begun = time.monotonic()
    with pytest.raises(AddingError, match=r"did not send the page within 0 seconds|could not be reached"):
        Fetcher(ask=names(news_example=PUBLIC), backend=web, seconds=0.3).fetch("http://news.example/")
    assert time.monotonic() - begun < 2


def test_a_resolver_that_never_answers_is_given_up() -> None:
    def ask(host: str, port: int) -> list[str]:
        time.sleep(5)
        return [PUBLIC]

    begun = time.monotonic()
    with pytest.raises(AddingError, match="within"):
        Fetcher(ask=ask, backend=Web({}), seconds=0.3).fetch("http://news.example/")
    assert time.monotonic() - begun < 2


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    assert len(bomb) < 250_000
    before = _peak()
    web = Web({PUBLIC: reply(bomb, Content_Encoding="gzip")})
    with pytest.raises(AddingError, match="larger than 8 MB"):
        Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch("http://news.example/")
    assert _peak() - before < 60_000, "kilobytes"


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("packed", ["br", "zstd", "gzip, gzip", "compress", "x" * 5000])
def test_other_packings_are_not_unpacked(packed: str) -> None:
    web = Web({PUBLIC: reply(b"x", Content_Encoding=packed)})
    with pytest.raises(AddingError):
        Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch("http://news.example/")


def test_a_packed_page_is_unpacked() -> None:
    web = Web({PUBLIC: reply(gzip.compress(PAGE), Content_Encoding="gzip")})
    assert Fetcher(ask=names(news_example=PUBLIC), backend=web).fetch("http://news.example/").data == PAGE
    broken = Web({PUBLIC: reply(b"no gzip", Content_Encoding="gzip")})
    with pytest.raises(AddingError, match="cannot be unpacked"):
        Fetcher(ask=names(news_example=PUBLIC), backend=broken).fetch("http://news.example/")


@pytest.mark.parametrize(
    "sent",
    [
        *(reply(kind=kind) for kind in ("image/png", "application/zip", "application/octet-stream", "", "text/css")),
        *(reply(status=status) for status in (204, 401, 404, 500, 302)),
        [b"not HTTP at all\r\n\r\n"], [b""], [b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200_000 + b"\r\n\r\n"],
    ],
)  # fmt: skip
def test_what_is_no_page_is_said_in_a_sentence(sent: list[bytes]) -> None:
    with pytest.raises(AddingError) as refused:
        Fetcher(ask=names(news_example=PUBLIC), backend=Web({PUBLIC: sent})).fetch("http://news.example/")
    assert 20 < len(str(refused.value)) < 400


def test_only_so_many_at_a_time() -> None:
    fetcher = Fetcher(ask=names(news_example=PUBLIC), backend=Web({PUBLIC: reply()}))
    for _ in range(AT_ONCE):
        fetcher._places.acquire()
    with pytest.raises(AddingError, match="try again in a moment"):
        fetcher.fetch("http://news.example/")


def test_a_host_that_the_user_names_may_be_local() -> None:
    web = Web({"10.0.0.7": reply()})
    fetcher = Fetcher(["wiki.example"], names(wiki_example="10.0.0.7", other_example="10.0.0.7"), web)
    assert fetcher.fetch("http://wiki.example:8080/a").url == "http://wiki.example:8080/a"
    assert web.connected == ["10.0.0.7:8080"]
    with pytest.raises(AddingError):
        fetcher.fetch("http://other.example/")


def test_a_link_is_written_down_as_it_is_asked() -> None:
    link = parse("HTTP://Bücher.example:80/ä ö?q=ü".replace(" ", "%20"))
    assert (link.host, link.port, link.url) == (
        "xn--bcher-kva.example", 80, "http://xn--bcher-kva.example/%C3%A4%20%C3%B6?q=%C3%BC",
    )  # fmt: skip


# Files.


def outside(tmp_path: Path) -> tuple[Path, Path]:
    folder, other = tmp_path / "articles", tmp_path / "other"
    folder.mkdir(), other.mkdir()
    return folder, other


@pytest.mark.parametrize(
    "name",
    [
        "../other/a.txt",
        "..\\other\\a.txt",
        "x/../../other/a.txt",
        "/../other/a.txt",
        "....//other/a.txt/..",
        "..",
        "../.txt",
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    folder, other = outside(tmp_path)
    with pytest.raises(AddingError):
        keep(folder, name, BODY)
    assert (list(other.iterdir()), list(folder.iterdir())) == ([], [])


def test_an_absolute_name_lands_below_the_folder(tmp_path: Path) -> None:
    folder, other = outside(tmp_path)
    assert keep(folder, f"{other}/a.txt", BODY).id == f"{other}/a.txt".lstrip("/")
    assert keep(folder, "C:\\Users\\me\\a.txt", BODY).id == "C_/Users/me/a.txt"
    assert list(other.iterdir()) == []


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder, other = outside(tmp_path)
    (folder / "sub").symlink_to(other)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    (other / "secret.txt").write_bytes(BODY)
    (folder / "a.txt").symlink_to(other / "secret.txt")
    for name in ("sub/b.txt", "sub/deeper/b.txt", "gone/b.txt"):
        with pytest.raises(AddingError):
            keep(folder, name, BODY)
    assert keep(folder, "a.txt", b"Mine.").id == "a (2).txt", "what a link leads to is neither written nor told"
    assert keep(folder, "a.txt", BODY).id == "a (3).txt"
    assert (other / "secret.txt").read_bytes() == BODY and [p.name for p in other.iterdir()] == ["secret.txt"]
    with pytest.raises(AddingError):
        remove(folder, tmp_path / "data", "sub/secret.txt")
    gone = remove(folder, tmp_path / "data", "a.txt")
    assert (other / "secret.txt").exists(), "the link goes, not what it leads to"
    assert restore(tmp_path / "data", gone.token) == "a.txt" and (folder / "a.txt").is_symlink()


@pytest.mark.parametrize("id", ["../other/a.txt", "/etc/passwd", "", ".", "x\0.txt", "sub", "nothing.txt", "a/" * 3000])
def test_only_articles_of_the_folder_are_removed(id: str, tmp_path: Path) -> None:
    folder, other = outside(tmp_path)
    (folder / "sub").mkdir()
    (other / "a.txt").write_bytes(BODY)
    with pytest.raises(AddingError):
        remove(folder, tmp_path / "data", id)
    assert (other / "a.txt").exists() and (folder / "sub").is_dir()


@pytest.mark.parametrize("token", ["", "..", "../../x", "a" * 22, "a/b" * 8, "\0" * 20, "a" * 1000])
def test_a_made_up_token_brings_nothing_back(token: str, tmp_path: Path) -> None:
    with pytest.raises(AddingError, match="nothing to bring back"):
        restore(tmp_path, token)


@pytest.mark.parametrize("call", ["write", "fsync", "link"])
@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "cannot be written"), (errno.EIO, "the disk refused it")],
)
def test_a_disk_that_refuses_is_said_and_nothing_is_left(
    call: str, number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    if call == "write":
        monkeypatch.setattr("rag.adding.keeping._write", refuse)
    else:
        monkeypatch.setattr(os, call, refuse)
    with pytest.raises(AddingError, match=f"a.txt was not added: .*{words}"):
        keep(tmp_path, "a.txt", BODY)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_links_still_writes_over_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert [keep(tmp_path, "a.txt", data).id for data in (BODY, b"Other.")] == ["a.txt", "a (2).txt"]
    assert (tmp_path / "a.txt").read_bytes() == BODY


@pytest.mark.parametrize("moment", ["os.fsync", "os.link"])
def test_killed_while_it_writes_leaves_no_article(moment: str, tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom rag.adding import keep\n"
        f"{moment} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "keep(Path(sys.argv[1]), 'news/a.txt', b'The ferry runs at night.')\n"
    )
    (tmp_path / "b.txt").write_bytes(BODY)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert list_articles(tmp_path) == ["b.txt"]
    (part,) = (tmp_path / "news").iterdir()
    sweep(tmp_path)
    assert part.exists(), "another Footnote may still be writing it"
    os.utime(part, (1, 1))
    sweep(tmp_path)
    assert not part.exists() and (tmp_path / "b.txt").exists()


def test_a_removed_file_on_another_disk_is_copied_whole_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = outside(tmp_path)
    keep(folder, "a.txt", BODY)
    real = os.rename

    def rename(source: Path, target: Path) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "another disk")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    gone = remove(folder, tmp_path / "data", "a.txt")
    assert not (folder / "a.txt").exists()
    assert restore(tmp_path / "data", gone.token) == "a.txt" and (folder / "a.txt").read_bytes() == BODY
