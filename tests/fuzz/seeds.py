#!/usr/bin/python3
"""seeds.py WIRETOOL DIR - inputs for tests/fuzz/wire_json.c, from the message table itself, so that none gets stale.

Each message as a full and as a minimal document, and the full one spoilt in every way that the reader must refuse.
"""
import base64
import json
import subprocess
import sys
from pathlib import Path


def base64url(size):
    return base64.urlsafe_b64encode(bytes(i % 256 for i in range(size))).rstrip(b"=").decode()


class Table:
    def __init__(self, text):
        table = json.loads(text)
        self.messages = {message["name"]: message for message in table["messages"]}
        self.enums = table["enums"]

    def value(self, field):
        bound = field.get("bound", 0)
        return {
            "bool": lambda: True,
            "number": lambda: bound if bound <= 2 ** 53 else str(bound),
            "time": lambda: "2026-11-23T08:30:00.250Z",
            "enum": lambda: self.enums[field["enum"]][-1],
            "text": lambda: ("Grüße " * bound)[:min(bound // 2, 12)],
            "secret": lambda: "s" * min(bound, 12),
            "bytes": lambda: base64url(min(bound, 64)),
            "id": lambda: base64url(bound),
            "one": lambda: self.document(field["of"]),
            "list": lambda: [self.document(field["of"])] * min(bound, 2),
        }[field["kind"]]()

    def document(self, name, minimal=False):
        fields = self.messages[name]["fields"]
        return {f["name"]: self.value(f) for f in fields if not (minimal and "optional" in f["flags"])}


def spoilt(document):
    """(name, text) of the document made wrong in one way each."""
    text = json.dumps(document, ensure_ascii=False)
    yield "empty", ""
    yield "array", f"[{text}]"
    yield "behind", text + "{}"
    yield "cut", text[:len(text) // 2]
    yield "unknown", '{"no_such_field":1,' + text[1:]
    yield "deep", "[" * 2000
    yield "nul", text.replace('"', '"\\u0000', 3)
    yield "surrogate", text.replace('"', '"\\ud800', 3)
    for key, value in document.items():
        yield f"twice-{key}", "{" + json.dumps({key: value})[1:-1] + "," + text[1:]
        for name, other in (("null", None), ("huge", 10 ** 30), ("minus", -1), ("real", 0.5), ("long", "x" * 9000), ("object", {})):
            yield f"{name}-{key}", json.dumps({**document, key: other})


def main(wiretool, folder):
    table = Table(subprocess.run([wiretool, "json"], capture_output=True, check=True).stdout)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, message in table.messages.items():
        if message["tag"] == 0:             # only ever nested
            continue
        full = table.document(name)
        texts = [("full", json.dumps(full)), ("minimal", json.dumps(table.document(name, minimal=True))), *spoilt(full)]
        for kind, text in texts:
            (Path(folder) / f"{name}-{kind}").write_bytes(message["tag"].to_bytes(2, "big") + text.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
