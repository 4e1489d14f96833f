"""Single logout of SAML, both ways, and a sign-in that begins here, with pysaml2 as the services; and what is no request, no answer, or nobody's."""
import base64
import re
import subprocess
import time
import zlib
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from saml2.saml import AuthnContextClassRef
from saml2.samlp import RequestedAuthnContext
from saml2.xml.schema import schema_saml_metadata, schema_saml_protocol

from campus.client import until
from campus.codes import code, step_now
from door import JSON, Door
from provider import POST, REASON, REDIRECT, Provider, make_key
from relying import HTML
from saml_raw import Raw, RawLogout, RawLogoutAnswer, assertions, form, instant, redirect, wrapped
from test_hostile_store import Store
from words import shown

MFA = "https://refeds.org/profile/mfa"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@pytest.fixture(scope="module")
def provide(campus, ctl, tmp_path_factory):
    made = {}

    def add(name, *logouts):
        if name not in made:
            made[name] = Provider(campus, tmp_path_factory.mktemp(name), name, logouts=logouts)
            made[name].register(ctl)
        return made[name]

    yield add
    for name in made:
        ctl("service", "remove", name, *REASON)


@pytest.fixture
def shelf(provide):
    """One that is told, and answered, by the address."""
    return provide("shelf", REDIRECT)


@pytest.fixture
def desk(provide):
    """One by forms."""
    return provide("desk", POST)


@pytest.fixture
def mute(provide):
    """One that names no place for it."""
    return provide("mute")


@pytest.fixture
def door(campus):
    door = Door(campus)
    assert door.sign_in(campus.person(role="student")).json().get("done") is True
    return door


def visit(provider, door, **how):
    """What the service knows of the session: (name, index)."""
    answer = provider.read(provider.ask(door.browser, **how))
    return answer.name_id, answer.assertion.authn_statement[0].session_index


def is_inside(door):
    return door.browser.get("/", headers=HTML).status_code == 200


def ask(door, provider, raw, binding=REDIRECT, headers=HTML, **how):
    """The answer to a signed LogoutRequest."""
    if binding == REDIRECT:
        return redirect(door.browser, str(raw), headers, **{"relay_state": "/bye", "signed_by": provider.key, "place": "/saml/slo"} | how)
    return door.browser.post("/saml/slo", data=form(raw.signed()) | {"RelayState": "/bye"}, headers=headers)


def inflated(value):
    return zlib.decompress(base64.b64decode(value), -15).decode()


def verifies(pem, signature, signed):
    key = pem.with_suffix(".pub")
    subprocess.run(f"openssl x509 -in {pem} -pubkey -noout > {key}", shell=True, check=True)
    return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", signature], input=signed.encode(), check=False,
                          capture_output=True).returncode == 0


def told(provider, answer, parameter):
    """The document that leads the browser to the service, by its signature judged; and RelayState."""
    if answer.status_code == 303:
        to, _, query = answer.headers["Location"].partition("?")
        signed, _, signature = query.rpartition("&Signature=")
        file = provider.folder / "signature"
        file.write_bytes(base64.b64decode(unquote(signature)))
        assert any(verifies(pem, file, signed) for pem in provider.certificates())
        fields = {name: value[0] for name, value in parse_qs(query).items()}
        document = inflated(fields[parameter])
    else:
        to, fields = provider.form(answer)
        document = base64.b64decode(fields[parameter]).decode()
        element = re.match(r"<samlp:(\w+)", document)[1]
        provider.verify(document.encode(), f"urn:oasis:names:tc:SAML:2.0:protocol:{element}")
    assert to == provider.leaving
    schema_saml_protocol.validate(document)
    return document, fields.get("RelayState")


def followed(door, answer):
    """By addresses of ours, to where it leads away."""
    while answer.status_code == 303 and answer.headers["Location"].startswith("/"):
        answer = door.browser.get(answer.headers["Location"], headers=HTML)
    return answer


def status_of(provider, answer):
    document, state = told(provider, answer, "SAMLResponse")
    assert state == "/bye"
    return "+".join(re.findall(r'status:(\w+)"', document)), re.search(r'InResponseTo="([^"]+)"', document)[1]


# --- a service signs somebody out ---

@pytest.mark.parametrize("kind, binding", [("shelf", REDIRECT), ("shelf", POST), ("desk", POST), ("desk", REDIRECT)])
def test_a_service_signs_somebody_out(request, campus, door, kind, binding):
    """Also where the browser sends no cookie with its form; nobody else was visited, so all is done."""
    provider = request.getfixturevalue(kind)
    name, index = visit(provider, door)
    raw, other = RawLogout(provider, name.text, index), Door(campus)
    sender = other if binding == POST else door
    answer = followed(sender, ask(sender, provider, raw, binding))
    assert status_of(provider, answer) == ("Success", raw.parts["id"])
    assert not is_inside(door)
    if binding == REDIRECT:
        assert "spom" not in door.browser.cookies.get_dict()


def test_pysaml2_understands_the_answer(campus, shelf, door):
    name, index = visit(shelf, door, nameid_format=PERSISTENT)
    request_id, request = shelf.client.create_logout_request(campus.portal + "/saml/slo", campus.portal + "/saml/metadata", name_id=name, session_indexes=[index], sign=False)
    answer = redirect(door.browser, str(request), HTML, "/bye", shelf.key, place="/saml/slo")
    answer = followed(door, answer)
    assert answer.status_code == 303, str(request) + shown(answer)
    document = parse_qs(urlsplit(answer.headers["Location"]).query)["SAMLResponse"][0]
    judged = shelf.client.parse_logout_request_response(document, REDIRECT)
    assert judged.in_response_to == request_id and judged.status_ok()


def test_others_are_told_first(campus, shelf, desk, mute, door):
    """Of those that have not confirmed the service hears."""
    name, index = visit(shelf, door)
    for other in (desk, mute):
        visit(other, door)
    raw = RawLogout(shelf, name.text, index)
    page = followed(door, ask(door, shelf, raw))
    assert page.status_code == 200 and "You are signed out" in shown(page) and not is_inside(door)
    words = shown(page)
    assert re.search(r"Shelf\s+Signed out\.", words) and re.search(r"Mute\s+Cannot be told by us", words) and re.search(r"Desk\s+Your browser is telling", words), words
    on = unescape(re.search(r'href="(/saml/slo\?spom_leave=[^"]+)"', page.text)[1])
    assert "shelf.example.edu" in words
    assert status_of(shelf, door.browser.get(on, headers=HTML)) == ("Success+PartialLogout", raw.parts["id"])


def test_who_asks_alone_learns_of_no_other(campus, shelf, desk, door):
    """Where the person was is for the person's browser: the service could ask by itself."""
    name, index = visit(shelf, door)
    visit(desk, door)
    alone = Door(campus)
    answer = ask(alone, shelf, RawLogout(shelf, name.text, index))
    assert not is_inside(door) and "signed-out" not in answer.headers["Location"]
    answer = followed(alone, answer)
    assert "Desk" not in answer.text and status_of(shelf, answer)[0] == "Success+PartialLogout"


@pytest.mark.parametrize("place", [True, False])
def test_a_form_brings_no_cookie_and_the_browser_is_known_all_the_same(campus, desk, mute, shelf, door, place):
    """It comes again by an address of ours. Whoever else follows that learns of nothing."""
    provider = desk if place else mute
    name, index = visit(provider, door)
    visit(shelf, door)
    sent = campus.browser().post("/saml/slo", data=form(RawLogout(provider, name.text, index).signed()) | {"RelayState": "/bye"}, headers=HTML)
    on = sent.headers["Location"]
    assert sent.status_code == 303 and on.startswith("/saml/slo?spom_leave=") and "Set-Cookie" not in sent.headers
    stranger = Door(campus)
    stranger.sign_in(campus.person(role="employee"))
    answer = stranger.browser.get(on, headers=HTML)
    assert is_inside(stranger) and "Shelf" not in answer.text and "signed-out" not in answer.headers.get("Location", "")
    assert not place or status_of(desk, answer)[0] == "Success+PartialLogout"
    page = followed(door, door.browser.get(on, headers=HTML))
    assert re.search(r"Shelf\s+Your browser is telling", shown(page)) and frames(page), shown(page)
    assert "spom" not in door.browser.cookies.get_dict()
    if place:
        back = unescape(re.search(r'href="(/saml/slo\?spom_leave=[^"]+)"', page.text)[1])
        assert back != on and status_of(desk, door.browser.get(back, headers=HTML))[0] == "Success+PartialLogout"


def two_doors(campus, provider):
    """Two browsers of one person, and the one name of both sessions: (doors, name, indexes)."""
    person, doors = campus.person(role="student"), [Door(campus), Door(campus)]
    assert all(door.sign_in(person).json().get("done") is True for door in doors)
    known = [visit(provider, door, nameid_format=PERSISTENT) for door in doors]
    assert known[0][0].text == known[1][0].text and known[0][1] != known[1][1]
    return doors, known[0][0].text, [index for _, index in known]


def several(provider, name, indexes):
    inner = "".join(f"<samlp:SessionIndex>{index}</samlp:SessionIndex>" for index in indexes)
    return RawLogout(provider, name, None, rest=f"<saml:NameID>{name}</saml:NameID>{inner}")


def test_several_sessions_at_once(campus, shelf):
    """Also one that is named twice, and one that is nobody's."""
    doors, name, indexes = two_doors(campus, shelf)
    answer = followed(doors[0], ask(doors[0], shelf, several(shelf, name, indexes + ["_x"] + indexes[:1])))
    assert status_of(shelf, answer)[0] == "Success" and not any(map(is_inside, doors))


@pytest.mark.parametrize("at", [0, 1])
def test_of_each_of_them_it_is_told_whether_all_have_heard(campus, shelf, desk, at):
    """The page of this browser's session is shown; what the other one has visited counts as well."""
    doors, name, indexes = two_doors(campus, shelf)
    visit(desk, doors[1])
    page = ask(doors[at], shelf, several(shelf, name, indexes))
    assert page.headers["Location"].startswith("/saml/slo?spom_leave=") if at == 0 else "Desk" in shown(page)
    if at == 1:
        back = unescape(re.search(r'href="(/saml/slo\?spom_leave=[^"]+)"', page.text)[1])
        page = doors[1].browser.get(back, headers=HTML)
    assert status_of(shelf, followed(doors[at], page))[0] == "Success+PartialLogout" and not any(map(is_inside, doors))


def test_a_session_that_was_over(campus, shelf, door):
    name, index = visit(shelf, door)
    door.log_out()
    answer = followed(door, ask(door, shelf, RawLogout(shelf, name.text, index)))
    assert status_of(shelf, answer)[0] == "Success"


def test_the_other_sessions_go_on(campus, shelf, door):
    """Of the same person, and of the one who is at the browser."""
    other = Door(campus)
    other.sign_in(campus.person(role="student"))
    visit(shelf, other)
    name, index = visit(shelf, door)
    ask(other, shelf, RawLogout(shelf, name.text, index))
    assert is_inside(other) and not is_inside(door)


def onward(door, answer):
    """The sign-in that a service asks for: its first ask, and where it goes on."""
    query = {name: value[0] for name, value in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    door.ask = None
    door.get(**query)
    return query["next"]


def all_are_looked_at(store):
    """As if the time had come at which somebody finds out which sessions go on."""
    [agenda] = store.keys("agenda")
    for member in store("ZREVRANGEBYSCORE", agenda, "+inf", "-inf"):
        store("ZADD", agenda, "1", member)


def test_a_session_that_goes_on_is_known_by_the_same_name(campus, shelf, desk):
    """Somebody signs in anew, and proves more, for another service: for as long as that lasts the first one may end it."""
    person, door = campus.newcomer(), Door(campus)
    assert door.sign_in(person).json().get("done") is True
    store = Store(campus)
    before = store.keys("indexed")
    name, index = visit(shelf, door)
    [row] = store.keys("indexed") - before
    first = store("PEXPIRETIME", row)
    place = onward(door, desk.ask(door.browser, force_authn="true"))
    time.sleep(1)
    assert door.sign_in(person).json().get("done") is True
    assert door.browser.get(place, headers=HTML).status_code == 200
    all_are_looked_at(store)
    until(lambda: store("PEXPIRETIME", row) >= first + 1000, "the name is good for longer")
    token = door.browser.cookies.get_dict()
    place = onward(door, desk.ask(door.browser, requested_authn_context=RequestedAuthnContext(authn_context_class_ref=[AuthnContextClassRef(text=MFA)])))
    door.post(user=person.user, password=person.password, ask=door.ask["id"], answer=person.password)
    door.answer(code(door.ask["secret"], step_now()), name="telephone")
    assert door.answer("").json().get("done") is True and door.browser.cookies.get_dict() != token
    assert door.browser.get(place, headers=HTML).status_code == 200
    answer = ask(door, shelf, RawLogout(shelf, name.text, index))
    assert "signed-out?of=" in answer.headers.get("Location", shown(answer)) or "signed out" in shown(answer)
    assert not is_inside(door)


def test_the_newest_name_is_told(shelf, door):
    """A service that has asked for another form since knows the session by that."""
    for form_of in (None, PERSISTENT):
        name, _ = visit(shelf, door, **({"nameid_format": form_of} if form_of else {}))
    place = door.log_out().json()["next"]
    document, _ = told(shelf, door.browser.get(frames(door.browser.get(place, headers=HTML))[0], headers=HTML), "SAMLRequest")
    assert f">{name.text}</saml:NameID>" in document and f'Format="{PERSISTENT}"' in document


def test_without_an_index_it_is_the_browsers(shelf, door):
    name, _ = visit(shelf, door, nameid_format=PERSISTENT)
    ask(door, shelf, RawLogout(shelf, name.text, None))
    assert not is_inside(door)


def test_a_service_without_a_place_for_answers(mute, door):
    name, index = visit(mute, door)
    answer = ask(door, mute, RawLogout(mute, name.text, index))
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/signed-out?of=") and not is_inside(door)
    refused(ask(door, mute, RawLogout(mute, "_nobody", index), headers=JSON), "saml_nobody")


def test_it_is_recorded(ctl, shelf, door):
    name, index = visit(shelf, door)
    ask(door, shelf, RawLogout(shelf, name.text, index))
    rows = [row for row in ctl.rows("audit", "export") if row.get("event") == "signed_out" and row.get("object") == "shelf"]
    assert rows


# --- what is none ---

def refused(answer, text):
    assert answer.status_code == 400 and answer.json()["error"] == text, answer.text


def test_whom_a_service_does_not_know(campus, shelf, desk, door):
    """Another service's names, a name of nobody, an index of nobody: nothing is ended, and it is told."""
    (name, index), (name_there, index_there) = visit(shelf, door), visit(desk, door)
    for who, where in ((name_there.text, index_there), (name.text, index_there), (name_there.text, index), ("_nobody", index), (name.text, "_x")):
        answer = ask(door, shelf, RawLogout(shelf, who, where))
        assert status_of(shelf, answer)[0] == "Requester+UnknownPrincipal" and is_inside(door)


@pytest.fixture(scope="module")
def stays(campus, provide):
    """Somebody whom nothing of this signs out: (door, provider, name, index)."""
    door, provider = Door(campus), provide("shelf", REDIRECT)
    assert door.sign_in(campus.person(role="employee")).json().get("done") is True
    name, index = visit(provider, door)
    yield door, provider, name.text, index
    assert is_inside(door), "one of those requests has signed somebody out"


def bad(stays, text, how=None, **parts):
    door, provider, name, index = stays
    raw = RawLogout(provider, name, index, **parts)
    refused(ask(door, provider, raw, headers=JSON, **(how or {})), text)


def test_unsigned(stays):
    bad(stays, "saml_signature", {"signed_by": None})
    door, provider, name, index = stays
    refused(Provider.post(door.browser, form(str(RawLogout(provider, name, index))), JSON, "/saml/slo"), "saml_signature")


def test_of_another_key(stays, tmp_path, desk):
    stranger, _ = make_key(tmp_path, "stranger")
    for key in (stranger, desk.key):
        bad(stays, "saml_signature", {"signed_by": key})
        door, provider, name, index = stays
        refused(Provider.post(door.browser, form(RawLogout(provider, name, index).signed(key)), JSON, "/saml/slo"), "saml_signature")


def test_a_service_for_another_one(stays, desk):
    """It signs as itself, and names the other one; or names itself, and the other's session."""
    door, provider, name, index = stays
    refused(redirect(door.browser, str(RawLogout(provider, name, index)), JSON, "/bye", desk.key, place="/saml/slo"), "saml_signature")


@pytest.mark.parametrize("text, parts", [
    ("saml_old", {"issued": instant(-4)}), ("saml_old", {"issued": instant(60)}), ("saml_old", {"attributes": f' NotOnOrAfter="{instant(-4)}"'}),
    ("saml_malformed", {"attributes": ' NotOnOrAfter="soon"'}), ("saml_malformed", {"attributes": ' Foreign="1"'}), ("saml_malformed", {"version": "1.1"}),
    ("saml_destination", {"destination": ""}), ("saml_destination", {"destination": ' Destination="https://other.example.edu/saml/slo"'}),
    ("saml_malformed", {"rest": "<samlp:SessionIndex>x</samlp:SessionIndex>"}), ("saml_malformed", {"rest": "<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>"}),
    ("saml_malformed", {"rest": "<saml:NameID>a<!-- -->b</saml:NameID>"}), ("saml_malformed", {"rest": "<saml:EncryptedID/>"}),
    ("saml_malformed", {"rest": "<saml:NameID>a</saml:NameID>" + "<samlp:SessionIndex>x</samlp:SessionIndex>" * 11}),
    ("saml_malformed", {"rest": assertions("_a", "_b") + "<saml:NameID>a</saml:NameID>"}),
    ("saml_malformed", {"rest": assertions(None, None) + "<saml:NameID>a</saml:NameID>"}),
    ("saml_malformed", {"rest": '<saml:NameID>a</saml:NameID><saml:Assertion ID="_a"/><saml:Assertion ID="_b"/>'}),
    ("service_not_registered", {"issuer": "https://nobody.example.edu/saml"})])
def test_a_request_that_ends_nothing(stays, text, parts):
    bad(stays, text, **parts)


def test_for_the_door_of_sign_in(campus, stays):
    bad(stays, "saml_destination", destination=f' Destination="{campus.portal}/saml/sso"')
    door, provider, name, index = stays
    refused(redirect(door.browser, str(RawLogout(provider, name, index)), JSON, "/bye", provider.key), "saml_malformed")
    refused(redirect(door.browser, str(Raw(provider)), JSON, "/bye", provider.key, place="/saml/slo"), "saml_malformed")


def test_the_same_twice(shelf, door):
    name, index = visit(shelf, door)
    raw = RawLogout(shelf, name.text, index)
    ask(door, shelf, raw)
    refused(ask(door, shelf, raw, headers=JSON), "saml_replayed")


@pytest.mark.parametrize("query", ["", "SAMLRequest=", "SAMLRequest=AA&SAMLRequest=AA", "spom_leave=nonsense", "SAMLRequest=AA&SAMLResponse=AA", "SAMLResponse=!!"])
def test_queries_that_are_none(campus, query):
    answer = campus.browser().get("/saml/slo?" + query, headers=JSON)
    assert answer.status_code == 400 and answer.json()["error"] in ("saml_malformed", "saml_over", "malformed")


def test_marks_of_another_kind(campus, shelf, door):
    """The mark of a sign-in tells nobody of a sign-out, and the other way round."""
    _, http = shelf.request()
    place = shelf.send(campus.browser(), http).headers["Location"]
    mark = re.search(r"spom_request%3D([\w-]+)", place)[1] if "spom_request%3D" in place else unquote(unquote(place)).partition("spom_request=")[2]
    refused(door.browser.get("/saml/slo", params={"spom_leave": mark}, headers=JSON), "saml_over")


@pytest.mark.parametrize("shape", wrapped("LogoutRequest"))
def test_wrapped_signatures(stays, shape):
    door, provider, name, index = stays
    signed = RawLogout(provider, name, index).signed()
    refused(Provider.post(door.browser, form(wrapped("LogoutRequest")[shape](signed)), JSON, "/saml/slo"), "saml_malformed")


# --- we tell services ---

def frames(page):
    return [unescape(frame) for frame in re.findall(r'<iframe src="(/saml/slo[^"]+)"', page.text)]


@pytest.mark.parametrize("kind", ["shelf", "desk"])
def test_services_are_told_by_the_page(request, campus, door, kind):
    """Each hears by a frame, answers, and then the page says so."""
    provider = request.getfixturevalue(kind)
    name, index = visit(provider, door)
    place = door.log_out().json()["next"]
    page = door.browser.get(place, headers=HTML)
    [frame] = frames(page)
    assert re.search(rf"frame-src 'self' https://{kind}\.example\.edu(;|$)", page.headers["Content-Security-Policy"])
    assert page.headers["Refresh"] == f"4;url={place}&then=shown"
    answer = door.browser.get(frame, headers=HTML)
    document, _ = told(provider, answer, "SAMLRequest")
    if kind == "desk":
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"] and answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert f">{name.text}</saml:NameID>" in document and f">{index}</samlp:SessionIndex>" in document and f'Format="{name.format}"' in document
    asked = re.search(r' ID="([^"]+)"', document)[1]
    raw = RawLogoutAnswer(provider, asked)
    if kind == "desk":
        done = campus.browser().post("/saml/slo", data=form(raw.signed(), "SAMLResponse"), headers=HTML)
    else:
        done = redirect(campus.browser(), str(raw), HTML, None, provider.key, place="/saml/slo", parameter="SAMLResponse")
    assert done.status_code == 204, done.text
    assert "Signed out." in shown(door.browser.get(place, headers=HTML)) and not frames(door.browser.get(place, headers=HTML))


def states(door, place, **more):
    return [row["state"] for row in door.browser.get(place, params=more, headers=JSON).json()["applications"]]


def leave(provider, door, **how):
    """(place of the page, ID of our request)."""
    visit(provider, door, **how)
    place = door.log_out().json()["next"]
    document, _ = told(provider, door.browser.get(frames(door.browser.get(place, headers=HTML))[0], headers=HTML), "SAMLRequest")
    return place, re.search(r' ID="([^"]+)"', document)[1]


def test_a_persistent_name_is_told_as_such(shelf, door):
    visit(shelf, door, nameid_format=PERSISTENT)
    place = door.log_out().json()["next"]
    document, _ = told(shelf, door.browser.get(frames(door.browser.get(place, headers=HTML))[0], headers=HTML), "SAMLRequest")
    assert f'Format="{PERSISTENT}"' in document and f'SPNameQualifier="{shelf.entity_id}"' in document


def test_who_does_not_confirm_is_said(shelf, door):
    place, asked = leave(shelf, door)
    assert states(door, place) == ["browser"] and states(door, place, then="shown") == ["refused"]
    raw = str(RawLogoutAnswer(shelf, asked, "Responder"))
    assert redirect(door.browser, raw, HTML, None, shelf.key, place="/saml/slo", parameter="SAMLResponse").status_code == 204
    assert states(door, place) == ["refused"]
    assert redirect(door.browser, str(RawLogoutAnswer(shelf, asked)), HTML, None, shelf.key, place="/saml/slo", parameter="SAMLResponse").status_code == 204
    assert states(door, place) == ["refused"], "the first answer counts"


def test_answers_that_are_none(campus, shelf, desk, door, tmp_path):
    place, asked = leave(shelf, door)
    how = {"headers": JSON, "place": "/saml/slo", "parameter": "SAMLResponse", "signed_by": shelf.key}
    stranger, _ = make_key(tmp_path, "stranger")
    for text, raw, more in (
            ("saml_over", RawLogoutAnswer(shelf, "_nobody"), {}), ("saml_over", RawLogoutAnswer(shelf, asked[:-3] + "AAA"), {}),
            ("saml_over", RawLogoutAnswer(shelf, asked, attributes=""), {}),
            ("saml_over", RawLogoutAnswer(desk, asked), {"signed_by": desk.key}), ("saml_signature", RawLogoutAnswer(shelf, asked), {"signed_by": None}),
            ("saml_signature", RawLogoutAnswer(shelf, asked), {"signed_by": stranger}), ("saml_old", RawLogoutAnswer(shelf, asked, issued=instant(-5)), {}),
            ("saml_destination", RawLogoutAnswer(shelf, asked, destination=' Destination="https://other.example.edu/"'), {}),
            ("saml_malformed", RawLogoutAnswer(shelf, asked, rest=""), {}), ("saml_malformed", RawLogoutAnswer(shelf, asked), {"parameter": "SAMLRequest"})):
        refused(redirect(campus.browser(), str(raw), **how | more), text)
    assert states(door, place) == ["browser"]


def test_a_frame_of_a_session_that_goes_on(shelf, door):
    """The address of the page alone tells nobody anything."""
    visit(shelf, door)
    assert states(door, "/signed-out", of="A" * 22) == []


def test_our_metadata_say_where(campus):
    text = campus.browser().get("/saml/metadata").text
    schema_saml_metadata.validate(text)
    assert text.count(f'Location="{campus.portal}/saml/slo"') == 2


# --- it begins here ---

def start(door, provider, state=None, headers=HTML):
    return door.browser.get("/saml/start", params={"service": provider.name} | ({"RelayState": state} if state is not None else {}), headers=headers)


@pytest.fixture(scope="module")
def begun(campus, ctl, tmp_path_factory):
    provider = Provider(campus, tmp_path_factory.mktemp("begun"), "begun", allow_unsolicited=True)
    provider.register(ctl, "--idp-initiated")
    yield provider
    ctl("service", "remove", "begun", *REASON)


def test_a_sign_in_that_begins_here(begun, door):
    page = start(door, begun, "https://evil.example.org/")
    document = begun.document(page).decode()
    assert "InResponseTo" not in document and begun.form(page)[1]["RelayState"] == "https://evil.example.org/"
    begun.asked = {}
    assert begun.read(page).ava["displayName"]
    assert begun.form(start(door, begun))[1].get("RelayState") is None
    assert start(door, begun).status_code == 200, "as often as somebody likes"


def test_by_way_of_the_sign_in(campus, begun):
    door = Door(campus)
    place = start(door, begun, "/x").headers["Location"]
    assert place.startswith("/login?next=%2Fsaml%2Fsso%3Fspom_request")
    door.sign_in(campus.person(role="student"))
    page = door.browser.get(unquote(place.partition("next=")[2]), headers=HTML)
    assert begun.form(page)[1]["RelayState"] == "/x" and "InResponseTo" not in begun.document(page).decode()


def test_only_where_it_is_allowed(begun, shelf, door):
    refused(start(door, shelf, headers=JSON), "service_not_registered")
    for name in ("nobody", "demo-web", "", "x" * 65):
        answer = start(door, SimpleNamespace(name=name), headers=JSON)
        assert answer.status_code == 400 and answer.json()["error"] in ("service_not_registered", "malformed"), name
    refused(start(door, begun, "x" * 81, headers=JSON), "malformed")
    assert start(door, begun, "x" * 80).status_code == 200
    for state in ("a\nb", "\x00"):
        refused(start(door, begun, state, headers=JSON), "malformed")


def test_groups_decide_here_as_well(campus, ctl, tmp_path, door):
    closed = Provider(campus, tmp_path, "closed-start")
    closed.register(ctl, "--idp-initiated", "--groups", "no-such-group")
    answer = start(door, closed, headers=JSON)
    assert answer.status_code == 403 and answer.json()["error"] == "forbidden_application"
    assert ctl("service", "remove", "closed-start", *REASON).returncode == 0


# --- a service that an operator registers by another name ---

def rename(ctl, provider, name):
    assert ctl("service", "remove", provider.name, *REASON).returncode == 0
    provider.name = name
    provider.register(ctl)


@pytest.fixture
def moving(campus, ctl, tmp_path):
    """One whose name changes: (provider, rename())."""
    provider, numbers = Provider(campus, tmp_path, "moving", logouts=[REDIRECT]), iter(range(10))
    provider.register(ctl)
    yield provider, lambda: rename(ctl, provider, f"moved-{next(numbers)}")
    assert ctl("service", "remove", provider.name, *REASON).returncode == 0


def test_each_visit_is_told_whatever_its_name_was_then(moving, door):
    provider, move = moving
    indexes = {visit(provider, door)[1]}
    move()
    indexes.add(visit(provider, door)[1])
    page = door.browser.get(door.log_out().json()["next"], headers=HTML)
    asked = [told(provider, door.browser.get(frame, headers=HTML), "SAMLRequest")[0] for frame in frames(page)]
    assert len(indexes) == 2 and {re.search(r"SessionIndex>([^<]+)<", document)[1] for document in asked} == indexes


@pytest.mark.parametrize("named", [True, False])
def test_it_signs_out_what_began_before(moving, door, named):
    """And is not told of it, nor counted among those that have to confirm."""
    provider, move = moving
    name, index = visit(provider, door, nameid_format=PERSISTENT)
    move()
    answer = followed(door, ask(door, provider, RawLogout(provider, name.text, index if named else None)))
    assert status_of(provider, answer)[0] == "Success" and not is_inside(door)
