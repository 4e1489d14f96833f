"""cas.py - a service of CAS as the protocol has it: a browser's way to a ticket, and what the ticket says."""
import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote, urlencode

import pytest

from relying import HTML, Registry

WIKI = "https://wiki.example.edu/cas/page?id=1"
NAMESPACE = {"cas": "http://www.yale.edu/tp/cas"}
TICKET = re.compile(r"ST-[\w-]{43}")


class Services(Registry):
    """Services of CAS that a test registers."""

    def __call__(self, name, addresses, *options, claims="name email groups"):
        self.add(name, "--cas", "--service-url", addresses, *options, claims=claims)


@pytest.fixture(scope="module")
def register(campus):
    """register(name, addresses, options...): a service that is taken away in the end."""
    registry = Services(campus)
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def machine(campus):
    return campus.browser()         # no cookie ever


def login(door, service=WIKI, accept=HTML, **more):
    return door.browser.get("/cas/login?" + urlencode({"service": service} | more, quote_via=quote), headers=accept)


def ticket_of(answer, service=WIKI):
    """What the service is told by a redirect (303), or by a page that goes on by itself."""
    to = answer.headers.get("Location") or answer.headers["Refresh"].removeprefix("0;url=")
    assert to.startswith(service + ("&" if "?" in service else "?") + "ticket="), to
    ticket = to.rpartition("ticket=")[2]
    assert TICKET.fullmatch(ticket), ticket
    return ticket


def validate(machine, ticket, service=WIKI, path="/cas/p3/serviceValidate", **more):
    asked = {"service": service, "ticket": ticket} | more
    return machine.get(path, params={name: value for name, value in asked.items() if value is not None})


def success_of(answer):
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("application/xml"), answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    found = ElementTree.fromstring(answer.content).find("cas:authenticationSuccess", NAMESPACE)
    assert found is not None, answer.text
    return found


def text_of(element, name):
    return element.findtext(f".//cas:{name}", namespaces=NAMESPACE)


def code_of(answer, kind="authentication"):
    assert answer.status_code == 200, (answer.status_code, answer.text)
    failure = ElementTree.fromstring(answer.content).find(f"cas:{kind}Failure", NAMESPACE)
    assert failure is not None and failure.text, answer.text
    return failure.get("code")
