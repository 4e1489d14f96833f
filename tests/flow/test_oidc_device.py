"""Devices without a browser (RFC 8628): a code that a person types elsewhere, compares, and decides about."""
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from door import JSON
from relying import HTML, fault_of, inside, moodle, not_framed, register, signed_in      # pylint: disable=unused-import
from words import says, shown

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@pytest.fixture(scope="module")
def screen(register):
    """A television: a public client that has no address."""
    client = register("screen", "--public", "--device", uri="http://127.0.0.1/callback", label="Lecture screen")
    client.nonce = None
    return client


@pytest.fixture
def somebody(campus, person):
    return signed_in(campus, person)


def begin(client, scope="openid profile", auth=None, **more):
    return client.post("/oidc/device", {"scope": scope} | more, auth or ("basic" if client.secret else "none"))


def poll(client, device_code, auth=None):
    return client.post("/oidc/token", {"grant_type": GRANT, "device_code": device_code}, auth or ("basic" if client.secret else "none"))


def say(door, user_code, answer=None, headers=JSON, csrf=None):
    csrf = csrf or door.browser.get("/device", headers=JSON).json()["csrf"]
    fields = {"user_code": user_code} | ({"answer": answer} if answer else {})
    if headers is JSON:
        return door.browser.post("/device", headers=JSON | {"X-CSRF-Token": csrf}, json=fields)
    return door.browser.post("/device", headers=headers, data=fields | {"csrf": csrf})


def test_the_whole_way(campus, screen, somebody):
    answer = begin(screen)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store", answer.text
    given = answer.json()
    assert set(given) == {"device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"}
    assert given["verification_uri"] == campus.portal + "/device" and given["expires_in"] == 600 and given["interval"] == 5
    assert given["verification_uri_complete"] == f"{campus.portal}/device?user_code={given['user_code']}"
    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", given["user_code"])
    assert fault_of(poll(screen, given["device_code"])) == "authorization_pending"
    assert fault_of(poll(screen, given["device_code"])) == "slow_down"
    asked = say(somebody, given["user_code"].lower().replace("-", " ")).json()
    assert asked["name"] == "Lecture screen" and asked["user_code"] == given["user_code"] and asked["address"] == "127.0.0.1"
    assert asked["elsewhere"] is False and asked["person"]
    assert say(somebody, given["user_code"], "allow").json()["done"] == "device_allowed"
    tokens = poll(screen, given["device_code"]).json()
    claims = screen.claims(tokens["id_token"])
    assert claims["acr"] == "https://refeds.org/profile/sfa" and screen.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]
    assert fault_of(poll(screen, given["device_code"])) == "invalid_grant", "once"
    assert say(somebody, given["user_code"], "allow").json()["error"] == "device_code_unknown"
    assert somebody.log_out().status_code == 200
    assert fault_of(screen.userinfo(tokens["access_token"]), 401) == "invalid_token", "it ends with the session"


def test_by_a_library_that_is_not_ours(screen, somebody):
    given = begin(screen).json()
    assert say(somebody, given["user_code"], "allow").status_code == 200
    session = OAuth2Session(screen.client_id, token_endpoint_auth_method="none")
    session.trust_env = False
    token = session.fetch_token(screen.campus.portal + "/oidc/token", grant_type=GRANT, device_code=given["device_code"])
    assert token["token_type"] == "Bearer" and token["id_token"]


def test_an_address_only_fills_the_field(campus, screen, somebody):
    """Whoever sends somebody a link gets nothing by it (SECURITY 19)."""
    given = begin(screen).json()
    path = given["verification_uri_complete"].removeprefix(campus.portal)
    page = somebody.browser.get(path, headers=HTML)
    assert page.status_code == 200 and f'value="{given["user_code"]}"' in page.text and "Lecture screen" not in shown(page)
    page = somebody.browser.get(path + "&answer=allow", headers=HTML)
    assert "Lecture screen" not in shown(page)
    assert fault_of(poll(screen, given["device_code"])) == "authorization_pending"
    compare = say(somebody, given["user_code"], headers=HTML)
    assert not_framed(page) and not_framed(compare)
    for words in ("Lecture screen", given["user_code"], "127.0.0.1", "the same code stands there"):
        assert words in shown(compare), words
    assert fault_of(poll(screen, given["device_code"])) == "slow_down", "typing it is no yes"
    assert "may go on" in shown(say(somebody, given["user_code"], "allow", headers=HTML))


def test_from_another_network(campus, screen, somebody):
    """Whoever lets somebody in elsewhere is told so before anything else (SECURITY 19); from the same one nothing is said of it."""
    edge, fields = campus.json["edge"], {"client_id": screen.client_id, "scope": "openid"}
    headers = {"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": campus.portal}
    for address, elsewhere in (("198.51.100.7", True), ("127.0.0.1", False)):
        given = requests.post(f"{edge['back']}/oidc/device", data=fields, headers=headers | {"X-Forwarded-For": address}, timeout=10).json()
        asked = say(somebody, given["user_code"]).json()
        assert asked["elsewhere"] is elsewhere and asked["address"] == address
        page = say(somebody, given["user_code"], headers=HTML)
        assert says(page, "device.elsewhere") is elsewhere and address in shown(page)
        if elsewhere:
            assert page.text.index("another address") < page.text.index("Lecture screen"), "first"


def test_nobody_decides_for_somebody_else(campus, screen, somebody):
    given = begin(screen).json()
    for csrf in ("x", signed_in(campus, campus.person(role="employee")).browser.get("/device", headers=JSON).json()["csrf"]):
        assert say(somebody, given["user_code"], "allow", csrf=csrf).status_code in (401, 403)
    assert campus.browser().post("/device", headers=JSON, json={"user_code": given["user_code"], "answer": "allow"}).status_code == 401
    page = campus.browser().get("/device?user_code=" + given["user_code"], headers=HTML)
    assert page.status_code == 303 and page.headers["Location"].startswith("/login?next=%2Fdevice%3Fuser_code")
    assert fault_of(poll(screen, given["device_code"])) == "authorization_pending"


def test_no(screen, somebody):
    given = begin(screen).json()
    assert say(somebody, given["user_code"], "deny").json()["done"] == "device_denied"
    for _ in range(2):
        assert fault_of(poll(screen, given["device_code"])) == "access_denied"
    assert say(somebody, given["user_code"], "allow").json()["error"] == "device_code_unknown"


def test_who_allowed_it_has_signed_out_meanwhile(screen, somebody):
    """Of the session that said yes nothing comes any more, also on a device that has not asked yet."""
    given = begin(screen).json()
    assert say(somebody, given["user_code"], "allow").json()["done"] == "device_allowed"
    assert somebody.log_out().status_code == 200
    assert fault_of(poll(screen, given["device_code"])) == "invalid_grant"
    asked = begin(screen).json()
    assert say(somebody, asked["user_code"], "allow", csrf="x").status_code == 401
    assert fault_of(poll(screen, asked["device_code"])) == "authorization_pending"


def test_only_one_of_many_gets_it(screen, somebody):
    given = begin(screen).json()
    assert say(somebody, given["user_code"], "allow").status_code == 200
    with ThreadPoolExecutor(6) as threads:
        fields = {"grant_type": GRANT, "device_code": given["device_code"], "client_id": screen.client_id}
        answers = list(threads.map(lambda _: screen.campus.browser().post("/oidc/token", data=fields), range(6)))
    assert sum(answer.status_code == 200 for answer in answers) <= 1
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}


def test_a_code_of_another_client(register, screen, somebody):
    other = register("screen-other", "--device", label="Another")
    given = begin(screen).json()
    assert say(somebody, given["user_code"], "allow").status_code == 200
    assert fault_of(poll(other, given["device_code"])) == "invalid_grant"
    assert poll(screen, given["device_code"]).status_code == 200, "it is none the worse for it"


def test_a_device_of_a_service_that_is_gone(register, somebody):
    gone = register("screen-gone", "--device")
    given = begin(gone).json()
    register.remove("screen-gone")
    assert say(somebody, given["user_code"], "allow").json()["error"] == "device_code_unknown"
    assert fault_of(poll(gone, given["device_code"]), 401) == "invalid_client"


def test_who_may_not(register, somebody):
    closed = register("screen-closed", "--device", "--groups", "managers", label="Closed")
    given = begin(closed).json()
    for answer in (None, "allow"):
        refused = say(somebody, given["user_code"], answer)
        assert refused.status_code == 403 and refused.json()["rule"] == "screen-closed.groups"
    strict = register("screen-strict", "--device", "--two-factors", label="Strict")
    given = begin(strict).json()
    answer = say(somebody, given["user_code"], "allow", headers=HTML)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?act="), "the session rises first"
    assert answer.headers["Location"].endswith("next=%2Fdevice%3Fuser_code%3D" + given["user_code"])
    fresh = register("screen-fresh", "--device", "--fresh", "1", label="Fresh")
    given = begin(fresh).json()
    time.sleep(1.1)
    answer = say(somebody, given["user_code"], "allow", headers=HTML)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?next=%2Fdevice")
    assert fault_of(poll(fresh, given["device_code"])) == "authorization_pending"


def test_guesses_are_counted(screen, somebody):
    """Ten in ten minutes by one person; what is no code at all is none."""
    given = begin(screen).json()
    for wrong in ("", "x", "AEIOUAEI", "BCDF-GHJ", "BCDF-GHJK-L", "BCDF_GHJK", "bcdf\u0130hjk", "B" * 33):
        answer = say(somebody, wrong)
        assert answer.status_code in (400, 422), (wrong, answer.text)
    answers = [say(somebody, "BCDF-GHJK") for _ in range(11)]
    assert [answer.status_code for answer in answers[:10]] == [422] * 10
    assert answers[10].status_code == 429 and answers[10].json()["error"] == "device_too_often" and int(answers[10].headers["Retry-After"]) >= 1
    assert say(somebody, given["user_code"], "allow").status_code == 429, "then the right one is no answer either"
    assert fault_of(poll(screen, given["device_code"])) == "authorization_pending"


@pytest.mark.parametrize("more, error", [
    ({"scope": "profile"}, "invalid_scope"), ({"scope": ""}, "invalid_scope"), ({"scope": "x" * 1001}, "invalid_request"),
    ({"resource": "moodle"}, "invalid_target"),
])
def test_what_is_wrong_with_a_request(screen, more, error):
    assert fault_of(begin(screen, **more)) == error


def test_without_openid(register, somebody):
    """RFC 8628 3.1: scope need not be there."""
    printer = register("printer", "--device", "--scopes", "print.jobs", label="Printer")
    answer = begin(printer, scope=None)
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert say(somebody, given["user_code"], "allow").status_code == 200
    tokens = poll(printer, given["device_code"]).json()
    assert tokens["scope"] == "print.jobs" and "id_token" not in tokens
    assert fault_of(printer.userinfo(tokens["access_token"]), 403) == "insufficient_scope"


def test_what_else_is_wrong(screen, moodle):
    assert fault_of(begin(moodle)) == "unauthorized_client"
    assert fault_of(begin(moodle, auth="none"), 401) == "invalid_client"
    twice = f"client_id={screen.client_id}&scope=openid&scope=openid"
    assert fault_of(screen.machine.post("/oidc/device", data=twice, headers={"Content-Type": "application/x-www-form-urlencoded"})) == "invalid_request"
    assert fault_of(poll(screen, None)) == "invalid_request"
    assert fault_of(poll(screen, "A" * 43)) == "invalid_grant" and fault_of(poll(screen, "A" * 65)) == "invalid_request"
    found = screen.machine.get("/.well-known/openid-configuration").json()
    assert found["device_authorization_endpoint"] == screen.campus.portal + "/oidc/device" and GRANT in found["grant_types_supported"]
