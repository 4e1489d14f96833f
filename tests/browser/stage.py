"""stage.py - the real front between an authority and a gate that say what a test wants: for looking at every page in every state.

    with Stage(folder, port) as stage:
        stage.says["home"] = ("home_page", {...})       # the answer to a message, by the message's name
        stage.portal + "/"                              # where a browser finds it

The messages' tables come from wiretool, so nothing here knows a field that the tables do not have.
"""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from campus.client import until     # noqa: E402 pylint: disable=wrong-import-position

HEAD = struct.Struct(">IIIHHQ")     # body, dialect, request, tag, zero, trace
EDGE = "the edge of the stage"
DIGITS = {"bool": 1, "enum": 1, "number": 8, "time": 8}


class Tables:
    def __init__(self, program):
        tables = json.loads(subprocess.run([program, "json"], check=True, capture_output=True).stdout)
        self.dialect = tables["dialect"]
        self.enums = tables["enums"]
        self.messages = {message["name"]: message for message in tables["messages"]}
        self.names = {message["tag"]: message["name"] for message in tables["messages"] if message["tag"]}

    def encode(self, name, values):
        fields = self.messages[name]["fields"]
        unknown = set(values) - {field["name"] for field in fields}
        assert not unknown, f"{name} has no {unknown}"
        body = b""
        for number, field in enumerate(fields, 1):
            value = values.get(field["name"])
            if not value and "optional" in field["flags"]:
                continue
            encoded = self._value(field, value)
            body += struct.pack(">BI", number, len(encoded)) + encoded
        return body

    def _value(self, field, value):
        kind = field["kind"]
        if kind == "enum":
            value = self.enums[field["enum"]].index(value or "none")
        if kind in DIGITS:
            return int(value or 0).to_bytes(DIGITS[kind], "big")
        if kind in ("text", "secret"):
            return (value or "").encode() + b"\0"
        if kind == "one":
            return self.encode(field["of"], value or {})
        if kind == "list":
            rows = [self.encode(field["of"], row) for row in value or []]
            return struct.pack(">I", len(rows)) + b"".join(struct.pack(">I", len(row)) + row for row in rows)
        return bytes(value or 16)

    def frame(self, name, values, request=0, trace=0):
        body = self.encode(name, values)
        return HEAD.pack(len(body), self.dialect, request, self.messages[name]["tag"], 0, trace) + body


def _read(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    institution = "Example University"

    def __init__(self, port, programs=None, **dress):
        programs = Path(programs or os.environ.get("SPOM_BIN_DIR") or ROOT / "build" / "bin")
        self.tables = Tables(programs / "wiretool")
        self.portal = f"http://localhost:{port}"
        self.json = {"portal": self.portal, "portal_https": self.portal}
        self.says, self.asked = {}, []
        self._dress = {"institution": self.institution, "colour": "#1d4f91", "help": "help@example.edu"} | dress
        self._folder = Path(tempfile.mkdtemp(prefix="spom-stage-"))
        for folder in ("door", "turn"):
            (self._folder / folder).mkdir()
        self._listeners = [self._listen("door/authority.sock"), self._listen("turn/gate.sock")]
        self._port, self._program, self._front = port, programs / "spom-front", None

    def __enter__(self):
        self.says["front_settings"] = ("front_config", {
            "port": self._port, "threads": 8, "origins": [{"value": self.portal}], "zone": "Europe/Berlin", "edge_secret": EDGE,
            "turn_timeout_ms": 5000,
            "applications": [{"origin": "https://library.example.edu", "label": "Library"}], **self._dress})
        with open(self._folder / "log", "wb") as log:
            self._front = subprocess.Popen([self._program, "--instance", "door", "--sockets", self._folder], stderr=log)
        until(lambda: "serving" in self.log(), "the front serves")
        return self

    def __exit__(self, *_):
        self._front.terminate()
        self._front.wait()
        for listener in self._listeners:
            listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self):
        return self._front.pid

    def log(self):
        return (self._folder / "log").read_text(encoding="utf-8")

    def _listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._folder / name))
        os.chmod(self._folder / name, 0o600)
        listener.listen()
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()
        return listener

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            connection.sendall(self.tables.frame("welcome", {"role": "door", "release": "stage"}))
            while True:
                length, _, request, tag, _, trace = HEAD.unpack(_read(connection, HEAD.size))
                _read(connection, length)
                name = self.tables.names[tag]
                self.asked.append(name)
                answer, values = self.says[name]
                connection.sendall(self.tables.frame(answer, values, request, trace))
        except (ConnectionError, OSError):
            connection.close()
