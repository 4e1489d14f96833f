"""A client that is not ours: Apache with mod_auth_openidc, by the file of docs/examples, and a browser before it."""
import os
import pwd
import secrets
import signal
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from campus.client import until
from campus.guard import die_with_parent
from campus.layout import ROOT
from conftest import free_port
from ctl import Ctl
from door import JSON, Door
from relying import HTML

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Apache changes its uid")
MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "headers", "dir")
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
OIDCCacheType shm
Header always set X-User "expr=%{{REMOTE_USER}}"
Header always set X-Mail "expr=%{{reqenv:OIDC_CLAIM_email}}"
Header always set X-Acr "expr=%{{reqenv:OIDC_CLAIM_acr}}"
Include {folder}/openidc.conf
"""


@pytest.fixture(scope="module")
def wiki(campus, tmp_path_factory):
    """The origin of a site that its own Apache closes."""
    folder, port, ctl = tmp_path_factory.mktemp("apache"), free_port() + 400, Ctl(campus)
    origin = f"http://localhost:{port}"
    added = ctl.json("service", "add", "wiki", "--redirect-uri", f"{origin}/oidc-callback", "--label", "Campus wiki",
                     "--claims", "name preferred_username email groups", "--backchannel-logout-uri",
                     f"{origin}/oidc-callback?logout=backchannel", "--break-glass", "--reason", "a test")
    example = (ROOT / "docs/examples/apache-oidc.conf").read_text(encoding="utf-8")
    for name, value in (("https://login.example.edu", campus.portal), ("https://wiki.example.edu", origin), ("CLIENT-ID", added["client_id"]),
                        ("CLIENT-SECRET", added["client_secret"]), ("RANDOM-TEXT", secrets.token_hex(16))):
        assert name in example
        example = example.replace(name, value)
    (folder / "openidc.conf").write_text(example, encoding="utf-8")
    modules = "\n".join(f"LoadModule {name}_module modules/mod_{name}.so" for name in MODULES)
    (folder / "apache.conf").write_text(SERVER.format(modules=modules, folder=folder, port=port), encoding="utf-8")
    for path in ("site", "site/staff"):
        (folder / path).mkdir()
        (folder / path / "page").write_text(f"the pages of /{path}\n", encoding="utf-8")
    owner = pwd.getpwnam("www-data")
    for path in (folder, *folder.parents):
        if path.name.startswith("pytest-"):
            path.chmod(0o755)
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
        ctl("service", "remove", "wiki", "--break-glass", "--reason", "a test")
        ctl.close()


def _answers(origin):
    try:
        return requests.get(origin, allow_redirects=False, timeout=5).status_code == 302
    except requests.RequestException:
        return False


def follow(browser, answer):
    """As a browser goes on, by Location and by Refresh."""
    while answer.status_code in (302, 303) or "Refresh" in answer.headers:
        to = answer.headers.get("Location") or answer.headers["Refresh"].removeprefix("0;url=")
        answer = browser.get(to, headers=HTML, allow_redirects=False)
    return answer


def enter(campus, origin, person, path="/"):
    """Opens a page of the site, signs in where one is led, and comes back; the browser and the last answer."""
    door = Door(campus)
    first = door.browser.get(origin + path, headers=HTML, allow_redirects=False)
    login = door.browser.get(first.headers["Location"], headers=HTML, allow_redirects=False)
    onward = parse_qs(urlsplit(login.headers["Location"]).query)["next"][0]
    door.get(next=onward)
    assert door.sign_in(person).json()["next"] == onward
    return door, follow(door.browser, door.browser.get(onward, headers=HTML))


def test_somebody_signs_in_and_out(campus, wiki):
    person = campus.person(role="employee")
    door, page = enter(campus, wiki, person, "/?a=b")
    assert page.status_code == 200 and page.text == "the pages of /site\n"
    assert page.headers["X-User"] == person.user and page.headers["X-Mail"].endswith("@example.edu")
    assert page.headers["X-Acr"] == "https://refeds.org/profile/sfa"
    staff = door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False)
    assert staff.status_code == 200, staff.status_code


def test_a_claim_that_somebody_lacks(campus, wiki):
    door, page = enter(campus, wiki, campus.person(role="student"))
    assert page.status_code == 200
    staff = door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False)
    assert staff.status_code in (401, 403)


def test_whoever_is_signed_in_is_asked_nothing(campus, wiki):
    door = Door(campus)
    assert door.sign_in(campus.person(role="student")).json()["done"] is True
    page = follow(door.browser, door.browser.get(wiki + "/", headers=HTML, allow_redirects=False))
    assert page.status_code == 200 and page.headers["X-User"] == campus.person(role="student").user


def test_who_signs_out_at_the_portal_is_signed_out_there(campus, wiki):
    """The module takes our logout tokens at its redirect URI, and knows the session by its sid."""
    door, page = enter(campus, wiki, campus.person(role="coordinator"))
    other, _ = enter(campus, wiki, campus.person(role="guest"))
    assert page.status_code == 200
    left = door.log_out().json()["next"]
    until(lambda: {row["state"] for row in campus.browser().get(left, headers=JSON).json()["applications"]} == {"confirmed"}, "Apache has confirmed", 5)
    assert door.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 302, "signed out"
    assert other.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 200, "and nobody else"
