"""wire.py - the protocol of our sockets, spoken by hand: for programs that say what ours never would.

The tables are those of the programs that run (wiretool json); gateway/wire/wire.h says how a body is written, frame.h how a frame."""
import functools
import json
import socket
import struct
import subprocess

from campus.layout import BIN

HEAD = struct.Struct(">IIIHHQ")


class Ended(Exception):
    """The other side ended the connection."""


@functools.cache
def tables():
    done = subprocess.run([BIN / "wiretool", "json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@functools.cache
def messages():
    return {message["name"]: message for message in tables()["messages"]}


@functools.cache
def _by_tag():
    return {message["tag"]: message for message in tables()["messages"] if message["tag"]}


def sent_by(role):
    """The names of what a role may send to the authority."""
    return [name for name, message in messages().items() if role in message["by"] and message["tag"]]


# --- bodies ---

def _number(field, value):
    if field["kind"] == "enum" and isinstance(value, str):
        value = tables()["enums"][field["enum"]].index(value)
    return int(value).to_bytes(1 if field["kind"] in ("bool", "enum") else 8, "big")


def _value(field, value):
    kind = field["kind"]
    if kind in ("text", "secret"):
        return (value.encode() if isinstance(value, str) else value) + b"\0"
    if kind in ("bytes", "id"):
        return value
    if kind == "one":
        return encode(field["of"], **value)
    if kind == "list":
        rows = [encode(field["of"], **row) for row in value]
        return struct.pack(">I", len(rows)) + b"".join(struct.pack(">I", len(row)) + row for row in rows)
    return _number(field, value)


_EMPTY = {"text": "", "secret": "", "bytes": b"", "id": bytes(16), "one": {}, "list": []}


def encode(name, /, **fields):
    """A body. What is not optional and not named is empty."""
    body, known = b"", messages()[name]["fields"]
    assert set(fields) <= {field["name"] for field in known}, (name, fields)
    for number, field in enumerate(known, 1):
        value = fields.get(field["name"])
        if value is None and "optional" in field["flags"]:
            continue
        if value is None:
            value = _EMPTY.get(field["kind"], 0)
        if "optional" in field["flags"] and value == 0:
            continue
        part = _value(field, value)
        body += struct.pack(">BI", number, len(part)) + part
    return body


def _read(field, part):
    kind = field["kind"]
    if kind in ("text", "secret"):
        return part[:-1].decode(errors="replace")
    if kind in ("bytes", "id"):
        return part
    if kind == "one":
        return decode(field["of"], part)
    if kind == "list":
        rows, at = [], 4
        for _ in range(struct.unpack(">I", part[:4])[0]):
            [length] = struct.unpack(">I", part[at:at + 4])
            rows.append(decode(field["of"], part[at + 4:at + 4 + length]))
            at += 4 + length
        return rows
    number = int.from_bytes(part, "big")
    return tables()["enums"][field["enum"]][number] if kind == "enum" else number


def decode(name, body):
    fields, found, at = messages()[name]["fields"], {}, 0
    while at < len(body):
        number, length = struct.unpack(">BI", body[at:at + 5])
        found[fields[number - 1]["name"]] = _read(fields[number - 1], body[at + 5:at + 5 + length])
        at += 5 + length
    return found


def frame(name, request=1, /, **fields):
    body = encode(name, **fields)
    return HEAD.pack(len(body), tables()["dialect"], request, messages()[name]["tag"], 0, 7) + body


# --- connections ---

class Connection:
    """One connection, whose welcome was read."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(20)
        self.role = self.receive()[1]["role"]

    def send(self, name, request=1, /, **fields):
        self.send_bytes(frame(name, request, **fields))

    def send_bytes(self, raw):
        try:
            self.socket.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            raise Ended from None

    def receive(self):
        """(name, fields, request id); Ended when there is no more."""
        length, _, request, tag, _, _ = HEAD.unpack(self._exactly(HEAD.size))
        name = _by_tag()[tag]["name"]
        return name, decode(name, self._exactly(length)), request

    def ask(self, message, /, **fields):
        """(name, fields) of the answer."""
        self.send(message, 1, **fields)
        return self.receive()[:2]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _exactly(self, n):
        got = b""
        while len(got) < n:
            try:
                part = self.socket.recv(n - len(got))
            except ConnectionResetError:
                part = b""
            if not part:
                raise Ended
            got += part
        return got


def connect(path):
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(20)
    try:
        connected.connect(str(path))
    except BaseException:
        connected.close()
        raise
    return connected
