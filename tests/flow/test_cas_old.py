"""Applications of CAS that go on by the address of an older server: the file of docs/examples by which nginx leads it here."""
from urllib.parse import urlencode

import pytest

from cas import WIKI, machine, register, success_of, text_of, ticket_of, validate     # pylint: disable=unused-import
from edges import Edge, old_cas
from relying import HTML, inside      # pylint: disable=unused-import

OLD = "https://cas.example.edu"


@pytest.fixture(scope="module")
def old(campus):
    server = old_cas(campus)
    try:
        yield Edge(OLD, server.port)
    finally:
        server.end()


@pytest.fixture(scope="module", autouse=True)
def wiki(register):
    register("old-wiki", "https://wiki.example.edu/cas/*", "--proxy-callback", "https://wiki.example.edu/pgt")


def sent_on(campus, old, path):
    answer = old.raw((), path)
    assert answer.status == 302 and answer.headers["Location"] == campus.portal + path
    return answer.headers["Location"]


def ticket(campus, old, inside, **more):
    path = "/cas/login?" + urlencode({"service": WIKI} | more)
    return ticket_of(inside.browser.get(sent_on(campus, old, path), headers=HTML))


@pytest.mark.parametrize("path", ["p3/serviceValidate", "serviceValidate", "p3/proxyValidate", "proxyValidate"])
def test_the_whole_way(campus, old, inside, path):
    query = urlencode({"service": WIKI, "ticket": ticket(campus, old, inside)})
    answer = old.raw((), f"/cas/{path}?{query}")
    assert answer.status == 200 and f"<cas:user>{campus.person(role='student').user}</cas:user>" in answer.text
    assert ("<cas:email>" in answer.text) == path.startswith("p3/")
    assert "INVALID_TICKET" in old.raw((), f"/cas/{path}?{query}").text, "and once"


def test_by_the_first_protocol_and_by_both_names(campus, old, inside, machine):
    query = urlencode({"service": WIKI, "ticket": ticket(campus, old, inside)})
    assert old.raw((), f"/cas/validate?{query}").text == f"yes\n{campus.person(role='student').user}\n"
    assert text_of(success_of(validate(machine, ticket(campus, old, inside))), "user"), "by the portal's name too"


def test_a_proxy_and_a_sign_out(campus, old):
    assert "INVALID_REQUEST" in old.raw((), "/cas/proxy").text
    sent_on(campus, old, "/cas/logout?service=" + "https%3A%2F%2Fwiki.example.edu%2Fcas%2F")


def test_what_a_client_says_of_the_edge_is_lost(campus, old, inside):
    query = urlencode({"service": WIKI, "ticket": ticket(campus, old, inside)})
    lines = ("X-SPOM-Edge: guessed", "X-SPOM-Origin: https://evil.example.org", "X-Forwarded-Host: evil.example.org")
    assert "<cas:user>" in old.raw(lines, f"/cas/serviceValidate?{query}").text


@pytest.mark.parametrize("path", ["/", "/cas", "/cas/", "/cas/samlValidate", "/cas/v1/tickets", "/login", "/oidc/token", "/metrics", "/health/ready"])
def test_nothing_else_is_there(old, path):
    assert old.raw((), path).status == 404
