"""What front must refuse whoever sends it, also past nginx: each row is sent to the instance itself, byte by byte."""
import json
import socket
import time

import pytest

from campus.client import until
from door import JSON, Door

EDGE = "Host: localhost\r\nX-SPOM-Edge: {secret}\r\nX-SPOM-Origin: {origin}\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


def send(campus, raw, timeout_s=10.0, pause_s=0.0):
    """Sends bytes to the door; all that comes back until it closes or goes quiet."""
    port = int(campus.json["edge"]["door"].rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        for part in raw if isinstance(raw, list) else [raw]:
            try:
                connection.sendall(part)
            except OSError:
                break
            time.sleep(pause_s)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
                if b"\r\n\r\n" in answer and b"HTTP/1.1 100" not in answer and len(chunk) < 65536 and b"close" not in answer:
                    connection.settimeout(0.3)
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def head(campus, text, method="POST", path="/login"):
    edge = EDGE.format(secret=campus.json["edge"]["secret"], origin=campus.portal)
    return f"{method} {path} HTTP/1.1\r\n{edge}{text}".encode()


@pytest.mark.parametrize("name, text, body", [
    ("two lengths", FORM + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", b"a=b"),
    ("two equal lengths", FORM + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", b"a=b"),
    ("length and encoding", FORM + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\na=b\r\n0\r\n\r\n"),
    ("chunked", FORM + "Transfer-Encoding: chunked\r\n\r\n", b"3\r\na=b\r\n0\r\n\r\n"),
    ("encoding with a blank", FORM + "Transfer-Encoding : chunked\r\n\r\n", b"3\r\na=b\r\n0\r\n\r\n"),
    ("hexadecimal", FORM + "Content-Length: 0x3\r\n\r\n", b"a=b"),
    ("trailing letter", FORM + "Content-Length: 3x\r\n\r\n", b"a=b"),
    ("signed", FORM + "Content-Length: +3\r\n\r\n", b"a=b"),
    ("a list", FORM + "Content-Length: 3, 3\r\n\r\n", b"a=b"),
    ("twenty digits", FORM + "Content-Length: 99999999999999999999\r\n\r\n", b"a=b"),
    ("64 headers", FORM + "".join(f"X-{i}: y\r\n" for i in range(64)) + "Content-Length: 3\r\n\r\n", b"a=b"),
    ("200 headers", FORM + "".join(f"X-{i}: y\r\n" for i in range(200)) + "Content-Length: 3\r\n\r\n", b"a=b"),
])
def test_contradictory_framing(campus, name, text, body):
    answer = send(campus, head(campus, text) + body)
    status = answer.split(b" ", 2)[1] if answer else b""
    assert status in (b"400", b"411", b"413", b"431", b"501"), (name, answer[:200])
    assert answer.count(b"HTTP/1.1 ") == 1, (name, "what followed was taken as another request", answer)


@pytest.mark.parametrize("path", ["/login%00x", "/%00", "/login?a=%00", "//login", "/../login", "/%2e%2e/login", "/login/", "/%ff"])
def test_strange_paths(campus, path):
    answer = send(campus, head(campus, "\r\n", "GET", path))
    assert answer.split(b" ", 2)[1] in (b"400", b"404"), answer[:200]


def test_a_body_that_is_too_large(campus):
    door = Door(campus)
    door.get()
    answer = door.browser.post("/login", headers=JSON | {"X-CSRF-Token": door.csrf},
                               json={"user": "x", "password": "x" * 1024 * 1024})
    assert answer.status_code == 413, answer.text[:200]
    raw = send(campus, head(campus, FORM + "Content-Length: 1048576\r\n\r\n") + b"a=" + b"b" * 1048574)
    assert raw.split(b" ", 2)[1] == b"413", raw[:200]


def test_a_body_slower_than_its_deadline(campus):
    began = time.monotonic()
    drip = [head(campus, FORM + "Content-Length: 100\r\n\r\n")] + [b"a"] * 60
    answer = send(campus, drip, timeout_s=20, pause_s=0.3)
    assert answer.split(b" ", 2)[1] == b"408", answer[:200]
    assert time.monotonic() - began < 25


@pytest.mark.parametrize("body", [
    b'{"user":"a","user":"b","password":"x"}', b'{"user":"a","password":"x","unknown":1}', b"[]", b"{", b'{"user":{"a":1}}',
    b'{"user":"\\ud800","password":"x"}', b"\xff\xfe", b'{"user":"a\\u0000b","password":"x"}', b'{"user":"a\\nb","password":"x"}',
    b'{"user":"a","password":"x"} trailing', b"[" * 5000, b'{"user":1,"password":true}',
])
def test_malformed_json(campus, body):
    door = Door(campus)
    door.get()
    answer = door.browser.post("/login", data=body, headers=JSON | {"X-CSRF-Token": door.csrf, "Content-Type": "application/json"})
    assert answer.status_code == 400, (body, answer.status_code, answer.text)
    assert set(answer.json()) >= {"error", "text", "trace"}


@pytest.mark.parametrize("body", [
    "user=%zz&password=x", "user=a%00b&password=x", "user=%ff&password=x", "user=a&user=b&password=x", "user=a%0d%0aSet-Cookie:x&password=x",
])
def test_malformed_forms(campus, body):
    door = Door(campus)
    door.get()
    answer = door.browser.post("/login", data=body + f"&csrf={door.csrf}", headers=JSON | {
        "Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (400, 401), (body, answer.status_code, answer.text)
    assert "Set-Cookie" not in answer.headers or "x" != answer.headers["Set-Cookie"]


@pytest.mark.parametrize("password", ["a\0b", "\0", "x" * 1024, "x" * 1025, "\u0001", "pass\nword", "\u00e4\u00f6" * 200])
def test_strange_passwords_are_wrong_passwords(campus, password):
    door = Door(campus)
    door.get()
    answer = door.post(user=campus.person(role="student").user, password=password)
    assert answer.status_code in (400, 401) and "done" not in answer.json(), answer.text


def test_other_kinds_of_body_are_refused(campus):
    door = Door(campus)
    door.get()
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/xml", ""):
        answer = door.browser.post("/login", data="x", headers=JSON | {"Content-Type": kind, "X-CSRF-Token": door.csrf})
        assert answer.status_code == 415, (kind, answer.status_code)


def test_methods(campus):
    for method, path, status in (("PUT", "/login", 405), ("DELETE", "/", 405), ("GET", "/logout", 405), ("HEAD", "/login", 200),
                                 ("OPTIONS", "/login", 405), ("TRACE", "/login", 405)):
        answer = campus.browser().request(method, path, headers=JSON)
        assert answer.status_code == status, (method, path, answer.status_code)
        if status == 405:
            assert answer.headers.get("Allow") or method == "TRACE"


def test_forwarded_headers_are_worth_nothing_without_the_edge(campus):
    """Neither the address in the log nor the origin may be said by who does not prove to be the edge."""
    port = int(campus.json["edge"]["door"].rsplit(":", 1)[1])
    raw = (f"GET /no-such-page-edge HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-For: 203.0.113.9\r\n"
           f"X-SPOM-Edge: {'x' * 32}\r\nX-SPOM-Origin: https://evil.example\r\nAccept: application/json\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        answer = connection.recv(65536)
    assert b"evil.example" not in answer
    trace = json.loads(answer.split(b"\r\n\r\n", 1)[1])["trace"]
    line = until(lambda: next((line for line in campus.log("spom-front-door").splitlines() if trace in line), None),
                 "the request is in the log")
    assert "203.0.113.9" not in line


def test_headers_of_every_page(campus):
    answer = campus.browser().get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers.get("Referrer-Policy")
    assert "Server" not in answer.headers or "civet" not in answer.headers["Server"].lower()
