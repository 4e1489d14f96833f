"""A service of CAS that is not ours: Apache with mod_auth_cas, by the file of docs/examples, and a browser before it."""
import os
from urllib.parse import parse_qs, urlsplit

import pytest

from apache import Apache, filled, follow, next_port
from campus.layout import ROOT
from ctl import Ctl
from door import Door
from relying import HTML, REASON

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Apache changes its uid")
MORE = """
Header always set X-User "expr=%{REMOTE_USER}"
Header always set X-Mail "expr=%{req:CAS-email}"
"""


@pytest.fixture(scope="module")
def wiki(campus):
    """The origin of a site that its own Apache closes."""
    port, ctl = next_port(), Ctl(campus)
    origin = f"http://localhost:{port}"
    ctl.json("service", "add", "cas-wiki", "--cas", "--service-url", f"{origin}/*", "--label", "Campus wiki", "--claims", "name email groups", *REASON)
    example = filled((ROOT / "docs/examples/apache-cas.conf").read_text(encoding="utf-8"), {
        "https://login.example.edu": campus.json["portal_https"], "https://wiki.example.edu": origin, "/var/cache/apache2/mod_auth_cas/": "FOLDER/",
        "/etc/ssl/certs/ca-certificates.crt": campus.json["ca"]})
    server = Apache(port, "auth_cas", example, MORE)
    try:
        yield server.wait()
    finally:
        server.end()
        ctl("service", "remove", "cas-wiki", *REASON)
        ctl.close()


def enter(campus, origin, person, path="/"):
    """Opens a page of the site, signs in where one is led, and comes back; the browser and the last answer."""
    door = Door(campus, https=True)
    first = door.browser.get(origin + path, headers=HTML, allow_redirects=False)
    assert first.status_code == 302 and "/cas/login?" in first.headers["Location"]
    login = door.browser.get(first.headers["Location"], headers=HTML, allow_redirects=False)
    onward = parse_qs(urlsplit(login.headers["Location"]).query)["next"][0]
    door.get(next=onward)
    assert door.sign_in(person).json()["next"] == onward
    return door, follow(door.browser, door.browser.get(onward, headers=HTML))


def test_somebody_signs_in(campus, wiki):
    person = campus.person(role="employee")
    door, page = enter(campus, wiki, person, "/?a=b&c=%2f")
    assert page.status_code == 200 and page.text == "the pages of /site\n"
    assert page.headers["X-User"] == person.user and page.headers["X-Mail"].endswith("@example.edu")
    assert door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False).status_code == 200


def test_an_attribute_that_somebody_lacks(campus, wiki):
    door, page = enter(campus, wiki, campus.person(role="student"))
    assert page.status_code == 200
    assert door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False).status_code in (401, 403)


def test_whoever_is_signed_in_is_asked_nothing(campus, wiki):
    door = Door(campus, https=True)
    assert door.sign_in(campus.person(role="student")).json()["done"] is True
    page = follow(door.browser, door.browser.get(wiki + "/", headers=HTML, allow_redirects=False))
    assert page.status_code == 200 and page.headers["X-User"] == campus.person(role="student").user
