"""What a judge that was taken over yields: its word about requests, and nothing of ours."""
import os
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

import wire
from campus.client import until
from campus.layout import UIDS
from door import JSON, Door
from saml_raw import Raw, redirect


@pytest.fixture
def client(campus):
    return next(client for client in campus.json["clients"] if client["protocol"] == "saml")


@pytest.fixture
def inside(campus):
    door = Door(campus)
    assert door.sign_in(campus.person(role="student")).json().get("done") is True
    return door


def answer_all(listener, reply):
    while True:
        try:
            connected, _ = listener.accept()
        except OSError:
            return
        with connected:
            connected.sendall(wire.frame("welcome", 0, role="authority", release="x"))
            length, _, request, _, _, _ = wire.HEAD.unpack(connected.recv(wire.HEAD.size, socket.MSG_WAITALL))
            connected.recv(length, socket.MSG_WAITALL)
            connected.sendall(reply(request))


@contextmanager
def judge(campus, reply):
    """In the place of spom-judge: one that answers everything so."""
    path = Path(campus.json["sockets"]) / "judge" / "judge.sock"
    campus.stop("spom-judge")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    if os.geteuid() == 0:
        os.chown(path, UIDS["judge"], UIDS["authority"])
    path.chmod(0o660)
    listener.listen()
    threading.Thread(target=answer_all, args=[listener, reply], daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        path.unlink()
        campus.start("spom-judge")
        until(path.exists, "the judge is back", 10)


def says(**lies):
    return lambda request: wire.frame("judged_saml_request", request, **{"id": "_x", "issued": int(time.time() * 1000), **lies})


def test_a_judge_that_lies_sends_nobody_elsewhere(campus, client, inside):
    """Addresses, keys and levels are the authority's own."""
    raw = Raw(SimpleNamespace(campus=campus, entity_id=client["entity_id"]))
    for lies, text in (({"consumer": "https://evil.example.org/acs"}, "saml_consumer"), ({"issuer": "https://evil.example.org"}, "service_not_registered"),
                       ({"issuer": "demo-web"}, "service_not_registered"), ({"is_signed": True, "is_verified": True}, "saml_signature")):
        with judge(campus, says(**{"issuer": client["entity_id"], **lies})):
            answer = redirect(inside.browser, str(raw), JSON)
            assert answer.status_code == 400 and answer.json()["error"] == text, answer.text


def test_a_judge_that_lies_is_no_client_with_a_secret(campus):
    """Who has no keys is never asked about; a name alone is no proof."""
    now = int(time.time() * 1000)
    said = {"iss": "demo-web", "sub": "demo-web", "audience": [{"value": campus.portal}], "jti": "a", "expires": now + 60000, "is_verified": True}
    with judge(campus, lambda request: wire.frame("judged_jwt", request, **said)):
        for more in ({}, {"client_id": "demo-web"}, {"client_id": "demo-app"}):
            answer = campus.browser().post("/oidc/token", data={
                "grant_type": "client_credentials", "client_assertion": "a.b.c",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"} | more)
            assert answer.status_code == 401 and answer.json()["error"] == "invalid_client", answer.text


def test_a_judge_that_says_nothing_sensible_is_an_error_of_that_request(campus, client, inside):
    raw = str(Raw(SimpleNamespace(campus=campus, entity_id=client["entity_id"])))
    for reply in (lambda request: b"\xff" * 100, lambda request: wire.frame("done", request), lambda request: b"",
                  lambda request: wire.frame("saml_found", request, saml={"entity_id": "x"})):
        with judge(campus, reply):
            answer = redirect(inside.browser, raw, JSON)
            assert answer.status_code == 503 and answer.json()["error"] == "judge_unreachable", answer.text
    assert inside.browser.get("/", headers=JSON).status_code == 200
    assert redirect(inside.browser, raw, JSON).status_code == 200
