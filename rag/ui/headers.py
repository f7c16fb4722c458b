"""What a request says of itself: by which name, from whom, from which page. Judges nothing; knows no Gradio."""

from __future__ import annotations

import ipaddress
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import Scope

HERE = "this machine"
"""The client whose address is loopback."""


def values(scope: Scope, name: str) -> list[str]:
    """All values of a header."""
    wanted = name.encode()
    return [value.decode("latin-1") for key, value in scope["headers"] if key == wanted]


def cookie(scope: Scope, name: str) -> str:
    """The value of a cookie, "" when there is none."""
    jar: SimpleCookie = SimpleCookie()
    try:
        for line in values(scope, "cookie"):
            jar.load(line)
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def cookie_name(scope: Scope) -> str:
    """Cookies are shared by all ports of a host, and two Footnotes must not log each other's readers out."""
    return f"footnote-{(scope.get('server') or ('', 0))[1] or 0}"


def peer(scope: Scope) -> str:
    """The client by its address: HERE for this machine, a whole network of IPv6 for one, since that is one client's."""
    try:
        address = ipaddress.ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return HERE
    if is_loopback(str(address)):
        return HERE
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def is_loopback(name: str) -> bool:
    """Whether ``name`` is an address that only this machine can reach."""
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_wildcard(name: str) -> bool:
    """Whether ``name`` stands for all addresses of a machine; no browser has business with it."""
    try:
        return ipaddress.ip_address(name.strip("[]")).is_unspecified
    except ValueError:
        return False


def own_address(scope: Scope) -> str | None:
    """The address that the client connected to. As a Host it is no foreign name, whatever names resolve to it."""
    address = (scope.get("server") or (None,))[0]
    return str(address).removeprefix("::ffff:") if address else None


def is_own_request(scope: Scope, host: str) -> bool:
    """Whether the page itself, the address bar or a program made the request, and not another page."""
    sites, origins = values(scope, "sec-fetch-site"), values(scope, "origin")
    if any(site not in ("same-origin", "none") for site in sites):
        return False
    return all(_names(origin) == host.lower() or (origin == "null" and sites) for origin in origins)


def _names(origin: str) -> str | None:
    parts = urlsplit(origin) if origin.startswith(("http://", "https://")) else None
    return parts.netloc.lower() if parts else None


def bearer(scope: Scope) -> str:
    """The token that a program shows instead of a cookie, "" when there is none."""
    given = next(iter(values(scope, "authorization")), "")
    return given[7:].strip() if given[:7].lower() == "bearer " else ""


def wants_html(scope: Scope) -> bool:
    """Whether a person looks at the answer."""
    return any("text/html" in value for value in values(scope, "accept"))


def here(scope: Scope) -> str:
    """The address that was asked for, to go on to after the password."""
    path = scope.get("raw_path", b"").decode("latin-1") or "/"
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
