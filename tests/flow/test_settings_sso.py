"""The settings of sign-ins to services, each turned once; see test_settings.py."""
import json
import os
import subprocess

import pytest
from saml2.response import StatusNoAuthnContext
from saml2.saml import AuthnContextClassRef
from saml2.samlp import RequestedAuthnContext

from campus.client import until
from feed import SPACES, role
from provider import REASON, Provider
from receiver import Receiver
from relying import JSON, Door, Registry, signed_in
from test_oidc_levels import MFA, SFA, Two
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
    return register("settings", "--refresh", "--category", "research-and-scholarship anonymous")


@pytest.fixture
def student(own):
    return own.person(role="student")


@pytest.fixture
def inside(own, person):
    return signed_in(own, person)


def asked(ctl, person):
    """What the service would be told."""
    return ctl.json("service", "test", "settings", person.user)


def told(ctl, person):
    """The same by name: all its values."""
    rows = asked(ctl, person)["told"]
    return {row["name"]: [other["value"] for other in rows if other["name"] == row["name"]] for row in rows}


def changed(ctl, person, name, value):
    """What is told, once that is told of it; None: not yet."""
    rows = told(ctl, person)
    return rows if rows.get(name, [None])[0] == value else None


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


def test_ca_file(own, ctl, person, tmp_path):
    """Somebody's own authority counts beside the system's, and what waits is tried at once."""
    certificate, key = own.dir / "told.pem", tmp_path / "told.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    receiver, registry = Receiver(certificate, key), Registry(own)
    told = registry("told", "--backchannel-logout-uri", receiver.uri("/ok/told"))
    door = signed_in(own, person)
    told.redeem(told.code(door.browser))
    door.log_out()
    assert receiver.hears_nothing("/ok/told")
    with settings(own, ctl, sso_DOT_ca_file=str(certificate)):
        receiver.until_heard("/ok/told", timeout_s=4)
    registry.close()
    receiver.close()


def test_claim_scope(own, ctl, client, inside):
    def told(scope):
        return client.userinfo(client.redeem(client.code(inside.browser, scope=scope)).json()["access_token"]).json()
    assert "given_name" in told("openid profile")
    with settings(own, ctl, claim_OF_given_name_DOT_scope="names"):
        until(lambda: "given_name" not in told("openid profile"), "it is of another scope", 5)
        assert "given_name" in told("openid names")


def test_sso_scope(own, ctl, client, student):
    assert told(ctl, student)["schac_home_organization"][0] == "example.edu"
    with settings(own, ctl, sso_DOT_scope="uni.example"):
        rows = until(lambda: changed(ctl, student, "schac_home_organization", "uni.example"), "the domain is another one", 5)
        assert rows["eduperson_principal_name"] == [f"{student.user}@uni.example"]
    with settings(own, ctl, sso_DOT_scope=""):
        rows = until(lambda: changed(ctl, student, "schac_home_organization", None), "there is no domain", 5)
        assert not [name for name, values in rows.items() if any("@" in value for value in values) and name != "email"]


def test_conduct(own, ctl, student):
    """Of what a service's metadata require."""
    file = own.dir / "conduct.xml"
    rows = "".join(f'<md:RequestedAttribute Name="urn:oid:{name}" isRequired="true"/>' for name in ("0.9.2342.19200300.100.1.3", "1.3.6.1.4.1.5923.1.5.1.1"))
    consuming = f'<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="en">x</md:ServiceName>{rows}</md:AttributeConsumingService>'
    entity_id = "https://conduct.example.org"
    file.write_text(f'<md:EntityDescriptor {SPACES} entityID="{entity_id}">{role(entity_id).replace("</md:SP", consuming + "</md:SP")}</md:EntityDescriptor>')
    file.chmod(0o644)
    assert ctl("service", "add", "conduct", "--label", "x", "--saml-metadata", str(file), "--category", "code-of-conduct", *REASON).returncode == 0

    def names():
        return {row["name"] for row in ctl.json("service", "test", "conduct", student.user).get("told", [])}
    assert names() == {"email"}
    with settings(own, ctl, sso_DOT_conduct="groups name"):
        until(lambda: names() == {"groups"}, "another one may be required", 5)
    assert ctl("service", "remove", "conduct", *REASON).returncode == 0


def test_affiliation_groups(own, ctl, client, student):
    assert "member@example.edu" in told(ctl, student)["eduperson_scoped_affiliation"]
    with settings(own, ctl, affiliation_OF_member_DOT_groups="nobody-is-in-this"):
        until(lambda: "member@example.edu" not in told(ctl, student)["eduperson_scoped_affiliation"], "nobody is a member", 5)


def test_claim_saml(own, ctl, client, student):
    def saml():
        return {row["name"]: row.get("saml") for row in asked(ctl, student)["told"]}["given_name"]
    assert saml() == "urn:oid:2.5.4.42"
    with settings(own, ctl, claim_OF_given_name_DOT_saml="https://example.edu/given"):
        until(lambda: saml() == "https://example.edu/given", "SAML calls it otherwise", 5)


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


def test_a_second_factor_that_does_not_count_yet(own, ctl, register, client, person, tmp_path):
    """Enrolled on the password alone a moment ago (SECURITY 14): at every door it is the level of the password, and no session rises by it."""
    strict, provider = register("strict", "--two-factors"), Provider(own, tmp_path, "paper")
    provider.register(ctl)
    with settings(own, ctl, factors_DOT_wait_s="86400"):
        somebody, door = Two(own, person).enrol(), Door(own)
        door.sign_in(person)
        assert door.answer(somebody.code()).json()["done"] is True, "it is asked for, and adds nothing"
        claims = client.claims(client.redeem(client.code(door.browser, acr_values=MFA)).json()["id_token"])
        assert claims["acr"] == SFA and claims["amr"] == ["pwd", "otp"], "what was proved, and not that it were several factors"
        context = provider.read(provider.ask(door.browser)).assertion.authn_statement[0].authn_context.authn_context_class_ref.text
        assert context == SFA
        assert strict.authorize(door.browser, accept=JSON).json()["error"] == "level_missing"
        assert strict.answer_of(strict.authorize(door.browser, prompt="none"))["error"] == "unmet_authentication_requirements"
        with pytest.raises(StatusNoAuthnContext):
            provider.read(provider.ask(door.browser, requested_authn_context=RequestedAuthnContext(authn_context_class_ref=[AuthnContextClassRef(text=MFA)])))
    register.remove("strict")
    assert ctl("service", "remove", "paper", *REASON).returncode == 0


def test_more_claims_than_a_question_has_room_for(own, ctl, register, inside):
    """Nobody can agree to what was not shown whole: neither is asked nor told, and the log says why."""
    names = [f"{chr(ord('a') + i)}{'_' + 'x' * 58}" for i in range(12)]
    with settings(own, ctl, **{f"claim_OF_{name}_DOT_ldap": "givenName" for name in names}):
        few, many = (register(name, "--consent", claims=" ".join(claims)) for name, claims in (("few", names[:11]), ("many", names)))
        page = few.authorize(inside.browser, accept=JSON, claims=json.dumps({"userinfo": dict.fromkeys(names)}))
        assert page.status_code == 200 and len(page.json()["told"]["now"]) == 11
        assert many.authorize(inside.browser, accept=JSON, claims=json.dumps({"userinfo": dict.fromkeys(names)})).status_code == 500
        log = "".join(path.read_text(errors="replace") for path in (own.dir / "log").rglob("*authority*") if path.is_file())
        assert " consent_too_large " in log and "service=many" in log
    for name in ("few", "many"):
        register.remove(name)


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
