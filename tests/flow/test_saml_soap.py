"""Services of SAML that need no browser to hear that a session has ended: by SOAP, whatever ended it, and what counts as their yes."""
import os
import re

import pytest
from saml2.s_utils import error_status_factory
from saml2.xml.schema import schema_saml_protocol

from campus.client import until
from door import JSON, Door
from provider import REASON, REDIRECT, Provider, make_key
from relying import HTML
from saml_raw import RawLogout
from soap import SoapServices
from test_logout_everywhere import agenda_is_due
from test_saml_logout import ask, followed, frames, is_inside, status_of, visit
from words import shown

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="reads keys of other users")
REQUEST = "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest"


@pytest.fixture(scope="module")
def services(campus):
    services = SoapServices(campus.dir / "tls" / "nginx.pem", campus.dir / "tls" / "nginx.key")
    yield services
    services.close()


@pytest.fixture(scope="module")
def vault(campus, ctl, services, tmp_path_factory):
    """One that takes both ways."""
    provider = Provider(campus, tmp_path_factory.mktemp("vault"), "vault", logouts=(REDIRECT,), soap=services.uri("/vault"))
    provider.register(ctl)
    services.providers["/vault"] = provider
    yield provider
    ctl("service", "remove", "vault", *REASON)


@pytest.fixture(scope="module")
def lone(campus, ctl, services, tmp_path_factory):
    """One that takes SOAP alone."""
    provider = Provider(campus, tmp_path_factory.mktemp("lone"), "lone", soap=services.uri("/lone"))
    provider.register(ctl)
    services.providers["/lone"] = provider
    yield provider
    ctl("service", "remove", "lone", *REASON)


@pytest.fixture
def door(campus, services):
    services.heard.clear()
    services.answers.clear()
    door = Door(campus)
    assert door.sign_in(campus.person(role="student")).json().get("done") is True
    return door


def states(door, place):
    return {row["name"]: row["state"] for row in door.browser.get(place, headers=JSON).json()["applications"]}


def is_right(services, provider, name, index):
    """The request is signed, and of this session; its headers are those of SOAP."""
    body, headers = services.until_heard("/" + provider.name, index)
    document = re.fullmatch(r'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>(.*)</soap:Body></soap:Envelope>', body, re.S)[1]
    provider.verify(document.encode(), REQUEST)
    schema_saml_protocol.validate(document)
    request = services.request("/" + provider.name, body)
    assert request.name_id.text == name.text and request.name_id.format == name.format and [each.text for each in request.session_index] == [index]
    assert request.destination == services.uri("/" + provider.name) and request.not_on_or_after
    assert headers["Content-Type"].startswith("text/xml") and headers["SOAPAction"] == '"http://www.oasis-open.org/committees/security"'
    assert headers["User-Agent"].startswith("spom-courier/") and not {"Cookie", "Authorization", "Expect"} & set(headers)
    return request


def test_somebody_signs_out(services, vault, lone, door):
    """Both are told at once, and none by a frame."""
    known = {provider.name: visit(provider, door) for provider in (vault, lone)}
    place = door.log_out().json()["next"]
    until(lambda: states(door, place) == {"Vault": "confirmed", "Lone": "confirmed"}, "both have heard it")
    page = door.browser.get(place, headers=HTML)
    assert not frames(page) and "Signed out." in shown(page)
    requests = [is_right(services, provider, *known[provider.name]) for provider in (vault, lone)]
    assert requests[0].id != requests[1].id and len(services.heard) == 2


@pytest.mark.parametrize("how", ["operator", "time"])
def test_a_session_that_ends_without_its_browser(campus, ctl, services, vault, door, how):
    name, index = visit(vault, door)
    [session] = [row["id"] for row in door.browser.get("/sessions", headers=JSON).json()["sessions"] if row["current"]]
    if how == "operator":
        assert ctl("session", "end", session, *REASON).returncode == 0
    else:
        from test_hostile_store import Store     # pylint: disable=import-outside-toplevel
        Store(campus)("PEXPIRE", f"spom:session:{session}", "1")
        until(lambda: not is_inside(door), "it is over")
        agenda_is_due(campus)
    is_right(services, vault, name, index)


PARTIAL = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
REQUESTER = "urn:oasis:names:tc:SAML:2.0:status:Requester"


def replaced(old, new):
    return lambda right: re.sub(old, new, right(sign=False))


@pytest.mark.parametrize("says, state", [
    (lambda right: right(sign=False), "confirmed"),
    (replaced(r"<(\w+:StatusCode) ([^>]*?) ?/>", rf'<\1 \2><\1 Value="{PARTIAL}" /></\1>'), "confirmed"),
    (lambda right: "<?xml version='1.0' encoding='UTF-8'?>\n" + right(sign=False), "confirmed"),
    (lambda right: right(status=error_status_factory((REQUESTER, "no"))), "refused"),
    (replaced(r'InResponseTo="_[^"]*"', 'InResponseTo="_other"'), "refused"),
    (replaced(r' InResponseTo="_[^"]*"', ""), "refused"),
    (replaced(r">https://vault\.example\.edu/saml<", ">https://other.example.edu/saml<"), "refused"),
    (lambda right: right().replace("status:Success", "status:Success "), "refused"),      # what was signed is something else
    (lambda right: re.sub(r"(<[\w:]*SignatureValue>)....", r"\1AAAA", right()), "refused"),
    (lambda right: re.sub(r"(<[\w:]*)Envelope", r"\1Envelop", right(sign=False)), "refused"),
    (lambda right: re.sub(r"(<[\w:]*Body>)(.*)(</[\w:]*Body>)", r"\1\2\2\3", right(sign=False), flags=re.S), "refused"),
    (lambda right: re.sub(r".*<[\w:]*Body>(.*)</[\w:]*Body>.*", r"\1", right(sign=False), flags=re.S), "refused"),
    (lambda right: "<!DOCTYPE x [<!ENTITY a 'a'>]>" + right(sign=False), "refused"),
    (lambda right: "<html><body>Signed out.</body></html>", "refused"),
    (lambda right: "", "refused"),
    (lambda right: (204, ""), "refused"),
    (lambda right: "<a>" * 12000, "refused"),
    (lambda right: (404, right(sign=False)), "refused")])
def test_what_counts_as_an_answer(services, vault, door, says, state):
    assert vault.ask(door.browser).status_code == 200
    services.answers["/vault"] = says
    place = door.log_out().json()["next"]
    services.until_heard("/vault")
    wanted = {"Vault": state}
    until(lambda: states(door, place) == wanted, f"{says} is {state}", 4)


def test_it_is_told_again_until_it_is_heard(services, vault, door):
    """A fault of SOAP has status 500. Each time it has another ID, since a service may refuse one that it has seen."""
    _, index = visit(vault, door)
    services.answers["/vault"] = lambda right: (500, right(sign=False))
    place = door.log_out().json()["next"]
    first, _ = services.until_heard("/vault", index)
    assert states(door, place) == {"Vault": "waits"}
    services.answers.clear()
    second, _ = services.until_heard("/vault", index, 2)
    ids = {services.request("/vault", body).id for body in (first, second)}
    assert len(ids) == 2
    until(lambda: states(door, place) == {"Vault": "confirmed"}, "it has heard it")


def test_who_has_signed_somebody_out_is_not_told_of_it(services, vault, lone, door):
    """And the others have confirmed when it is answered, so nothing is missing."""
    name, index = visit(vault, door)
    visit(lone, door)
    raw = RawLogout(vault, name.text, index)
    answer = followed(door, ask(door, vault, raw))
    assert status_of(vault, answer) == ("Success", raw.parts["id"])
    assert services.until_heard("/lone") and not services.at("/vault", index)


def test_a_stranger_at_the_address(services, vault, door, tmp_path):
    """A signature of another key is none, though it came by TLS."""
    kept, vault.client.sec.key_file = vault.client.sec.key_file, str(make_key(tmp_path, "stranger")[0])
    try:
        assert vault.ask(door.browser).status_code == 200
        place = door.log_out().json()["next"]
        services.until_heard("/vault")
        until(lambda: states(door, place) == {"Vault": "refused"}, "it is refused", 4)
    finally:
        vault.client.sec.key_file = kept


def test_an_operator_sees_how(ctl, services, vault):
    text = ctl("service", "show", "vault").stdout
    assert re.search(rf"^sign-out +{vault.leaving} \(redirect\)\n +{re.escape(services.uri('/vault'))} \(soap\)$", text, re.M), text
