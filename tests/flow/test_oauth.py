"""OAuth 2.0 as clients find it: each value of the configuration (RFC 8414) against the program, and what there is without OpenID Connect."""
import json

from relying import CALLBACK, HTML, REASON, fault_of, inside, moodle, register, signed_in      # pylint: disable=unused-import
from words import shown


def campus_page(client, **more):
    """The page of somebody who has to sign in first."""
    browser = client.campus.browser()
    return browser.get(client.authorize(browser, **more).headers["Location"], headers=HTML)


def test_each_value_of_the_configuration_is_taken(register, moodle, inside):
    """And one that does not stand there is none; the same is said to clients of OAuth 2.0 alone (RFC 8414)."""
    answer = moodle.machine.get("/.well-known/oauth-authorization-server")
    found = answer.json()
    assert found == moodle.machine.get("/.well-known/openid-configuration").json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "max-age=3600" in answer.headers["Cache-Control"]
    phone = register("values-phone", "--public", uri="http://127.0.0.1/callback")
    client = register("values", "--refresh", claims=" ".join(name for name in found["claims_supported"] if name != "sub"))

    def error(**more):
        answer = client.authorize(inside.browser, **more)
        told = answer.status_code == 303 and not answer.headers["Location"].startswith("/login")
        return client.answer_of(answer).get("error") if told else answer.status_code

    for prompt in found["prompt_values_supported"]:
        assert error(prompt=prompt) != "invalid_request", prompt
    assert found["prompt_values_supported"] == ["none", "login", "select_account", "consent"] and error(prompt="create") == "invalid_request"
    for locale in found["ui_locales_supported"]:
        page = campus_page(client, ui_locales=locale)
        assert page.headers["Content-Language"] == locale
    assert campus_page(client, ui_locales="fr").headers["Content-Language"] in found["ui_locales_supported"]
    for mode in found["response_modes_supported"]:
        assert error(response_mode=mode) in (None, 200), mode
    for kind in found["response_types_supported"]:
        assert error(response_type=kind) is None
    assert found["code_challenge_methods_supported"] == ["S256"] and error(code_challenge_method="plain") == "invalid_request"
    for acr in found["acr_values_supported"]:
        assert error(acr_values=acr) is None, acr
    scopes = " ".join(found["scopes_supported"])
    assert set(client.redeem(client.code(inside.browser, scope=scopes)).json()["scope"].split()) == set(scopes.split())
    for kind in [*found["grant_types_supported"], "password"]:
        known = fault_of(client.post("/oidc/token", {"grant_type": kind})) != "unsupported_grant_type"
        assert known == (kind in found["grant_types_supported"]), kind
    for way in found["token_endpoint_auth_methods_supported"]:
        who = phone if way == "none" else client
        if way != "private_key_jwt":        # test_oidc_assertion.py
            assert who.redeem(who.code(inside.browser), way.removeprefix("client_secret_")).status_code == 200, way
    for kind in found["subject_types_supported"]:
        assert register(f"values-{kind}", "--subject", kind).client_id
    for name in ("request", "request_uri"):
        assert found[f"{name}_parameter_supported"] is False and error(**{name: "https://a.example/"}) == f"{name}_not_supported"


# --- OAuth 2.0 alone ---

def test_without_openid(register, inside):
    """RFC 6749 3.3: what is registered, by name or all of it; nobody is told of a person."""
    mailer = register("mailer", "--scopes", "mail.read mail.send", "--refresh")
    tokens = mailer.redeem(mailer.code(inside.browser, scope="mail.read profile")).json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"} and tokens["scope"] == "mail.read"
    refused = mailer.userinfo(tokens["access_token"])
    assert fault_of(refused, 403) == "insufficient_scope" and 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    told = mailer.post("/oidc/introspect", {"token": tokens["access_token"]}).json()
    assert told["active"] and told["scope"] == "mail.read" and "username" not in told and told["sub"]
    whole = mailer.redeem(mailer.code(inside.browser, scope=None, nonce=None, prompt="none")).json()
    assert whole["scope"] == "mail.read mail.send" and "id_token" not in whole
    less = mailer.refresh(whole["refresh_token"], scope="mail.send").json()
    assert less["scope"] == "mail.send" and "id_token" not in less and len(less["refresh_token"]) == 43
    assert fault_of(mailer.refresh(less["refresh_token"], scope="mail.read openid")) == "invalid_scope"
    for scope in ("profile", "mail.delete", "offline", " "):
        assert mailer.answer_of(mailer.authorize(inside.browser, scope=scope))["error"] == "invalid_scope", scope
    with_openid = mailer.redeem(mailer.code(inside.browser, scope="openid mail.read")).json()
    assert "id_token" in with_openid and "refresh_token" not in with_openid, "offline_access is the word of OpenID Connect"
    pushed = mailer.post("/oidc/par", mailer.request(scope="mail.send")).json()["request_uri"]
    answer = inside.browser.get("/oidc/authorize", params={"client_id": mailer.client_id, "request_uri": pushed}, headers=HTML)
    assert mailer.redeem(mailer.answer_of(answer)["code"]).json()["scope"] == "mail.send"
    claims = json.dumps({"userinfo": {"preferred_username": None}})
    token = mailer.redeem(mailer.code(inside.browser, scope="mail.read", claims=claims)).json()["access_token"]
    assert "username" not in mailer.post("/oidc/introspect", {"token": token}).json()


def test_consent_without_openid(campus, register):
    inside = signed_in(campus, campus.newcomer())        # who reads English
    asks = register("asks", "--scopes", "mail.read", "--refresh", "--consent")
    page = asks.authorize(inside.browser, scope="mail.read")
    assert page.status_code == 200 and "May Asks" in shown(page) and "email" not in page.text.lower()
    assert "It may do this in your name" in shown(page) and "mail.read" in shown(page)
    assert asks.answer_of(asks.authorize(inside.browser, scope="mail.read", prompt="none"))["error"] == "consent_required"


def test_what_it_may_do_is_agreed_to_by_itself(register, inside):
    """Who agreed to a sign-in has not agreed to more."""
    asks = register("does", "--scopes", "mail.read mail.send", "--consent", claims="name")

    def agreed(scope):
        page = asks.authorize(inside.browser, accept={"Accept": "application/json"}, scope=scope).json()
        sent = {"question": page["question"], "next": page["next"], "answer": "agree"}
        done = inside.browser.post("/consent", headers={"Accept": "application/json", "X-CSRF-Token": page["csrf"]}, json=sent).json()
        assert asks.answer_of(inside.browser.get(done["next"], headers=HTML))["code"]
        return [row["name"] for row in page["told"]["allowed"]]

    def is_asked(scope):
        return asks.answer_of(asks.authorize(inside.browser, scope=scope, prompt="none")).get("error") == "consent_required"

    assert not agreed("openid") and not is_asked("openid")
    assert is_asked("mail.read") and is_asked("openid mail.read") and is_asked(None)
    assert agreed("openid mail.read") == ["mail.read"]
    assert not is_asked("mail.read") and is_asked("openid mail.send")


def test_without_pkce(register, inside):
    """By an operator's word, with openid and a nonce (RFC 9700 section 2.1.1); what is sent counts as always, and a verifier needs a challenge (4.8.2)."""
    old, browser = register("old", "--no-pkce", "--scopes", "read"), inside.browser
    without = {"code_challenge": None, "code_challenge_method": None}
    given = old.redeem(old.code(browser, **without), code_verifier=None)
    assert old.claims(given.json()["id_token"])["nonce"] == old.nonce
    assert old.redeem(old.code(browser)).status_code == 200
    assert old.post("/oidc/par", old.request(**without)).status_code == 201
    for more in (without | {"nonce": None}, without | {"scope": "read"}, {"code_challenge": None}, {"code_challenge_method": None},
                 {"code_challenge_method": "plain"}, {"code_challenge": "short"}):
        told = old.answer_of(old.authorize(browser, **more))
        assert told["error"] == "invalid_request" and "code" not in told, more
    assert fault_of(old.redeem(old.code(browser, **without))) == "invalid_grant", "the verifier is of another request"
    assert fault_of(old.redeem(old.code(browser), code_verifier=None)) == "invalid_grant"
    assert "with openid and a nonce" in register.ctl("service", "show", "old").stdout
    done = register.ctl("service", "add", "older", "--label", "Older", "--redirect-uri", CALLBACK, "--public", "--no-pkce", *REASON)
    assert done.returncode == 1 and "nothing but PKCE" in done.stderr
