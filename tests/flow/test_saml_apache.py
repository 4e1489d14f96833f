"""A service of SAML that is not ours: Apache with mod_auth_mellon, by the file of docs/examples, and a browser before it."""
import base64
import os
import re
import tempfile
import zlib
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from saml2.xml.schema import schema_saml_protocol

from apache import Apache, filled, next_port
from campus.layout import ROOT
from ctl import Ctl
from door import JSON, Door
from provider import REASON, make_key
from relying import HTML
from rising import low, rise

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Apache changes its uid")
MORE = """
Header always set X-User "expr=%{REMOTE_USER}"
Header always set X-Mail "expr=%{reqenv:MAIL}"
"""
METADATA = """<EntityDescriptor entityID="{origin}/mellon/metadata" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
<SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<KeyDescriptor use="encryption"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{origin}/mellon/logout"/>
<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>
<AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{origin}/mellon/postResponse"/>
</SPSSODescriptor></EntityDescriptor>
"""


def example_of(campus, folder, origin):
    """What the example names: keys and metadata of both sides, for Apache's user to read."""
    key, certificate = make_key(folder, "sp")
    certificate.rename(folder / "sp.cert")
    inner = "".join((folder / "sp.cert").read_text().split("-----")[2].split())
    (folder / "sp.xml").write_text(METADATA.format(origin=origin, certificate=inner))
    (folder / "idp.xml").write_text(campus.browser().get("/saml/metadata").text)
    key.chmod(0o644)
    example = (ROOT / "docs/examples/apache-saml.conf").read_text(encoding="utf-8")
    return filled(example, {"/etc/apache2/mellon": str(folder)}) + "\nMellonLockFile FOLDER/lock\n"


@contextmanager
def closed(campus, name, label, settings=""):
    """A site that its own Apache closes: (origin, its metadata, ctl)."""
    port, ctl = next_port(), Ctl(campus)
    with tempfile.TemporaryDirectory(prefix="spom-mellon-") as path:
        folder = Path(path)
        folder.chmod(0o755)
        example = example_of(campus, folder, f"http://localhost:{port}")
        register(ctl, folder / "sp.xml", name, label)
        server = Apache(port, "auth_mellon", example + settings, MORE)
        try:
            yield server.wait(), folder / "sp.xml", ctl
        finally:
            server.end()
            ctl("service", "remove", name, *REASON)
            ctl.close()


def register(ctl, metadata, name="catalogue", label="Library catalogue"):
    added = ctl("service", "add", name, "--saml-metadata", str(metadata), "--label", label,
                "--claims", "name preferred_username email groups", *REASON)
    assert added.returncode == 0, added.stderr


@pytest.fixture(scope="module")
def site(campus):
    with closed(campus, "catalogue", "Library catalogue") as found:
        yield found


@pytest.fixture(scope="module")
def catalogue(site):
    return site[0]


class Browser:
    """Keeps cookies of Domain=localhost, which requests takes for none."""

    def __init__(self):
        self.cookies = {}

    def ask(self, method, address, **more):
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = requests.request(method, address, headers={"Cookie": sent}, allow_redirects=False, timeout=20, **more)
        self.cookies |= dict(re.findall(r"([\w-]+)=([^;,]*); Version=1", answer.headers.get("Set-Cookie", "")))
        return answer

    def follow(self, site, answer):
        """As long as it leads to places of the site."""
        while answer.status_code in (302, 303) and answer.headers["Location"].startswith(site):
            answer = self.ask("GET", answer.headers["Location"])
        return answer


def visit(site, inside, path):
    """The answer of the site to a browser that follows each step: to its login, to us, and back by the form."""
    return come_in(Browser(), site, inside, path)


def come_in(browser, site, inside, path="/"):
    answer = browser.follow(site, browser.ask("GET", site + path))
    parts = urlsplit(answer.headers["Location"])
    return send_in(browser, site, inside.browser.get(f"{parts.path}?{parts.query}", headers=HTML))


def send_in(browser, site, page):
    """What our page has the browser send to the site."""
    assert page.status_code == 200, page.text
    [to] = re.findall(r'<form method="post" action="([^"]*)" class="onward">', page.text)
    fields = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)}
    document = base64.b64decode(fields["SAMLResponse"]).decode()
    assert unescape(to) == site + "/mellon/postResponse" and "<saml:EncryptedAssertion " in document
    schema_saml_protocol.validate(document)
    return browser.follow(site, browser.ask("POST", unescape(to), data=fields))


def test_a_person_comes_in(campus, catalogue):
    person, door = campus.person(role="student"), Door(campus)
    assert door.sign_in(person).json().get("done") is True
    page = visit(catalogue, door, "/")
    assert page.status_code == 200 and page.text == "the pages of /site\n"
    assert page.headers["X-User"] == person.user and page.headers["X-Mail"].endswith("@example.edu")


def test_groups_reach_the_application(campus, catalogue):
    for role, status in (("employee", 200), ("student", 403)):
        door = Door(campus)
        assert door.sign_in(campus.person(role=role)).json().get("done") is True
        assert visit(catalogue, door, "/staff/").status_code == status, role


def is_inside(door):
    return door.browser.get("/", headers=HTML).status_code == 200


def is_known(site, browser):
    """Whether the site lets the browser in without asking us."""
    return browser.ask("GET", site + "/").status_code == 200


def ours(door, address):
    parts = urlsplit(address)
    return door.browser.get(f"{parts.path}?{parts.query}", headers=HTML)


@pytest.fixture
def both(campus, catalogue):
    """Somebody who is inside, here and there: (door, browser)."""
    door, browser = Door(campus), Browser()
    assert door.sign_in(campus.person(role="student")).json().get("done") is True
    assert come_in(browser, catalogue, door).status_code == 200 and is_known(catalogue, browser)
    return door, browser


def test_the_application_signs_somebody_out(campus, catalogue, both):
    """mod_auth_mellon asks, we end the session, and it takes our answer."""
    door, browser = both
    asked = browser.ask("GET", f"{catalogue}/mellon/logout?ReturnTo={catalogue}/staff/")
    assert asked.headers["Location"].startswith(f"{campus.portal}/saml/slo?SAMLRequest="), asked.text
    answer = ours(door, asked.headers["Location"])
    while answer.headers["Location"].startswith("/"):
        answer = door.browser.get(answer.headers["Location"], headers=HTML)
    assert not is_inside(door)
    response = parse_qs(urlsplit(answer.headers["Location"]).query)["SAMLResponse"][0]
    assert b"status:Success" in zlib.decompress(base64.b64decode(response), -15)
    back = browser.ask("GET", answer.headers["Location"])
    assert back.status_code == 303 and back.headers["Location"] == f"{catalogue}/staff/", back.text
    assert not is_known(catalogue, browser)


def test_it_is_told_of_a_sign_out_here(catalogue, both):
    """By a frame; it ends its own, and what it answers is on the page."""
    door, browser = both
    place = door.log_out().json()["next"]
    page = door.browser.get(place, headers=HTML)
    [frame] = re.findall(r'<iframe src="([^"]+)"', page.text)
    told = browser.ask("GET", ours(door, unescape(frame)).headers["Location"])
    assert told.status_code == 303 and "SAMLResponse=" in told.headers["Location"], told.text
    assert not is_known(catalogue, browser)
    assert ours(door, told.headers["Location"]).status_code == 204
    assert [row["state"] for row in door.browser.get(place, headers=JSON).json()["applications"]] == ["confirmed"]


def test_it_is_told_by_soap(campus, site):
    """As it announces in the metadata that it writes itself: no browser is needed, and its answer counts."""
    origin, metadata, ctl = site
    place = f'<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="{origin}/mellon/logout"/>'
    metadata.write_text(metadata.read_text().replace("<NameIDFormat>", place + "<NameIDFormat>"))
    assert ctl("service", "remove", "catalogue", *REASON).returncode == 0
    register(ctl, metadata)
    door, browser = Door(campus), Browser()
    assert door.sign_in(campus.person(role="student")).json().get("done") is True
    assert come_in(browser, origin, door).status_code == 200 and is_known(origin, browser)
    left = door.browser.get(door.log_out().json()["next"], headers=JSON).json()
    assert [row["state"] for row in left["applications"]] == ["confirmed"] and "frame" not in left["applications"][0]
    assert not is_known(origin, browser)


def test_a_session_rises_for_a_site(campus):
    """The module names a level (MellonAuthnContextClassRef), and who is signed in with the password alone proves the second factor on the way."""
    door, two = low(campus)
    browser = Browser()
    level = '<Location />\n\tMellonAuthnContextClassRef "https://refeds.org/profile/mfa"\n</Location>\n'
    with closed(campus, "exams", "Exams", level) as (exams, _, _):
        answer = browser.follow(exams, browser.ask("GET", exams + "/"))
        parts = urlsplit(answer.headers["Location"])
        page = send_in(browser, exams, rise(door, two, f"{parts.path}?{parts.query}"))
        assert page.status_code == 200 and page.headers["X-User"] == two.person.user
