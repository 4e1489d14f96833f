"""The settings of sign-ins to services, each turned once; see test_settings.py."""
import os

import pytest

from campus.client import until
from relying import JSON, Registry, signed_in
from turning import ctl, home, own, person, redis, settings      # pylint: disable=unused-import
from words import shown

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="restarts programs of other users")


@pytest.fixture(scope="module")
def register(own):
    registry = Registry(own)
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def client(register):
    return register("settings", "--refresh")


@pytest.fixture
def inside(own, person):
    return signed_in(own, person)


def lasts(own, kind):
    """Seconds that the only value of a kind stays in the store."""
    names = [name for name in redis(own, "--scan") if f"{kind}:" in name]
    assert len(names) == 1, names
    return int(redis(own, "TTL", names[0])[0])


def test_code_s(own, ctl, client, inside):
    with settings(own, ctl, sso_DOT_code_s="600"):
        code = client.code(inside.browser)
        assert 590 <= lasts(own, "code") <= 600
        assert client.redeem(code).status_code == 200
    code = client.code(inside.browser)
    assert 50 <= lasts(own, "code") <= 60
    assert client.redeem(code).status_code == 200


def test_token_s(own, ctl, client, inside):
    with settings(own, ctl, sso_DOT_token_s="120"):
        assert 110 <= client.redeem(client.code(inside.browser)).json()["expires_in"] <= 120


def test_refresh_s(own, ctl, client, inside):
    with settings(own, ctl, sso_DOT_refresh_s="600"):
        tokens = client.redeem(client.code(inside.browser, scope="openid offline_access")).json()
        assert tokens["expires_in"] >= 3590, "an access token is as good as without it"
        assert 590 <= lasts(own, "refresh") <= 3660


def test_claim_scope(own, ctl, client, inside):
    def told(scope):
        return client.userinfo(client.redeem(client.code(inside.browser, scope=scope)).json()["access_token"]).json()
    assert "given_name" in told("openid profile")
    with settings(own, ctl, claim_OF_given_name_DOT_scope="names"):
        until(lambda: "given_name" not in told("openid profile"), "it is of another scope", 5)
        assert "given_name" in told("openid names")


def test_acr_value(own, ctl, client, inside):
    """A site's own names for levels, by the section's name or as they are written there."""
    def said(wish):
        return client.claims(client.redeem(client.code(inside.browser, acr_values=wish)).json()["id_token"])["acr"]

    def names():
        return client.machine.get("/.well-known/openid-configuration").json()["acr_values_supported"]
    before = names()
    with settings(own, ctl, acr_OF_bronze_DOT_level="password", acr_OF_gold_DOT_level="two_factors",
                  acr_OF_gold_DOT_value="https://example.edu/gold", acr_OF_token_DOT_level="phishing_resistant"):
        until(lambda: said("bronze") == "bronze", "the name is known", 5)
        assert names() == [*before, "bronze", "https://example.edu/gold"], "what nobody can prove is not offered"
        assert said("token bronze") == "bronze" and said("token") == before[0]
        assert client.answer_of(client.authorize(inside.browser, prompt="none", acr_values="https://example.edu/gold"))["code"]
    until(lambda: said("bronze") == before[0], "the name is gone", 5)


def test_acr_level(own, ctl):
    with settings(own, ctl, acr_OF_one_DOT_level="two_factors"):
        assert "two_factors" in ctl("config", "settings").stdout
    with pytest.raises(AssertionError, match="the settings have a fault"):
        with settings(own, ctl, acr_OF_one_DOT_level="high"):
            pass


@pytest.mark.parametrize("closed", [{"factors_DOT_window_days": "0"}, {"factors_DOT_wait_s": "86400"}])
def test_a_second_factor_that_cannot_be_had_today(own, ctl, register, inside, closed):
    """A page says what is missing and where it is to be had; a client that shows no page is told."""
    strict = register("strict", "--two-factors")
    with settings(own, ctl, **closed):
        page = strict.authorize(inside.browser)
        assert page.status_code == 403 and "Location" not in page.headers
        for words in ("a second factor", "Security", "strict.level", "To my devices"):
            assert words in shown(page), words
        assert 'href="/security"' in page.text and "trace" in page.text
        as_json = strict.authorize(inside.browser, accept=JSON).json()
        assert as_json["error"] == "level_missing" and as_json["rule"] == "strict.level" and as_json["trace"]
        wish = strict.authorize(inside.browser, prompt="none", acr_values="https://refeds.org/profile/mfa")
        assert strict.answer_of(wish)["error"] == "unmet_authentication_requirements"
    register.remove("strict")


def test_device_s(own, ctl, register, inside):
    screen = register("screen", "--device", "--public", uri="http://127.0.0.1/callback")
    grant = "urn:ietf:params:oauth:grant-type:device_code"

    def poll(given):
        return screen.post("/oidc/token", {"grant_type": grant, "device_code": given["device_code"]}, "none").json()["error"]
    with settings(own, ctl, sso_DOT_device_s="1"):
        given = screen.post("/oidc/device", {"scope": "openid"}, "none").json()
        assert given["expires_in"] == 1
        until(lambda: poll(given) == "expired_token", "its time is over", 5)
    csrf = inside.browser.get("/device", headers=JSON).json()["csrf"]
    late = inside.browser.post("/device", headers=JSON | {"X-CSRF-Token": csrf}, json={"user_code": given["user_code"], "answer": "allow"})
    assert late.status_code == 422 and late.json()["error"] == "device_code_unknown"
