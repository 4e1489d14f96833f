"""hostile.py - a program that was taken over: the real uid and groups of its place, the real socket, and no scruples.

What it says is what its place may say, about other people's sessions, proofs and ids; and what it may not say."""
import functools
import os
import secrets
import socket
from pathlib import Path

import wire
from campus.layout import UIDS

ROOTS = ("pam", "admin")        # places whose program runs as root


def become(role):
    """This process is that program from now on. Whoever runs the campus as an ordinary user has one uid for all."""
    if os.geteuid() == 0 and role not in ROOTS:
        os.setgroups([])
        os.setgid(UIDS[role])
        os.setuid(UIDS[role])


def _serve(role, line):
    """Connects to each path that is asked for, until nobody asks any more."""
    become(role)
    while path := line.recv(4096):
        try:
            connected = wire.connect(path.decode())
        except OSError:
            line.send(b"n")
            continue
        socket.send_fds(line, [b"y"], [connected.fileno()])
        connected.close()


@functools.cache
def _helper(role):
    """A process of that uid, which connects for us: the peer's uid stays that of the one who connected."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        try:
            ours.close()
            _serve(role, theirs)
        finally:
            os._exit(0)
    theirs.close()
    return ours


def reach(role, path):
    """A socket that a process of that place has connected; None: it does not reach it."""
    _helper(role).send(str(path).encode())
    said, descriptors, _, _ = socket.recv_fds(_helper(role), 1, 1)
    return socket.socket(fileno=descriptors[0]) if said == b"y" and descriptors else None


class Place:
    """A program's place at the authority."""

    def __init__(self, campus, role):
        self.campus, self.role = campus, role
        self.sockets = Path(campus.json["sockets"])

    def connect(self):
        connected = reach(self.role, self.sockets / self.role / "authority.sock")
        assert connected is not None, f"{self.role} does not reach its own socket"
        connection = wire.Connection(connected)
        assert connection.role == self.role
        return connection

    def ask(self, message, /, **fields):
        """The answer on a connection of its own: (name, fields); (None, {}) for one that was ended."""
        with self.connect() as connection:
            try:
                return connection.ask(message, **fields)
            except wire.Ended:
                return None, {}

    def reaches(self, other):
        """Whether it gets through to the socket of another place: connected, and welcomed."""
        connected = reach(self.role, self.sockets / other / ("gate.sock" if other == "turn" else "authority.sock"))
        if connected is None:
            return False
        with connected:
            connected.settimeout(10)
            try:
                return bool(connected.recv(1))
            except OSError:
                return False


def stuffed(message, /, **known):
    """Fields for a message: what is known by its name, and for the rest what goes through the decoder."""
    fields = {}
    for field in wire.messages()[message]["fields"]:
        name, kind = field["name"], field["kind"]
        if name in known:
            fields[name] = known[name]
        elif kind == "one":
            fields[name] = stuffed(field["of"], **known)
        elif kind == "id":
            fields[name] = secrets.token_bytes(16)
        elif kind in ("text", "secret") and "optional" not in field["flags"]:
            fields[name] = "x"
    return fields
