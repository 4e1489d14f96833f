"""RP-Initiated Logout 1.0: a service sends somebody here to be signed out; the person is asked, and goes back there."""
import base64
import re
from html import unescape

import pytest

from relying import HTML, JSON, Door, fault_of, register, signed_in       # pylint: disable=unused-import
from words import shown

BYE = "https://moodle.example.edu/bye"


@pytest.fixture(scope="module")
def moodle(register):
    return register("moodle", "--logout-uri", f"{BYE} {BYE}?from=spom")


@pytest.fixture
def door(campus):
    return signed_in(campus, campus.newcomer())


def leave(door, **asked):
    return door.browser.get("/oidc/logout", params={name: value for name, value in asked.items() if value is not None}, headers=HTML)


def form_of(page):
    assert page.status_code == 200 and "Sign out here, too?" in shown(page), page.text
    assert re.search(r'<form method="post" action="/oidc/logout">', page.text)
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)}


def say_yes(door, page, **more):
    return door.browser.post("/oidc/logout", data=form_of(page) | more, headers=HTML)


def is_inside(door):
    return door.browser.get("/", headers=HTML).status_code == 200


def gone_to(answer):
    assert answer.status_code == 200 and "You are signed out" in shown(answer)
    assert re.search(r"spom=;.*Max-Age=0", answer.headers["Set-Cookie"])
    return answer.headers["Refresh"].removeprefix("0;url=")


def test_the_whole_way(moodle, door, campus):
    assert moodle.machine.get("/.well-known/openid-configuration").json()["end_session_endpoint"] == f"{campus.portal}/oidc/logout"
    tokens = moodle.redeem(moodle.code(door.browser)).json()
    page = leave(door, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="a b&c")
    assert "Moodle sent you here" in shown(page) and is_inside(door), "nothing has happened yet"
    assert gone_to(say_yes(door, page)) == f"{BYE}?state=a%20b%26c"
    assert not is_inside(door)
    assert fault_of(moodle.userinfo(tokens["access_token"]), 401) == "invalid_token"


def test_who_stays_is_signed_in(moodle, door):
    form_of(leave(door, client_id=moodle.client_id, post_logout_redirect_uri=BYE))
    assert is_inside(door)


def test_the_uri_has_a_query(moodle, door):
    page = leave(door, client_id=moodle.client_id, post_logout_redirect_uri=f"{BYE}?from=spom", state="x")
    assert gone_to(say_yes(door, page)) == f"{BYE}?from=spom&state=x"


def test_nobody_is_signed_in(campus, moodle):
    door = Door(campus)
    answer = leave(door, client_id=moodle.client_id, post_logout_redirect_uri=BYE, state="x")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BYE}?state=x")
    assert leave(door).headers["Location"] == "/login?done=signed_out"


@pytest.mark.parametrize("uri", [BYE + "/", BYE + "#", "https://evil.example.org/", "http://moodle.example.edu/bye", BYE.upper(), BYE + "?from=spom&x",
                                 "//evil.example.org", "javascript:alert(1)", "https://moodle.example.edu@evil.example.org/bye", "/"])
def test_never_to_another_address(moodle, door, uri):
    page = leave(door, client_id=moodle.client_id, post_logout_redirect_uri=uri, state="x")
    assert "evil" not in page.text and "post_logout_redirect_uri" not in form_of(page)
    answer = say_yes(door, page, post_logout_redirect_uri=uri)
    assert answer.status_code == 303 and answer.headers["Location"] == "/login?done=signed_out" and not is_inside(door)


def test_of_no_client(moodle, door):
    """An address counts only with the client for which it is registered."""
    for asked in ({}, {"client_id": "nobody"}, {"client_id": moodle.secret}):
        assert "post_logout_redirect_uri" not in form_of(leave(door, post_logout_redirect_uri=BYE, **asked))


def test_hints_that_are_none(register, moodle, door):
    other = register("other-logout")
    hint = moodle.redeem(moodle.code(door.browser)).json()["id_token"]
    head, body, signature = hint.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    kept = form_of(leave(door, id_token_hint=hint, post_logout_redirect_uri=BYE, client_id=moodle.client_id))
    assert kept["client_id"] == moodle.client_id and kept["post_logout_redirect_uri"] == BYE
    for wrong, client_id in ((hint, other.client_id), (f"{head}.{body}.{'A' * len(signature)}", None), (f"{unsigned}.{body}.", None),
                             (f"{head}.{body}", None), ("x", None), (hint[:-1], moodle.client_id), (hint + "A", None)):
        form = form_of(leave(door, id_token_hint=wrong, post_logout_redirect_uri=BYE, client_id=client_id))
        assert set(form) == {"csrf"}, wrong
    own = other.redeem(other.code(door.browser)).json()["id_token"]
    assert "post_logout_redirect_uri" not in form_of(leave(door, id_token_hint=own, post_logout_redirect_uri=BYE))


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_hints_of_every_algorithm(register, door, alg):
    client = register(f"logout-{alg.lower()}", "--alg", alg, "--logout-uri", BYE)
    hint = client.redeem(client.code(door.browser)).json()["id_token"]
    assert form_of(leave(door, id_token_hint=hint, post_logout_redirect_uri=BYE))["client_id"] == client.client_id


def test_a_form_of_the_service(moodle, door):
    """It comes without a cookie; the address that it becomes has one."""
    answer = door.browser.post("/oidc/logout", data={"client_id": moodle.client_id, "post_logout_redirect_uri": BYE},
                               headers=HTML | {"Origin": "https://moodle.example.edu", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/oidc/logout?client_id=") and is_inside(door)


@pytest.mark.parametrize("csrf", ["x", "A" * 43])
def test_a_form_of_somebody_else(moodle, door, csrf):
    answer = door.browser.post("/oidc/logout", data={"client_id": moodle.client_id, "csrf": csrf}, headers=JSON)
    assert answer.status_code in (400, 403) and is_inside(door), answer.text


def test_a_form_of_another_site_takes_nothing_away(moodle, door):
    """Browsers send no cookie of ours with it; so nobody is signed out, and the cookie stays where it is."""
    fields = {"csrf": "x", "client_id": moodle.client_id, "post_logout_redirect_uri": BYE}
    for more in ({}, {"Sec-Fetch-Site": "cross-site"}):
        answer = moodle.machine.post("/oidc/logout", data=fields, headers=HTML | more)
        assert answer.status_code in (200, 303) and "Set-Cookie" not in answer.headers
    answer = door.browser.post("/oidc/logout", data=fields, headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/oidc/logout?") and "Set-Cookie" not in answer.headers
    assert is_inside(door)


def test_twice(moodle, door):
    page = leave(door, client_id=moodle.client_id, post_logout_redirect_uri=BYE)
    assert gone_to(say_yes(door, page)) == BYE
    again = say_yes(door, page)
    assert again.status_code == 200 and again.headers["Refresh"] == f"0;url={BYE}", "what was wanted is so"
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize("asked", [{"state": "s" * 1001}, {"client_id": ["a", "b"]}, {"id_token_hint": "x" * 9000}], ids=["long", "twice", "huge"])
def test_what_cannot_be_read(door, asked):
    assert leave(door, **asked).status_code in (400, 414) and is_inside(door)


def test_a_registration_that_cannot_be(register):
    for uri in ("http://moodle.example.edu/bye", "https://moodle.example.edu/bye#x", "https://*.example.edu/"):
        done = register.ctl("service", "add", "no-service", "--redirect-uri", BYE, "--label", "x", "--logout-uri", uri, "--break-glass", "--reason", "a test")
        assert done.returncode != 0, uri
