"""Which addresses a link may lead to: public ones alone, judged after the name was resolved. Opens no connection."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from rag.errors import AddingError
from rag.unseen import visible

Resolve = Callable[[str, int], list[str]]
"""A name and a port -> the addresses that it has now."""

MOST_CHARACTERS = 2000
_PORTS = {"http": 80, "https": 443}
_BAD = re.compile(r"[\x00-\x20\x7f\\]")
_V6 = ipaddress.ip_network("2000::/3")
"""What is given out of IPv6; all else is local, reserved or an old form of something else."""
_NEARER = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""What some versions of Python take for global; metadata of some clouds is among it."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Link:
    """An address that may be asked for, as far as its words tell."""

    scheme: str
    host: str
    port: int
    target: str
    url: str


def parse(url: str, named: frozenset[str] = frozenset()) -> Link:
    """A link from what was typed or a redirect said. ``named``: hosts that may have any port.

    Raises:
        AddingError: it is no plain http(s) address of a web page.
    """
    given = url.strip()
    if len(given) > MOST_CHARACTERS or _BAD.search(given):
        raise AddingError("This link is too long or holds spaces or control characters: copy it from the address bar.")
    try:
        parts = urlsplit(given)
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError:
        raise AddingError(f"{_shown(given)} is no address: it looks like https://example.org/article.") from None
    if scheme not in _PORTS or not host:
        raise AddingError(f"{_shown(given)} is no link to a web page: it begins with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise AddingError("This link holds a user name or password: take it out, or save the page and add the file.")
    if port is not None and port not in _PORTS.values() and host not in named:
        raise AddingError(f"Links to port {port} are not fetched: save the page and add the file.")
    path, query = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"), quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    shown_host = f"[{host}]" if ":" in host else host
    netloc = shown_host if port is None or port == _PORTS[scheme] else f"{shown_host}:{port}"
    target = f"{path}?{query}" if query else path
    return Link(scheme, host, port or _PORTS[scheme], target, urlunsplit((scheme, netloc, path, query, "")))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host`` by the system's own resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def allowed(host: str, port: int, ask: Resolve, named: frozenset[str] = frozenset()) -> list[str]:
    """The addresses of ``host``, every one of them public; those of a ``named`` host may be any.

    Raises:
        AddingError: there is none, or one is not public.
    """
    try:
        found = list(dict.fromkeys(ask(host, port)))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise AddingError(f"{_shown(host)} was not found: see that the link is spelt right and this machine is online.")
    if host not in named and not all(map(is_public, found)):
        raise AddingError(
            f"{_shown(host)} is an address of this machine or its network, not of the web: such links are not fetched; "
            "save the page and add the file, or name the host in FOOTNOTE_LINK_HOSTS."
        )
    return found


def is_public(address: str) -> bool:
    """Whether an address is reached over the internet and nowhere nearer, in whatever form it is written."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if any(ip in network for network in _NEARER):
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    inside = [ip.sixtofour, *(ip.teredo or ())]
    return ip in _V6 and ip.is_global and all(v4 is None or is_public(str(v4)) for v4 in inside)


def _shown(text: str) -> str:
    line = visible(text, lines=False)
    return line if len(line) <= 120 else f"{line[:119]}…"
