"""What a service is told of a person, asked before and listed afterwards: names in languages, the logo, the list, consent at every door."""
import base64
import html
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import ldap
import pytest
from saml2.xml.schema import schema_saml_protocol

from campus.png import SIGNATURE, chunk, head, pixels, png
from door import JSON
from receiver import Receiver
from relying import HTML, REASON, fault_of, not_framed, register, signed_in      # pylint: disable=unused-import
from saml_raw import Raw, redirect
from test_hostile_store import Store

CAS = "https://notes.example.edu/in"
GERMAN = {"Accept": "text/html", "Accept-Language": "de"}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("logo") / "logo.png"
    path.write_bytes(png(64, 48))
    return path


@pytest.fixture(scope="module")
def asks(register, picture):
    """A client of which people are asked."""
    return register("asks", "--consent", "--refresh", "--device", "--label-de", "Frage-Wiki", "--about", "Where people write",
                    "--about-de", "Wo geschrieben wird", "--link", "https://asks.example.edu/", "--logo", str(picture), claims="name email given_name")


@pytest.fixture(scope="module")
def notes(register):
    """One of CAS."""
    register.ctl.json("service", "add", "notes", "--cas", "--service-url", CAS, "--label", "Notes", "--claims", "email", "--consent", *REASON)
    register.names.append("notes")


@pytest.fixture
def door(campus):
    door = signed_in(campus, campus.newcomer())
    return door


def rows(door, **asked):
    page = door.browser.get("/services", headers=JSON, params=asked).json()
    return {row["id"]: row for row in page.get("services", [])}


def names(row):
    return {name["name"] for name in row.get("learnt", [])}


def question(answer):
    """The page of a consent, as JSON."""
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["question"] and page["next"].startswith("/"), page
    return page


def say(door, page, what="agree", csrf=None, **other):
    return door.browser.post("/consent", headers=JSON | {"X-CSRF-Token": csrf or page["csrf"]},
                             json={"question": page["question"], "next": page["next"], "answer": what} | other)


def go_on(door, page, what="agree"):
    answer = say(door, page, what)
    assert answer.status_code == 200 and answer.json()["done"] is True, answer.text
    return door.browser.get(answer.json()["next"], headers=HTML)


def told(page):
    return {row["name"]: row["values"] for row in page["told"].get("now", [])}


def csrf_of(door):
    return door.browser.get("/services", headers=JSON).json()["frame"]["csrf"]


def post_withdrawal(door, name, csrf):
    return door.browser.post(f"/services/{name}/withdraw", headers=JSON | {"X-CSRF-Token": csrf}, json={})


def withdraw(door, name):
    return post_withdrawal(door, name, csrf_of(door))


def events(ctl, door):
    return [(row["event"], row.get("object"), row.get("reason")) for row in ctl.rows("audit", "tail", "40")
            if row["event"].startswith("consent_") and row.get("user") == door.person.user]


def enter(campus):
    person = campus.newcomer()
    door = signed_in(campus, person)
    door.person = person
    return door


# --- OpenID Connect ---

def test_asked_once_and_again_for_more(campus, ctl, asks):
    door = enter(campus)
    silent = asks.answer_of(asks.authorize(door.browser, prompt="none", scope="openid email"))
    assert silent["error"] == "consent_required"
    first = asks.authorize(door.browser, scope="openid email")
    text = html.unescape(first.text)
    assert first.status_code == 200 and f"{door.person.user}@example.edu" in text and "Where people write" in text
    assert not_framed(first)
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid email"))
    assert told(page) == {"email": f"{door.person.user}@example.edu"} and not page.get("again") and page["told"]["recognised"]
    answer = go_on(door, page)
    tokens = asks.redeem(asks.answer_of(answer)["code"]).json()
    assert asks.userinfo(tokens["access_token"]).json()["email"] == f"{door.person.user}@example.edu"
    assert asks.code(door.browser, scope="openid email") and asks.code(door.browser, scope="openid", prompt="none"), "nobody is asked again"
    more = question(asks.authorize(door.browser, accept=JSON, scope="openid email profile"))
    assert more["again"] is True and set(told(more)) == {"email", "name", "given_name"}
    assert asks.answer_of(go_on(door, more))["code"] and asks.code(door.browser, scope="openid profile")
    assert events(ctl, door) == [("consent_given", "asks", "email sub"), ("consent_given", "asks", "name email given_name sub")]


def test_people_read_the_names_that_they_know(campus, register):
    """Whatever else a service calls it."""
    client, door = register("othernames", "--consent", claims="email=mail name=displayName"), enter(campus)
    page = question(client.authorize(door.browser, accept=JSON, scope="openid", claims='{"userinfo":{"mail":null}}'))
    assert set(told(page)) == {"email"}
    tokens = client.redeem(client.answer_of(go_on(door, page))["code"]).json()
    assert client.userinfo(tokens["access_token"]).json()["mail"] == f"{door.person.user}@example.edu"
    assert names(rows(door)["othernames"]) == {"sub", "email"}
    more = question(client.authorize(door.browser, accept=JSON, scope="openid profile"))
    assert more["again"] is True and "name" in told(more)


def test_pages_speak_the_persons_language(campus, register, asks, notes):       # pylint: disable=unused-argument
    """Whatever the browser or the service would like: consent, device, sign-out, and what is refused."""
    person, client = campus.newcomer(), register("closed", "--groups", "managers", "--label-de", "Zu-Wiki", label="Shut wiki")
    campus.ldap().modify_s(campus.dn(person.user), [(ldap.MOD_REPLACE, "preferredLanguage", [b"de-AT, en;q=0.5"])])
    door = signed_in(campus, person)
    pages = {"consent": asks.authorize(door.browser, ui_locales="en"), "device": door.browser.get("/device", headers=HTML),
             "sign-out": door.browser.get("/oidc/logout?client_id=" + quote(client.client_id), headers=HTML),
             "CAS": door.browser.get("/cas/login?" + urlencode({"service": CAS}), headers=HTML), "closed": client.authorize(door.browser)}
    assert {name: (page.status_code, page.headers["Content-Language"]) for name, page in pages.items()} == {
        name: (403 if name == "closed" else 200, "de") for name in pages}
    assert "Frage-Wiki" in pages["consent"].text and "Zu-Wiki" in pages["closed"].text and "Zu-Wiki" in pages["sign-out"].text
    stranger = client.authorize(campus.browser(), redirect_uri="https://evil.example.org/")
    assert stranger.status_code == 400 and stranger.headers["Content-Language"] == "en" and "Shut wiki" in stranger.text


def test_no_is_said_to_the_service(campus, ctl, asks):
    door = enter(campus)
    page = question(asks.authorize(door.browser, accept=JSON))
    assert asks.answer_of(go_on(door, page, "deny"))["error"] == "access_denied"
    assert events(ctl, door)[0][:2] == ("consent_refused", "asks")
    assert question(asks.authorize(door.browser, accept=JSON)), "and the next time the person is asked"


def test_a_request_that_wants_it_asked(campus, ctl, asks, register):
    """prompt=consent, also of a service that never asks, and one answer is for one request."""
    door, calm = enter(campus), register("calm")
    for client in (asks, calm):
        asked = client.authorize(door.browser, accept=JSON, prompt="consent", scope="openid email offline_access")
        page = question(asked)
        assert bool(page["told"].get("offline")) == (client is asks) and bool(page.get("once")) == (client is calm)
        whole = say(door, page).json()["next"]
        assert client.answer_of(door.browser.get(whole, headers=HTML))["code"]
        mark = whole.rpartition("spom_consent=")[2]
        other = urlencode(client.request(prompt="consent", scope="openid email offline_access")) + f"&spom_consent={mark}"
        assert question(door.browser.get("/oidc/authorize?" + other, headers=JSON))
    found = rows(door)
    assert found["asks"]["agreed"] and not found.get("calm", {}).get("agreed"), "where nobody has to agree there is nothing to take back"
    tokens = calm.redeem(calm.code(door.browser)).json()
    assert withdraw(door, "calm").status_code == 200 and calm.userinfo(tokens["access_token"]).status_code == 200
    for none in ("calm", "a-service-of-nobody"):
        assert withdraw(door, none).status_code == 200 and ("consent_withdrawn", none, None) not in events(ctl, door), "nothing was taken back"
    text = html.unescape(calm.authorize(door.browser, prompt="consent").text)
    assert "for this time" in text and "You can withdraw" not in text


def test_offline_access_is_named(campus, asks):
    door = enter(campus)
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid"))
    assert not page["told"].get("offline") and asks.answer_of(go_on(door, page))["code"]
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid offline_access"))
    assert page["told"]["offline"] is True and page["again"] is True


def test_a_pushed_request(campus, asks):
    door = enter(campus)
    pushed = asks.post("/oidc/par", asks.request(scope="openid email")).json()["request_uri"]
    address = "/oidc/authorize?" + urlencode({"client_id": asks.client_id, "request_uri": pushed})
    page = question(door.browser.get(address, headers=JSON))
    assert asks.answer_of(go_on(door, page))["code"]


@pytest.mark.parametrize("what", ["form", "another person", "question", "next", "answer", "none"])
def test_answers_that_are_none(campus, asks, what):
    door, other = enter(campus), enter(campus)
    page, theirs = (question(asks.authorize(each.browser, accept=JSON)) for each in (door, other))
    answer = {"form": lambda: say(door, page, csrf="x" * 43),
              "another person": lambda: say(door, page, question=theirs["question"]),
              "question": lambda: say(door, page, question=page["question"][:-8] + "AAAAAAAA"),
              "next": lambda: say(door, page, next="//evil.example.org/oidc/authorize?"),
              "answer": lambda: say(door, page, "perhaps"),
              "none": lambda: campus.browser().post("/consent", headers=JSON, json={"question": page["question"], "next": page["next"], "answer": "agree"})}[what]()
    assert answer.status_code == {"next": 400, "answer": 400, "none": 401}.get(what, 403), answer.text
    assert question(asks.authorize(door.browser, accept=JSON)), "nobody has agreed to anything"


def test_what_was_agreed_to_is_what_is_given(campus, asks):
    """An answer for less does not open more, and a session that ends in between gets nothing."""
    door = enter(campus)
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid email"))
    more = asks.request(scope="openid email profile")
    mark = say(door, page).json()["next"].rpartition("spom_consent=")[2]
    assert set(told(question(door.browser.get("/oidc/authorize?" + urlencode(more) + f"&spom_consent={mark}", headers=JSON)))) > {"email"}
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid profile"))
    door.csrf = page["csrf"]
    door.log_out()
    assert say(door, page).status_code == 401


def test_withdrawing_it_ends_what_it_gave(campus, ctl, asks):
    door = enter(campus)
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid email offline_access"))
    tokens = asks.redeem(asks.answer_of(go_on(door, page))["code"]).json()
    waiting = asks.code(door.browser, scope="openid email")
    verifier = asks.verifier
    row = rows(door)["asks"]
    assert row["agreed"] and names(row) == {"sub"}
    assert withdraw(door, "asks").json()["id"] == "consent_withdrawn"
    assert fault_of(asks.userinfo(tokens["access_token"]), 401) == "invalid_token"
    assert fault_of(asks.refresh(tokens["refresh_token"])) == "invalid_grant"
    asks.verifier = verifier
    assert fault_of(asks.redeem(waiting)) == "invalid_grant", "a code that was under way"
    assert not rows(door)["asks"].get("agreed") and ("consent_withdrawn", "asks", None) in events(ctl, door)
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid email"))
    assert not page.get("again")
    fresh = asks.redeem(asks.answer_of(go_on(door, page))["code"]).json()
    assert asks.userinfo(fresh["access_token"]).status_code == 200
    assert fault_of(asks.userinfo(tokens["access_token"]), 401) == "invalid_token", "what ended does not come back"


def test_what_was_given_is_not_put_back(campus, asks):
    """By who writes in the store as SPOM may: neither the note of a consent nor the want of its mark."""
    door, store = enter(campus), Store(campus)
    before = store.keys("consent")
    answer = go_on(door, question(asks.authorize(door.browser, accept=JSON, scope="openid email")))
    token = asks.redeem(asks.answer_of(answer)["code"]).json()["access_token"]
    given = {key: store.value(key) for key in store.keys("consent") - before}
    assert given and asks.userinfo(token).status_code == 200
    assert withdraw(door, "asks").json()["id"] == "consent_withdrawn"
    for key in store.keys("consent") - before - set(given):
        store("DEL", key)
    for key, value in given.items():
        store("SET", key, value, "PX", 600000)
    assert fault_of(asks.userinfo(token), 401) == "invalid_token"


def test_another_authority_that_had_read_the_book_before(campus, asks):
    """It writes once more what it had begun to write: nothing of that brings a consent back."""
    door, store = enter(campus), Store(campus)
    admin = ldap.initialize(campus.json["ldap"]["uri"])
    admin.simple_bind_s(campus.json["ldap"]["admin_dn"], campus.json["ldap"]["admin_password"])

    def books():
        return {dn: found["spomSealed"][0] for dn, found in admin.search_s(campus.json["ldap"]["base"], ldap.SCOPE_SUBTREE, "(objectClass=spomReleases)")}
    before = books()
    answer = go_on(door, question(asks.authorize(door.browser, accept=JSON, scope="openid email")))
    tokens = asks.redeem(asks.answer_of(answer)["code"]).json()
    waiting, verifier = asks.code(door.browser, scope="openid email"), asks.verifier
    given = {key: store.value(key) for key in store.keys("consent")}
    agreed = {dn: sealed for dn, sealed in books().items() if before.get(dn) != sealed}
    assert given and len(agreed) == 1 and withdraw(door, "asks").json()["id"] == "consent_withdrawn"
    late = set(given) - store.keys("consent")
    assert len(late) == 1 and store.keys("consent") - set(given), "what was given has ended, and a mark says so"
    for key in late:
        store("SET", key, given[key], "PX", 3600000)
    asks.verifier = verifier
    assert fault_of(asks.redeem(waiting)) == "invalid_grant" and fault_of(asks.userinfo(tokens["access_token"]), 401) == "invalid_token"
    for dn, sealed in agreed.items():
        admin.modify_s(dn, [(ldap.MOD_REPLACE, "spomSealed", sealed)])
    assert rows(door)["asks"]["agreed"], "as if the withdrawal had not been written"
    page = question(asks.authorize(door.browser, accept=JSON, scope="openid email"))
    assert not rows(door)["asks"].get("agreed"), "it is written now"
    fresh = asks.redeem(asks.answer_of(go_on(door, page))["code"]).json()
    assert asks.userinfo(fresh["access_token"]).status_code == 200 and fault_of(asks.userinfo(tokens["access_token"]), 401) == "invalid_token"


def test_two_say_it_at_once(campus, asks):
    """A yes and its withdrawal at the same moment: either stands, and tokens are good exactly where it does."""
    door = enter(campus)
    for _ in range(4):
        page, csrf = question(asks.authorize(door.browser, accept=JSON, scope="openid email", prompt="consent")), csrf_of(door)
        whole = say(door, page).json()["next"]
        start = threading.Barrier(2)

        def take_back():
            start.wait()
            return post_withdrawal(door, "asks", csrf)

        def take_code():
            start.wait()
            return door.browser.get(whole, headers=HTML)
        with ThreadPoolExecutor(2) as pool:
            gone, came = pool.submit(take_back), pool.submit(take_code)
            assert gone.result().json()["id"] == "consent_withdrawn"
        code = re.search(r"code=([\w-]+)", came.result().headers.get("Refresh", "") + came.result().headers.get("Location", ""))
        assert not rows(door)["asks"].get("agreed")
        assert code is None or fault_of(asks.redeem(code[1])) == "invalid_grant", "a code that was given before is good for nothing"


def test_a_reader_of_tokens_hears_of_it_at_once(campus, register):
    """What stood a moment ago is remembered, and all the same not believed after a withdrawal."""
    door = enter(campus)
    sender, reader = register("sender", "--audience", "reader"), register("reader", "--resource-server", "--consent", claims="preferred_username")
    token = sender.redeem(sender.code(door.browser)).json()["access_token"]

    def active():
        return reader.post("/oidc/introspect", {"token": token}).json()["active"]
    assert not active(), "nobody has agreed to that one"
    for _ in range(2):
        assert reader.answer_of(go_on(door, question(reader.authorize(door.browser, accept=JSON))))["code"]
        assert active() and active()
        withdraw(door, "reader")
        assert not active() and not active()
    for name in ("sender", "reader"):
        register.remove(name)


def test_withdrawing_needs_the_form(campus, asks):
    door = enter(campus)
    assert asks.answer_of(go_on(door, question(asks.authorize(door.browser, accept=JSON))))["code"]
    answer = door.browser.post("/services/asks/withdraw", headers=JSON | {"X-CSRF-Token": "x" * 43}, json={})
    assert answer.status_code == 403 and rows(door)["asks"]["agreed"]
    assert withdraw(door, "unknown").status_code == 200, "there is nothing to take back"


def test_a_service_that_was_registered_anew_asks_anew(campus, register):
    door = enter(campus)
    client = register("anew", "--consent")
    assert client.answer_of(go_on(door, question(client.authorize(door.browser, accept=JSON))))["code"]
    register.remove("anew")
    again = register("anew", "--consent")
    assert not question(again.authorize(door.browser, accept=JSON)).get("again")


# --- the other doors ---

def test_cas(campus, notes):       # pylint: disable=unused-argument
    door, address = enter(campus), "/cas/login?" + urlencode({"service": CAS})
    gateway = door.browser.get(address + "&gateway=true", headers=HTML)
    assert gateway.headers["Location"] == CAS, "back without a ticket"
    assert not_framed(door.browser.get(address, headers=HTML))
    page = question(door.browser.get(address, headers=JSON))
    assert told(page) == {"preferred_username": door.person.user, "email": f"{door.person.user}@example.edu"}
    no = go_on(door, page, "deny")
    assert no.status_code == 403 and "was told nothing" in html.unescape(no.text) and "Location" not in no.headers
    page = question(door.browser.get(address, headers=JSON))
    yes = go_on(door, page)
    ticket = yes.headers["Refresh"].rpartition("ticket=")[2]
    told_cas = campus.browser().get("/cas/p3/serviceValidate", params={"service": CAS, "ticket": ticket}).text
    assert f"<cas:user>{door.person.user}</cas:user>" in told_cas and "<cas:email>" in told_cas
    assert "ticket=ST-" in door.browser.get(address, headers=HTML).headers["Location"], "nobody is asked again"
    assert names(rows(door)["notes"]) == {"preferred_username", "email"}
    signed_out_between(campus, lambda other: other.browser.get(address, headers=JSON))


def signed_out_between(campus, ask):
    """A session that ended at the question, or behind the answer: nobody says yes, nothing is told, and the way leads to the sign-in."""
    for answers_first in (False, True):
        door = enter(campus)
        page = question(ask(door))
        answer = say(door, page) if answers_first else None
        assert door.log_out().status_code == 200
        answer = answer or say(door, page)
        assert answer.status_code == (200 if answers_first else 401), answer.text
        on = door.browser.get(answer.json()["next"] if answers_first else page["next"], headers=HTML)
        assert on.status_code == 303 and on.headers["Location"].startswith("/login?"), (on.status_code, on.text)


def test_a_proxy_comes_by_what_the_person_agreed_to(campus, register):
    """At its own service and at the one that it goes to, for as long as that stands."""
    door, target = enter(campus), "https://archive.consent.example.edu/"
    receiver = Receiver(campus.dir / "tls" / "nginx.pem", campus.dir / "tls" / "nginx.key")
    proxy = "https://agent.consent.example.edu/"
    for name, address, *more in (("agent", proxy, "--proxy-callback", receiver.uri("/*")), ("archive", target, "--proxied-by", "agent")):
        register.ctl.json("service", "add", name, "--cas", "--service-url", address, "--label", name, "--consent", *more, *REASON)
        register.names.append(name)

    def agree(service):
        address = "/cas/login?" + urlencode({"service": service})
        return go_on(door, question(door.browser.get(address, headers=JSON))).headers["Refresh"].rpartition("ticket=")[2]

    def come():
        answer = campus.browser().get("/cas/proxy", params={"pgt": pgt, "targetService": target}).text
        return "<cas:proxyTicket>PT-" in answer or re.search(r'code="(\w+)"', answer)[1]

    ticket = agree(proxy)
    campus.browser().get("/cas/p3/serviceValidate", params={"service": proxy, "ticket": ticket, "pgtUrl": receiver.uri("/ok/pgt")})
    pgt = receiver.at("/ok/pgt")[-1]["pgtId"][0]
    assert come() == "UNAUTHORIZED_SERVICE", "nobody was asked about the archive"
    agree(target)
    assert come() is True
    withdraw(door, "agent")
    assert come() == "UNAUTHORIZED_SERVICE", "nor does a proxy act for who has taken it back"
    receiver.close()


def test_saml(campus, ctl, tmp_path):
    door, entity, consumer = enter(campus), "https://sp.consent.example.edu/md", "https://sp.consent.example.edu/acs"
    metadata = tmp_path / "sp.xml"
    metadata.write_text(
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}"><md:SPSSODescriptor '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:AssertionConsumerService index="0" '
        f'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{consumer}"/></md:SPSSODescriptor></md:EntityDescriptor>')
    ctl.json("service", "add", "paper", "--label", "Paper", "--saml-metadata", str(metadata), "--claims", "email", "--consent", *REASON)
    try:
        def ask(headers, attributes="", door=door):
            return redirect(door.browser, str(Raw(SimpleNamespace(campus=campus, entity_id=entity), attributes=attributes)), headers)

        def status(page):
            document = base64.b64decode(html.unescape(re.search(r'name="SAMLResponse" value="([^"]+)"', page.text).group(1))).decode()
            schema_saml_protocol.validate(document)
            return document
        assert "NoPassive" in status(ask(HTML, ' IsPassive="true"'))
        assert not_framed(ask(HTML))
        page = question(ask(JSON))
        assert told(page) == {"email": f"{door.person.user}@example.edu"} and page["next"].startswith("/saml/sso?spom_request=")
        assert "RequestDenied" in status(go_on(door, page, "deny"))
        page = question(ask(JSON))
        assert f"{door.person.user}@example.edu" in status(go_on(door, page))
        assert f"{door.person.user}@example.edu" in status(ask(HTML)), "nobody is asked again"
        assert names(rows(door)["paper"]) == {"email"}
        signed_out_between(campus, lambda other: ask(JSON, door=other))
    finally:
        ctl("service", "remove", "paper", *REASON)


def test_a_device(campus, asks):
    """The page shows what is told, and its "allow" is the consent."""
    door = enter(campus)
    given = asks.post("/oidc/device", {"scope": "openid email"}, "basic").json()
    csrf = door.browser.get("/device", headers=JSON).json()["csrf"]

    def device(**more):
        return door.browser.post("/device", headers=JSON | {"X-CSRF-Token": csrf}, json={"user_code": given["user_code"]} | more).json()
    page = device()
    assert {row["name"]: row["values"] for row in page["told"]["now"]} == {"email": f"{door.person.user}@example.edu"}
    assert device(answer="allow")["done"] == "device_allowed"
    asks.nonce = None
    tokens = asks.post("/oidc/token", {"grant_type": DEVICE, "device_code": given["device_code"]}, "basic").json()
    assert asks.userinfo(tokens["access_token"]).json()["email"] and asks.code(door.browser, scope="openid email")
    assert withdraw(door, "asks").status_code == 200
    assert fault_of(asks.userinfo(tokens["access_token"]), 401) == "invalid_token"


# --- the list ---

def test_the_list(campus, ctl, register, asks):
    door = enter(campus)
    register("open", "--label-de", "Öffentliche Sammlung", "--about", "Things for all", "--link", "https://open.example.edu/")
    register("hidden", "--groups", "no-such-group")
    found = rows(door)
    assert {"asks", "open"} <= set(found) and "hidden" not in found and "first" not in found["open"]
    assert found["open"]["link"] == "https://open.example.edu/" and found["open"]["initial"] == "O" and "logo" not in found["open"]
    labels = [row["name"] for name, row in found.items() if name in register.names]
    assert labels == sorted(labels, key=str.lower) and len(labels) >= 2
    for wanted in ("ÖFFENTLICH", "things FOR", "open"):
        assert list(rows(door, q=wanted)) == ["open"], wanted
    assert not rows(door, q="no such thing") and door.browser.get("/services", params={"q": "x" * 101}).status_code == 400
    german = door.browser.get("/services", headers=GERMAN).text
    assert "Öffentliche Sammlung" in german and "Frage-Wiki" in german and "Wo geschrieben wird" in german
    english = door.browser.get("/services", headers=HTML).text
    assert "Öffentliche" not in english and "Asks" in english
    assert campus.browser().get("/services", headers=HTML).headers["Location"].startswith("/login")


def test_what_each_has_learnt_and_when(campus, register):
    door, began = enter(campus), time.time() - 1
    plain = register("plain", "--link", "https://plain.example.edu/", claims="name email")
    tokens = plain.redeem(plain.code(door.browser, scope="openid email")).json()
    assert names(rows(door)["plain"]) == {"sub"}, "of what it may ask it has asked nothing"
    plain.userinfo(tokens["access_token"])
    row = rows(door)["plain"]
    assert names(row) == {"sub", "email"} and {name["text"] for name in row["learnt"]} == {"told_sub", "told_email"}
    plain.userinfo(plain.redeem(plain.code(door.browser, scope="openid profile")).json()["access_token"])
    assert names(rows(door)["plain"]) == {"sub", "email", "name"}
    page = html.unescape(door.browser.get("/services", headers=GERMAN).text)
    assert "E-Mail-Adresse" in page and "Eine Kennung für Sie" in page
    assert row["first"] == rows(door)["plain"]["first"] and not row.get("agreed")
    assert time.strftime("%Y-%m-%dT%H:%M", time.gmtime(began))[:15] in row["first"] or row["first"] > "2026"
    register.remove("plain")
    gone = rows(door)["plain"]
    assert gone["gone"] is True and names(gone) == {"sub", "email", "name"} and "link" not in gone
    assert "plain" not in rows(enter(campus))


def test_nobody_reads_it_in_the_directory(campus, asks):
    door = enter(campus)
    assert asks.answer_of(go_on(door, question(asks.authorize(door.browser, accept=JSON))))["code"]
    admin = ldap.initialize(campus.json["ldap"]["uri"])
    admin.simple_bind_s(campus.json["ldap"]["admin_dn"], campus.json["ldap"]["admin_password"])
    entries = admin.search_s(campus.json["ldap"]["base"], ldap.SCOPE_SUBTREE, "(objectClass=spomReleases)")
    assert entries and all(re.fullmatch(r"cn=[0-9a-f]{64}", dn.split(",")[0]) for dn, _ in entries)
    assert not any(word in repr(entries) for word in ("asks", door.person.user, "email"))
    mine = [dn for dn, _ in entries]
    for dn in mine:     # a writer cannot make a consent, only end it
        sealed = admin.search_s(dn, ldap.SCOPE_BASE)[0][1]["spomSealed"][0]
        admin.modify_s(dn, [(ldap.MOD_REPLACE, "spomSealed", sealed[:-8] + b"AAAAAAAA")])
    assert not rows(door)["asks"].get("agreed")
    page = question(asks.authorize(door.browser, accept=JSON))
    assert asks.answer_of(go_on(door, page))["code"] and rows(door)["asks"]["agreed"], "and it goes on with a new book"


# --- names and logos ---

def test_names_on_every_page(campus, register, asks):
    wants = register("wants", "--groups", "no-such-group", "--label-de", "Strenge Sache", "--label-en", "Strict thing")
    door, nobody = enter(campus), campus.browser()
    place = asks.authorize(nobody, accept=GERMAN).headers["Location"]
    assert "Frage-Wiki" in nobody.get(place, headers=GERMAN).text and "Asks" in nobody.get(place, headers=HTML).text
    assert "Frage-Wiki" in asks.authorize(door.browser, accept=GERMAN).text
    assert "Strenge Sache" in wants.authorize(door.browser, accept=GERMAN).text and "Strict thing" in wants.authorize(door.browser).text
    home = door.browser.get("/", headers=GERMAN).text
    assert "Frage-Wiki" in home and "https://asks.example.edu/" in home
    assert "Frage-Wiki" in door.browser.get("/oidc/logout?" + urlencode({"client_id": asks.client_id}), headers=GERMAN).text


def test_the_logo_comes_from_here(campus, asks, door):
    src = re.search(r'src="(/services/asks/logo\?v=\d+)"', door.browser.get("/services", headers=HTML).text).group(1)
    answer = door.browser.get(src)
    assert answer.content == png(64, 48) and answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "immutable" in answer.headers["Cache-Control"]
    assert src in asks.authorize(door.browser).text
    assert door.browser.get(src + "1").status_code == 404 and campus.browser().get(src).status_code in (303, 401)


BAD_LOGOS = {
    "a gif": (b"GIF89a" + b"\0" * 40, 1, "whole"), "nothing": (b"", 2, "--logo"), "too many bytes": (png(64, 48) + b"\0" * 6000, 2, "6,000"),
    "cut": (png(64, 48)[:-3], 1, "whole"), "with more behind": (png(8, 8) + b"<html>", 1, "whole"), "without a head": (SIGNATURE + chunk(b"IEND"), 1, "whole"),
    "without pixels": (SIGNATURE + head(8, 8) + chunk(b"IEND"), 1, "whole"), "changed": (png(8, 8).replace(b"IDAT", b"IDAS"), 1, "whole"),
    "too wide": (SIGNATURE + head(257, 8) + pixels(8, 8) + chunk(b"IEND"), 1, "256"), "too high": (SIGNATURE + head(8, 65536) + pixels(8, 8) + chunk(b"IEND"), 1, "256"),
    "no pixels wide": (SIGNATURE + head(0, 8) + pixels(8, 8) + chunk(b"IEND"), 1, "whole"), "odd colours": (SIGNATURE + head(8, 8, 4, 2) + pixels(8, 8) + chunk(b"IEND"), 1, "whole"),
    "text in it": (png(8, 8, chunk(b"tEXt", b"Comment\0<script>")), 1, "still picture"), "moving": (png(8, 8, chunk(b"acTL", b"\0" * 8)), 1, "still picture"),
    "a length beyond": (SIGNATURE + b"\xff\xff\xff\xff" + head(8, 8)[4:], 1, "whole"),
}


@pytest.mark.parametrize("what", BAD_LOGOS)
def test_logos_that_are_none(ctl, tmp_path, what):
    content, code, words = BAD_LOGOS[what]
    path = tmp_path / "logo.png"
    path.write_bytes(content)
    said = ctl("service", "add", "bad", "--label", "Bad", "--redirect-uri", "https://bad.example.edu/", "--logo", str(path), *REASON)
    assert said.returncode == code and words in said.stderr, (said.returncode, said.stderr)


@pytest.mark.parametrize("option, value, code", [("--label-de", "", 1), ("--label-de", "a\u202eb", 1), ("--about-en", "a\nb", 2), ("--label-en", "a" * 121, 2),
                                                 ("--about-de", "a" * 201, 2)])
def test_names_that_are_none(ctl, option, value, code):
    said = ctl("service", "add", "bad", "--label", "Bad", "--redirect-uri", "https://bad.example.edu/", option, value, *REASON)
    assert said.returncode == code, said.stderr


def test_operators_see_it(ctl, asks):       # pylint: disable=unused-argument
    shown = ctl("service", "show", "asks").stdout
    for words in ("de: Frage-Wiki - Wo geschrieben wird", "a PNG of", "people are asked"):
        assert words in shown, shown
