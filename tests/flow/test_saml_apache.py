"""A service of SAML that is not ours: Apache with mod_auth_mellon, by the file of docs/examples, and a browser before it."""
import os
import pwd
import re
import signal
import subprocess
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests

from campus.client import until
from campus.guard import die_with_parent
from campus.layout import ROOT
from conftest import free_port
from ctl import Ctl
from door import Door
from provider import REASON, make_key
from relying import HTML

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Apache changes its uid")
MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_mellon", "headers", "dir")
SERVER = """
ServerRoot /usr/lib/apache2
{modules}
Listen 127.0.0.1:{port}
ServerName localhost
User www-data
Group www-data
PidFile {folder}/pid
ErrorLog {folder}/error.log
Mutex file:{folder}
DocumentRoot {folder}/site
DirectoryIndex page
MellonLockFile {folder}/lock
Header always set X-User "expr=%{{REMOTE_USER}}"
Header always set X-Mail "expr=%{{reqenv:MAIL}}"
Include {folder}/saml.conf
"""
METADATA = """<EntityDescriptor entityID="{origin}/mellon/metadata" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
<SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>
<AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{origin}/mellon/postResponse"/>
</SPSSODescriptor></EntityDescriptor>
"""


def files(campus, folder, origin):
    """What the example names: keys and metadata of both sides."""
    key, certificate = make_key(folder, "sp")
    certificate.rename(folder / "sp.cert")
    inner = "".join((folder / "sp.cert").read_text().split("-----")[2].split())
    (folder / "sp.xml").write_text(METADATA.format(origin=origin, certificate=inner))
    (folder / "idp.xml").write_text(campus.browser().get("/saml/metadata").text)
    example = (ROOT / "docs/examples/apache-saml.conf").read_text(encoding="utf-8")
    assert "/etc/apache2/mellon" in example
    (folder / "saml.conf").write_text(example.replace("/etc/apache2/mellon", str(folder)), encoding="utf-8")
    key.chmod(0o644)


@pytest.fixture(scope="module")
def catalogue(campus, tmp_path_factory):
    """The origin of a site that its own Apache closes."""
    folder, port, ctl = tmp_path_factory.mktemp("mellon"), free_port() + 400, Ctl(campus)
    origin = f"http://localhost:{port}"
    files(campus, folder, origin)
    for path in (folder, *folder.parents):
        if path.name.startswith("pytest-"):
            path.chmod(0o755)
    folder.chmod(0o755)
    added = ctl("service", "add", "catalogue", "--saml-metadata", str(folder / "sp.xml"), "--label", "Library catalogue",
                "--claims", "name preferred_username email groups", *REASON)
    assert added.returncode == 0, added.stderr
    modules = "\n".join(f"LoadModule {name}_module modules/mod_{name}.so" for name in MODULES)
    (folder / "apache.conf").write_text(SERVER.format(modules=modules, folder=folder, port=port), encoding="utf-8")
    for path in ("site", "site/staff"):
        (folder / path).mkdir()
        (folder / path / "page").write_text(f"the pages of /{path}\n", encoding="utf-8")
    owner = pwd.getpwnam("www-data")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    me = os.getpid()
    server = subprocess.Popen(["apache2", "-DFOREGROUND", "-f", str(folder / "apache.conf")],
                              preexec_fn=lambda: die_with_parent(me, signal.SIGTERM))
    try:
        until(lambda: _answers(origin), "Apache answers", 10)
        yield origin
    finally:
        server.terminate()
        server.wait(10)
        ctl("service", "remove", "catalogue", *REASON)
        ctl.close()


def _answers(origin):
    try:
        return requests.get(origin, allow_redirects=False, timeout=5).status_code in (302, 303)
    except requests.ConnectionError:
        return False


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
    browser = Browser()
    answer = browser.follow(site, browser.ask("GET", site + path))
    parts = urlsplit(answer.headers["Location"])
    page = inside.browser.get(f"{parts.path}?{parts.query}", headers=HTML)
    assert page.status_code == 200, page.text
    [to] = re.findall(r'<form method="post" action="([^"]*)" class="onward">', page.text)
    fields = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)}
    assert unescape(to) == site + "/mellon/postResponse"
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
