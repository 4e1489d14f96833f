"""A service of CAS that is not ours: Apache with mod_auth_cas, by the file of docs/examples, and a browser before it."""
import os
from contextlib import contextmanager

import pytest

from apache import Apache, enter, filled, follow, next_port
from campus.client import until
from campus.layout import ROOT
from ctl import Ctl
from door import JSON, Door
from relying import HTML, REASON
from rising import low, rise
from words import says

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Apache changes its uid")
MORE = """
Header always set X-User "expr=%{REMOTE_USER}"
Header always set X-Mail "expr=%{req:CAS-email}"
"""


@contextmanager
def site(campus, name, *options):
    """The origin of a site that its own Apache closes."""
    port, ctl = next_port(), Ctl(campus)
    origin = f"http://localhost:{port}"
    ctl.json("service", "add", name, "--cas", "--service-url", f"{origin}/*", "--claims", "name email groups",
             "--backchannel-logout-uri", f"{origin}/", *options, *REASON)
    example = filled((ROOT / "docs/examples/apache-cas.conf").read_text(encoding="utf-8"), {
        "https://login.example.edu": campus.json["portal_https"], "https://wiki.example.edu": origin, "/var/cache/apache2/mod_auth_cas/": "FOLDER/",
        "/etc/ssl/certs/ca-certificates.crt": campus.json["ca"]})
    server = Apache(port, "auth_cas", example, MORE)
    try:
        yield server.wait()
    finally:
        server.end()
        ctl("service", "remove", name, *REASON)
        ctl.close()


@pytest.fixture(scope="module")
def wiki(campus):
    with site(campus, "cas-wiki", "--label", "Campus wiki") as origin:
        yield origin


def test_somebody_signs_in(campus, wiki):
    person = campus.person(role="employee")
    door, page = enter(Door(campus, https=True), wiki, person, "/?a=b&c=%2f")
    assert page.status_code == 200 and page.text == "the pages of /site\n"
    assert page.headers["X-User"] == person.user and page.headers["X-Mail"].endswith("@example.edu")
    assert door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False).status_code == 200


def test_an_attribute_that_somebody_lacks(campus, wiki):
    door, page = enter(Door(campus, https=True), wiki, campus.person(role="student"))
    assert page.status_code == 200
    assert door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False).status_code in (401, 403)


def test_whoever_is_signed_in_is_asked_nothing(campus, wiki):
    door = Door(campus, https=True)
    assert door.sign_in(campus.person(role="student")).json()["done"] is True
    page = follow(door.browser, door.browser.get(wiki + "/", headers=HTML, allow_redirects=False))
    assert page.status_code == 200 and page.headers["X-User"] == campus.person(role="student").user


def test_who_signs_out_at_the_portal_is_signed_out_there(campus, wiki):
    """The module ends its session and answers with a redirect, as it does whatever it did: the page says that it was told, and no more."""
    door, page = enter(Door(campus, https=True), wiki, campus.person(role="coordinator"))
    other, _ = enter(Door(campus, https=True), wiki, campus.person(role="guest"))
    assert page.status_code == 200 and door.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 200
    left = door.log_out().json()["next"]
    until(lambda: [row["state"] for row in campus.browser().get(left, headers=JSON).json()["applications"]] == ["told"], "Apache was told", 30)
    again = door.browser.get(wiki + "/", headers=HTML, allow_redirects=False)
    assert again.status_code == 302 and "/cas/login?" in again.headers["Location"], "signed out"
    assert other.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 200, "and nobody else"
    for language in ("en", "de"):
        shown = campus.browser().get(left, headers={**HTML, "Accept-Language": language})
        assert shown.headers["Content-Language"] == language and says(shown, "left.told") and says(shown, "left.close")
        assert not says(shown, "left.refused") and not says(shown, "left.confirmed")
    assert "notice_told" in campus.log("spom-courier")


def test_a_session_rises_for_a_service(campus):
    """Somebody who was registered with a password alone, and is signed in by it, proves the second factor on the way to a service that wants two."""
    door, two = low(campus, https=True)
    with site(campus, "cas-exams", "--label", "Exams", "--two-factors") as exams:
        sent = door.browser.get(exams + "/", headers=HTML, allow_redirects=False)
        assert sent.status_code == 302 and "/cas/login?" in sent.headers["Location"]
        page = follow(door.browser, rise(door, two, sent.headers["Location"]))
        assert page.status_code == 200 and page.headers["X-User"] == two.person.user
