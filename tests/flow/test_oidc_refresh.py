"""Refresh tokens (RFC 6749 section 6): each is used once, and whoever shows one again ends all that came of it."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from relying import fault_of, inside, register, signed_in      # pylint: disable=unused-import

SCOPE = "openid profile email offline_access"


@pytest.fixture(scope="module")
def cloud(register):
    return register("cloud", "--refresh", claims="name email")


def tokens_of(client, door, **more):
    answer = client.redeem(client.code(door.browser, **({"scope": SCOPE} | more)))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_client_goes_on(cloud, inside):
    first = tokens_of(cloud, inside)
    assert first["scope"] == "openid offline_access profile email" and len(first["refresh_token"]) == 43
    told = cloud.claims(first["id_token"])
    second = cloud.refresh(first["refresh_token"]).json()
    assert second["scope"] == first["scope"] and second["token_type"] == "Bearer" and second["expires_in"] >= 3590
    assert len({first["access_token"], second["access_token"], first["refresh_token"], second["refresh_token"]}) == 4
    cloud.nonce = None      # Core 12.2: there is none in what a refresh gives
    again = cloud.claims(second["id_token"])
    assert "nonce" not in again and all(again[name] == told[name] for name in ("iss", "sub", "aud", "auth_time", "acr"))
    for token in (first, second):
        assert cloud.userinfo(token["access_token"]).json()["sub"] == told["sub"]
    assert cloud.refresh(second["refresh_token"]).status_code == 200


def test_one_that_was_used_ends_all_that_came_of_it(register, cloud, inside):
    first = tokens_of(cloud, inside)
    second = cloud.refresh(first["refresh_token"]).json()
    other = tokens_of(cloud, inside)
    assert fault_of(cloud.refresh(first["refresh_token"])) == "invalid_grant"
    assert fault_of(cloud.refresh(second["refresh_token"])) == "invalid_grant", "who has it may be the thief"
    for token in (first, second):
        assert fault_of(cloud.userinfo(token["access_token"]), 401) == "invalid_token"
    assert cloud.userinfo(other["access_token"]).status_code == 200, "another sign-in is none of it"
    assert "grant_replayed" in register.ctl("audit", "tail", "9").stdout


def test_many_times_at_once_it_gives_at_most_one(cloud, inside):
    for _ in range(5):
        held = tokens_of(cloud, inside)["refresh_token"]
        fields = {"grant_type": "refresh_token", "refresh_token": held}
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: cloud.campus.browser().post(
                "/oidc/token", data=fields, auth=(cloud.client_id, cloud.secret)), range(8)))    # pylint: disable=cell-var-from-loop
        good = [answer for answer in answers if answer.status_code == 200]
        assert len(good) <= 1 and all(fault_of(answer) == "invalid_grant" for answer in answers if answer not in good)
        for answer in good:
            assert fault_of(cloud.refresh(answer.json()["refresh_token"])) == "invalid_grant"


def test_only_who_asks_and_may_has_one(register, cloud, inside):
    assert "refresh_token" not in tokens_of(cloud, inside, scope="openid profile")
    plain = register("plain")
    tokens = tokens_of(plain, inside)
    assert "refresh_token" not in tokens and "offline_access" not in tokens["scope"]
    held = tokens_of(cloud, inside)["refresh_token"]
    assert fault_of(plain.refresh(held)) == "unauthorized_client"


def test_of_another_client(register, cloud, inside):
    other = register("other-cloud", "--refresh")
    held = tokens_of(cloud, inside)["refresh_token"]
    assert fault_of(other.refresh(held)) == "invalid_grant"
    assert cloud.refresh(held).status_code == 200, "and it was not used by that"


def test_a_public_client(register, inside):
    phone = register("phone-app", "--refresh", "--public", uri="http://127.0.0.1/callback")
    held = tokens_of(phone, inside)["refresh_token"]
    assert len(phone.refresh(held).json()["refresh_token"]) == 43


def test_less_is_given_and_more_is_not(cloud, inside):
    held = tokens_of(cloud, inside)["refresh_token"]
    for more in ("openid groups", "openid profile email offline_access nonsense", "x" * 300):
        assert fault_of(cloud.refresh(held, scope=more)) == "invalid_scope"
    less = cloud.refresh(held, scope="openid email").json()
    assert less["scope"] == "openid email" and set(cloud.userinfo(less["access_token"]).json()) == {"sub", "email"}
    bare = cloud.refresh(less["refresh_token"], scope="profile email").json()
    assert bare["scope"] == "profile email" and "id_token" not in bare and fault_of(cloud.userinfo(bare["access_token"]), 403) == "insufficient_scope"
    blank = cloud.refresh(bare["refresh_token"], scope=" ").json()
    whole = cloud.refresh(blank["refresh_token"]).json()
    assert blank["scope"] == whole["scope"]
    assert whole["scope"] == "openid offline_access profile email", "the refresh token kept what was granted (RFC 6749 section 6)"


@pytest.mark.parametrize("fields, error", [
    ({}, "invalid_request"), ({"refresh_token": "A" * 43}, "invalid_grant"), ({"refresh_token": "A" * 65}, "invalid_request")], ids=str)
def test_what_is_none(cloud, fields, error):
    assert fault_of(cloud.post("/oidc/token", {"grant_type": "refresh_token"} | fields)) == error


def test_an_access_token_is_no_refresh_token(cloud, inside):
    tokens = tokens_of(cloud, inside)
    assert fault_of(cloud.refresh(tokens["access_token"])) == "invalid_grant"
    assert fault_of(cloud.userinfo(tokens["refresh_token"]), 401) == "invalid_token"
    assert cloud.post("/oidc/introspect", {"token": tokens["refresh_token"]}).json() == {"active": False}


def test_it_ends_with_the_session(campus, cloud):
    door = signed_in(campus, campus.person(role="employee"))
    held = tokens_of(cloud, door)["refresh_token"]
    assert door.log_out().status_code == 200
    assert fault_of(cloud.refresh(held)) == "invalid_grant"


def test_it_ends_with_the_service(register, inside):
    gone = register("gone-cloud", "--refresh")
    held = tokens_of(gone, inside)["refresh_token"]
    register.remove("gone-cloud")
    assert fault_of(gone.refresh(held), 401) == "invalid_client"


def test_revocation(cloud, inside):
    tokens = tokens_of(cloud, inside)
    assert cloud.post("/oidc/revoke", {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}).status_code == 200
    assert fault_of(cloud.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert fault_of(cloud.userinfo(tokens["access_token"]), 401) == "invalid_token"


def test_no_refresh_token_reaches_a_log_or_the_store_as_it_is(campus, cloud, inside):
    held = tokens_of(cloud, inside)["refresh_token"]
    cloud.refresh(held)
    logs = "".join(path.read_text(errors="replace") for path in (campus.dir / "log").rglob("*") if path.is_file())
    assert logs and held not in logs
