"""A client that is not ours: Apache with mod_auth_openidc, by the file of docs/examples, and a browser before it."""
import json
import os
import re
import secrets
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from authlib.jose import JsonWebKey

from apache import Apache, enter, filled, follow, next_port
from campus.client import until
from campus.layout import ROOT
from ctl import Ctl
from door import JSON, Door
from relying import HTML
from rising import low, rise

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Apache changes its uid")
MORE = """
OIDCCacheType shm
Header always set X-User "expr=%{REMOTE_USER}"
Header always set X-Mail "expr=%{reqenv:OIDC_CLAIM_email}"
Header always set X-Acr "expr=%{reqenv:OIDC_CLAIM_acr}"
"""


MFA = "https://refeds.org/profile/mfa"
BEHIND = f"""
<Location /exams>
	Require claim acr:{MFA}
	OIDCUnAutzAction auth
	OIDCPathAuthRequestParams acr_values={quote(MFA, safe='')}
</Location>
<Location /bye>
	Require all granted
	OIDCUnAuthAction pass
</Location>
"""
SIGNS = """OIDCPrivateKeyFiles archive-1#FOLDER/key.pem
OIDCPublicKeyFiles archive-1#FOLDER/public.pem
OIDCProviderTokenEndpointAuth private_key_jwt"""


@pytest.fixture(scope="module")
def wiki(campus):
    """The origin of a site that its own Apache closes."""
    port, ctl = next_port(), Ctl(campus)
    origin = f"http://localhost:{port}"
    added = ctl.json("service", "add", "wiki", "--redirect-uri", f"{origin}/oidc-callback", "--label", "Campus wiki",
                     "--claims", "name preferred_username email groups", "--backchannel-logout-uri",
                     f"{origin}/oidc-callback?logout=backchannel", "--logout-uri", f"{origin}/bye/", "--break-glass", "--reason", "a test")
    example = filled((ROOT / "docs/examples/apache-oidc.conf").read_text(encoding="utf-8"), {
        "https://login.example.edu": campus.portal, "https://wiki.example.edu": origin, "CLIENT-ID": added["client_id"],
        "CLIENT-SECRET": added["client_secret"], "RANDOM-TEXT": secrets.token_hex(16)})
    server = Apache(port, "auth_openidc", example + BEHIND, MORE)
    try:
        yield server.wait()
    finally:
        server.end()
        ctl("service", "remove", "wiki", "--break-glass", "--reason", "a test")
        ctl.close()


@pytest.fixture(scope="module")
def archive(campus, tmp_path_factory):
    """The origin of a site whose Apache has no secret, but signs who it is."""
    port, ctl, folder = next_port(), Ctl(campus), tmp_path_factory.mktemp("archive")
    origin, key = f"http://localhost:{port}", JsonWebKey.generate_key("RSA", 2048, {"kid": "archive-1"}, is_private=True)
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(is_private=False)]}), encoding="utf-8")
    added = ctl.json("service", "add", "archive", "--redirect-uri", f"{origin}/oidc-callback", "--label", "Archive",
                     "--claims", "preferred_username", "--jwks", str(folder / "jwks.json"), "--break-glass", "--reason", "a test")
    example = filled((ROOT / "docs/examples/apache-oidc.conf").read_text(encoding="utf-8"), {
        "https://login.example.edu": campus.portal, "https://wiki.example.edu": origin, "CLIENT-ID": added["client_id"],
        "OIDCClientSecret CLIENT-SECRET": SIGNS, "RANDOM-TEXT": secrets.token_hex(16)})
    server = Apache(port, "auth_openidc", example, MORE, {"key.pem": key.as_pem(is_private=True), "public.pem": key.as_pem(is_private=False)})
    try:
        yield server.wait()
    finally:
        server.end()
        ctl("service", "remove", "archive", "--break-glass", "--reason", "a test")
        ctl.close()


def test_somebody_signs_in_and_out(campus, wiki):
    person = campus.person(role="employee")
    door, page = enter(Door(campus), wiki, person, "/?a=b")
    assert page.status_code == 200 and page.text == "the pages of /site\n"
    assert page.headers["X-User"] == person.user and page.headers["X-Mail"].endswith("@example.edu")
    assert page.headers["X-Acr"] == "https://refeds.org/profile/sfa"
    staff = door.browser.get(wiki + "/staff/", headers=HTML, allow_redirects=False)
    assert staff.status_code == 200, staff.status_code


def test_one_that_signs_who_it_is(campus, archive):
    person = campus.person(role="student")
    _, page = enter(Door(campus), archive, person)
    assert page.status_code == 200 and page.headers["X-User"] == person.user


def test_a_claim_that_somebody_lacks(campus, wiki):
    door, page = enter(Door(campus), wiki, campus.person(role="student"))
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
    door, page = enter(Door(campus), wiki, campus.person(role="coordinator"))
    other, _ = enter(Door(campus), wiki, campus.person(role="guest"))
    assert page.status_code == 200
    left = door.log_out().json()["next"]
    until(lambda: {row["state"] for row in campus.browser().get(left, headers=JSON).json()["applications"]} == {"confirmed"}, "Apache has confirmed", 5)
    assert door.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 302, "signed out"
    assert other.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 200, "and nobody else"


def test_a_session_rises_for_a_page(campus, wiki):
    """Who is signed in there with the password alone is sent again for a page that wants two factors, by acr_values."""
    door, two = low(campus)
    page = follow(door.browser, door.browser.get(wiki + "/", headers=HTML, allow_redirects=False))
    assert page.status_code == 200 and page.headers["X-Acr"] == "https://refeds.org/profile/sfa"
    sent = door.browser.get(wiki + "/exams/", headers=HTML, allow_redirects=False)
    [onward] = re.findall(r'<meta http-equiv="refresh" content="0; ?url=([^"]*)">', sent.text)     # its way to send on who is signed in
    assert parse_qs(urlsplit(unescape(onward)).query)["acr_values"] == [MFA]
    page = follow(door.browser, rise(door, two, unescape(onward)))
    assert page.status_code == 200 and page.text == "the pages of /site/exams\n" and page.headers["X-Acr"] == MFA
    assert page.headers["X-User"] == two.person.user


def test_who_signs_out_there_is_asked_and_comes_back(campus, wiki):
    """The module's own logout: to end_session_endpoint with the hint, and from there to the address that it named."""
    door, page = enter(Door(campus), wiki, campus.person(role="coordinator"))
    assert page.status_code == 200
    sent = door.browser.get(f"{wiki}/oidc-callback?logout={quote(wiki + '/bye/', safe='')}", headers=HTML, allow_redirects=False)
    asked = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert sent.headers["Location"].startswith(campus.portal + "/oidc/logout?") and asked["post_logout_redirect_uri"] == [wiki + "/bye/"]
    assert asked["id_token_hint"]
    question = door.browser.get(sent.headers["Location"], headers=HTML)
    assert question.status_code == 200 and "Campus wiki" in question.text and door.home().status_code == 200
    fields = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', question.text)}
    page = follow(door.browser, door.browser.post("/oidc/logout", data=fields, headers=HTML, allow_redirects=False))
    assert page.status_code == 200 and page.url == wiki + "/bye/" and page.text == "the pages of /site/bye\n"
    assert door.home().status_code == 401 and door.browser.get(wiki + "/", headers=HTML, allow_redirects=False).status_code == 302
