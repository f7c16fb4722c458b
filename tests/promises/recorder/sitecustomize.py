"""Python imports this by itself when it starts: notes every connection and every name looked up beyond this machine.

On PYTHONPATH of a program and thereby of all its children; they write to the file that $RECORD names.
"""

import ipaddress
import os
import sys

_HERE = {"localhost", "", "0.0.0.0", "::"}
_ADDRESSED = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_NAMED = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}


def _is_here(host):
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return name in _HERE or ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _hook(event, args):
    if event in _ADDRESSED:
        address = args[_ADDRESSED[event]]
        host = address[0] if isinstance(address, tuple) else None  # Else a socket file, or one that is connected.
    elif event in _NAMED:
        host = args[_NAMED[event]]
    else:
        return
    if not _is_here(host):
        line = f"{event} {args[_ADDRESSED.get(event, 0)]!r} {sys.argv[:4]}\n"
        with open(os.environ["RECORD"], "a", encoding="utf-8") as record:
            record.write(line)


if os.environ.get("RECORD"):
    sys.addaudithook(_hook)
