"""A session that ends, ends at the services: whoever ended it, whatever is down meanwhile, and the page says only what is known."""
import os
import re
import time
import xml.etree.ElementTree as ElementTree

import pytest
import requests

from campus.client import until
from door import JSON
from receiver import Receiver, impostor
from relying import HTML, REASON, opened, register, signed_in        # pylint: disable=unused-import
from test_hostile_store import Store
from words import says, shown

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="reads keys of other users")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
BYE = "https://moodle.example.edu/bye"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"


@pytest.fixture(scope="module")
def tls(campus):
    return campus.dir / "tls" / "nginx.pem", campus.dir / "tls" / "nginx.key"


@pytest.fixture(scope="module")
def apps(tls):
    receiver = Receiver(*tls)
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def wiki(register, apps):
    """An application that does as it should."""
    return told(register, apps, "wiki", "/ok/wiki")


def told(register, apps, name, path, *options):
    client = register(name, "--backchannel-logout-uri", apps.uri(path), "--logout-uri", BYE, *options)
    client.told_at = path
    return client


def visit(door, *clients):
    """Signs in to each; the claims of the last ID token."""
    tokens = None
    for client in clients:
        answer = client.redeem(client.code(door.browser))
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
    return clients[-1].claims(tokens["id_token"])


def open_token(client, form, alg="RS256"):
    """Verified as section 2.6 of the specification says."""
    assert list(form) == ["logout_token"]
    token = opened(form["logout_token"][0], alg, client.keys())
    assert token.header["typ"] == "logout+jwt" and token.header["alg"] == alg
    return token


def is_right(client, token, claims):
    assert set(token) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "events"}, "and never a nonce"
    assert token["iss"] == client.campus.portal and token["aud"] == client.client_id
    assert token["sub"] == claims["sub"] and token["sid"] == claims["sid"]
    assert token["events"] == {EVENT: {}}
    assert abs(token["iat"] - time.time()) < 30 and 0 < token["exp"] - token["iat"] <= 120
    assert re.fullmatch(r"[\w-]{22}", token["jti"])


def hears(apps, client, claims, n=1, timeout_s=10):
    token = open_token(client, apps.until_heard(client.told_at, n, timeout_s))
    is_right(client, token, claims)
    return token


def list_of(campus, page):
    """What the page says, as JSON: {name: state}."""
    answer = campus.browser().get(page, headers=JSON)
    assert answer.status_code == 200, answer.text
    return {row["name"]: row["state"] for row in answer.json()["applications"]}


def sign_out(door):
    answer = door.log_out()
    assert answer.status_code == 200 and answer.json()["done"] is True
    return answer.json()["next"]


# --- causes -------------------------------------------------------------------------------------------------------------

def test_somebody_signs_out(campus, apps, wiki, person):
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    page = sign_out(door)
    token = hears(apps, wiki, claims)
    until(lambda: list_of(campus, page) == {"Wiki": "confirmed"}, "it has confirmed", 30)
    [(_, _, headers)] = [heard for heard in apps.heard if heard[0] == wiki.told_at]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded" and headers["User-Agent"].startswith("spom-courier/")
    assert not {"Cookie", "Authorization", "Expect", "Referer"} & set(headers)
    assert token["jti"] and door.home().status_code == 401


@pytest.fixture(autouse=True)
def nothing_heard(apps):
    apps.heard.clear()
    apps.statuses.clear()


def csrf_of(door):
    return door.browser.get("/sessions", headers=JSON).json()


def form(door, path, **fields):
    return door.browser.post(path, headers=JSON | {"X-CSRF-Token": csrf_of(door)["frame"]["csrf"]}, json=fields)


def test_ended_from_another_browser(campus, apps, wiki, person):
    one, other = signed_in(campus, person), signed_in(campus, person)
    claims, kept = visit(one, wiki), visit(other, wiki)
    assert claims["sid"] != kept["sid"], "each session has another name"
    [victim] = [row["id"] for row in csrf_of(one)["sessions"] if row["current"]]
    assert form(other, f"/sessions/{victim}/end").status_code == 200
    hears(apps, wiki, claims)
    assert other.home().status_code == 200 and len(apps.at(wiki.told_at)) == 1


def test_all_others_are_ended(campus, apps, wiki, person):
    one, other, third = (signed_in(campus, person) for _ in range(3))
    sids = {visit(door, wiki)["sid"] for door in (one, other)}
    mine = visit(third, wiki)
    assert form(third, "/sessions/end-others").status_code == 200
    apps.until_heard(wiki.told_at, 2)
    assert {open_token(wiki, heard)["sid"] for heard in apps.at(wiki.told_at)} == sids
    assert visit(third, wiki)["sid"] == mine["sid"], "it goes on"


def test_a_service_of_cas_is_told_by_its_ticket(campus, apps, ctl, person):
    """CAS Protocol 3.0, appendix C: the address of the service, and its ticket as SessionIndex."""
    path, service = "/ok/papers", "https://papers.example.edu/a&b"
    ctl.json("service", "add", "papers", "--cas", "--service-url", "https://papers.example.edu/*", "--label", "Papers",
             "--backchannel-logout-uri", apps.uri(path), *REASON)
    try:
        door = signed_in(campus, person)
        tickets = set()
        for _ in range(2):          # each is a session of its own there
            answer = door.browser.get("/cas/login", params={"service": service}, headers=HTML)
            tickets.add(answer.headers["Location"].removeprefix(service + "?ticket="))
        page = sign_out(door)
        apps.until_heard(path, 2, 10)
        requests_ = [ElementTree.fromstring(form["logoutRequest"][0]) for form in apps.at(path)]
        assert all(request.tag == SAMLP + "LogoutRequest" and request.get("Version") == "2.0" for request in requests_)
        assert {request.findtext(SAMLP + "SessionIndex") for request in requests_} == tickets and len(tickets) == 2
        assert list_of(campus, page) == {"Papers": "confirmed"}
    finally:
        ctl("service", "remove", "papers", *REASON)


@pytest.mark.parametrize("how", ["one", "all"])
def test_an_operator_ends_it(campus, apps, wiki, person, ctl, how):
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    [session] = [row["id"] for row in csrf_of(door)["sessions"] if row["current"]]
    assert ctl("session", "end", session if how == "one" else person.user, *REASON).returncode == 0
    hears(apps, wiki, claims)


def test_a_front_is_distrusted(campus, apps, wiki, ctl, person):
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    done = ctl("session", "distrust", "--front", "door", "--since", since, *REASON)
    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: claims["sid"] in {open_token(wiki, heard)["sid"] for heard in apps.at(wiki.told_at)}, "it is told")


def agenda_is_due(campus):
    """As if the time of each trail had come."""
    store = Store(campus)
    [agenda] = store.keys("agenda")
    for member in store("ZREVRANGEBYSCORE", agenda, "+inf", "-inf"):
        store("ZADD", agenda, "1", member)


@pytest.mark.parametrize("what", ["idle", "absolute"])
def test_nobody_comes_back(campus, apps, wiki, person, what):
    """The store forgets it, as it does when a time is over; the sweep finds out. (The two ends are one time to live.)"""
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    store = Store(campus)
    [session] = [row["id"] for row in csrf_of(door)["sessions"] if row["current"]]
    store("PEXPIRE", f"spom:session:{session}", "1")
    if what == "idle":
        agenda_is_due(campus)
    else:
        until(lambda: door.home().status_code == 401, "it is over")
        agenda_is_due(campus)
    hears(apps, wiki, claims)
    assert apps.hears_nothing(wiki.told_at, 2.5), "once"


def test_who_is_there_stays(campus, apps, wiki, person):
    door = signed_in(campus, person)
    visit(door, wiki)
    agenda_is_due(campus)
    assert apps.hears_nothing(wiki.told_at, 2.5) and door.home().status_code == 200


def test_a_rise_and_a_new_sign_in_are_no_end(campus, apps, wiki, person):
    """Somebody signs in again, because a service wants a fresh proof: the services go on, under the same name."""
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    asked = wiki.authorize(door.browser, prompt="login")
    door.ask = None
    onward = requests.utils.unquote(asked.headers["Location"].split("next=")[1])
    door.get(next=onward)
    assert door.sign_in(person).json().get("done")
    again = visit(door, wiki)
    assert again["sid"] == claims["sid"] and apps.hears_nothing(wiki.told_at)
    sign_out(door)
    hears(apps, wiki, claims)


def test_a_password_is_locked_in_the_directory(campus, apps, wiki, person):
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    directory = campus.ldap(campus.json["ldap"]["admin_dn"], campus.json["ldap"]["admin_password"])
    dn = campus.dn(person.user)
    lock = [(0, "pwdAccountLockedTime", [b"000001010000Z"])]
    directory.modify_s(dn, lock)
    try:
        campus.wait_back("spom-authority", campus.kill("spom-authority"))     # what it remembers of people counts for a minute
        assert door.home().status_code == 401
        hears(apps, wiki, claims)
    finally:
        directory.modify_s(dn, [(1, "pwdAccountLockedTime", None)])


def test_a_replayed_refresh_token_ends_no_session(campus, apps, register, person):
    client = told(register, apps, "mails", "/ok/mails", "--refresh")
    door = signed_in(campus, person)
    first = client.redeem(client.code(door.browser, scope="openid offline_access")).json()
    assert client.refresh(first["refresh_token"]).status_code == 200
    assert client.refresh(first["refresh_token"]).status_code == 400
    assert apps.hears_nothing(client.told_at) and door.home().status_code == 200


# --- applications that are not as they should be --------------------------------------------------------------------------

def test_a_bad_neighbourhood(campus, apps, register, wiki, person, tmp_path):
    """None of them holds up the good one, none is asked where it leads, and the page says of each what is so."""
    stranger = impostor(tmp_path)
    clients = {name: told(register, apps, name, f"/{name}/x") for name in ("none", "hangs", "bad", "gone", "led", "down", "long")}
    clients["dead"] = register("dead", "--backchannel-logout-uri", "https://localhost:1/")
    clients["impostor"] = register("impostor", "--backchannel-logout-uri", stranger.uri("/ok/impostor"))
    clients["misnamed"] = register("misnamed", "--backchannel-logout-uri", apps.uri("/ok/misnamed", host="127.0.0.2"))
    clients["deaf"] = register("deaf")
    door = signed_in(campus, person)
    visit(door, *clients.values())
    claims = visit(door, wiki)
    apps.when.clear()
    page = sign_out(door)
    hears(apps, wiki, claims)
    apps.until_heard("/hangs/x")
    assert apps.when[wiki.told_at] - apps.when["/hangs/x"] < 4, "it waits for nobody: who hangs has five seconds"
    began = time.monotonic()
    body = campus.browser().get(page, headers=JSON).json()
    assert time.monotonic() - began > 1.5, "for those that are under way it waits a moment"
    assert body["waits"] and body["missed"]
    until(lambda: list_of(campus, page) == {
        "Wiki": "confirmed", "None": "confirmed", "Long": "confirmed", "Hangs": "waits", "Dead": "waits", "Down": "waits", "Impostor": "waits",
        "Misnamed": "waits", "Bad": "refused", "Gone": "refused", "Led": "refused", "Deaf": "untold"}, "all are said truthfully", 20)
    html = campus.browser().get(page, headers=HTML)
    for text in ("waits", "refused", "untold", "confirmed", "going_on", "close"):
        assert says(html, f"left.{text}"), text
    assert not apps.at("/ok/led-to") and not apps.at("/ok/misnamed") and not stranger.heard
    assert all(len(apps.at(f"/{name}/x")) == 1 for name in ("bad", "gone", "led", "none", "long")), "what is refused is not asked again"
    apps.statuses["/down/x"] = 200
    until(lambda: list_of(campus, page)["Down"] == "confirmed", "the same address says so", 60)
    first, second = (open_token(clients["down"], heard) for heard in apps.at("/down/x")[:2])
    assert second["iat"] > first["iat"] and second["jti"] != first["jti"], "each try is signed anew"
    apps.let_go.set()
    stranger.close()
    for name in list(clients):
        register.remove(name)       # what waits for them has nobody any more


def test_a_hundred_at_once(campus, apps, register, person):
    """Thirteen sessions of eight services each."""
    clients = [told(register, apps, f"app-{number}", f"/ok/app-{number}") for number in range(8)]
    doors = [signed_in(campus, person) for _ in range(13)]
    for door in doors:
        visit(door, *clients)
    apps.heard.clear()
    pages = [sign_out(door) for door in doors]
    until(lambda: len(apps.heard) >= 104, "all of them hear it", 60)
    assert {len(apps.at(client.told_at)) for client in clients} == {13}
    for page in pages:
        until(lambda page=page: set(list_of(campus, page).values()) == {"confirmed"}, "all have confirmed", 30)


# --- programs that die ------------------------------------------------------------------------------------------------------

def waiting(campus):
    """The files of notices in the queue."""
    return {path.name for path in (campus.dir / "state" / "outbox").glob("*.note")}


def test_the_courier_is_killed_in_between(campus, apps, register, wiki, person):
    slow = told(register, apps, "slow", "/hangs/slow")
    apps.let_go.clear()
    door = signed_in(campus, person)
    claims = visit(door, slow)
    before = waiting(campus)
    sign_out(door)
    apps.until_heard("/hangs/slow")
    assert len(waiting(campus) - before) == 1
    pid = campus.kill("spom-courier")
    apps.let_go.set()
    campus.wait_back("spom-courier", pid)
    hears(apps, slow, claims, n=2)
    until(lambda: not waiting(campus) - before, "it waits no more")


def test_the_authority_starts_anew_with_notices_waiting(campus, apps, wiki, person):
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    campus.stop("spom-courier")
    try:
        before = waiting(campus)
        page = sign_out(door)
        assert len(waiting(campus) - before) == 1 and list_of(campus, page) == {"Wiki": "waits"}
        assert wiki.client_id.encode() not in b"".join(path.read_bytes() for path in (campus.dir / "state" / "outbox").glob("*.note")), "sealed"
        campus.wait_back("spom-authority", campus.kill("spom-authority"))
        until(lambda: f"spom_logout_notices_waiting {len(waiting(campus))}\n" in metrics(campus), "it knows of them")
    finally:
        campus.start("spom-courier")
    hears(apps, wiki, claims)
    until(lambda: list_of(campus, page) == {"Wiki": "confirmed"}, "it has confirmed")
    assert not waiting(campus) - before and 'spom_logout_notices_total{outcome="confirmed"}' in metrics(campus)


def metrics(campus):
    edge = campus.json["edge"]
    return requests.get(f"{edge['back']}/metrics", headers={"X-SPOM-Edge": edge["secret"], "X-Forwarded-For": "127.0.0.1"}, timeout=10).text


def test_a_service_that_was_taken_away_is_not_told(campus, apps, register, person):
    client = told(register, apps, "leaves", "/ok/leaves")
    door = signed_in(campus, person)
    visit(door, client)
    register.remove("leaves")
    again = told(register, apps, "leaves", "/ok/leaves-again")
    page = sign_out(door)
    until(lambda: list_of(campus, page) == {"Leaves": "refused"}, "nobody is there")
    assert not apps.at("/ok/leaves") and not apps.at(again.told_at)


# --- the front channel, the page, and the way on ------------------------------------------------------------------------------

def test_frames_of_those_that_the_browser_tells(campus, apps, register, wiki, person):
    photos = register("photos", "--frontchannel-logout-uri", apps.uri("/ok/photos?a=b"))
    door = signed_in(campus, person)
    claims = visit(door, photos)
    visit(door, wiki)
    page = campus.browser().get(sign_out(door), headers=HTML)
    [frame] = re.findall(r'<iframe src="([^"]+)" hidden sandbox="[^"]*" title="Photos"></iframe>', page.text)
    assert frame == f"{apps.uri('/ok/photos?a=b')}&amp;iss={campus.portal}&amp;sid={claims['sid']}"
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith(f"; frame-src https://localhost:{apps.port}") and "default-src 'none'" in policy
    assert "Signed out." in shown(page) and "only the application knows" in shown(page)
    assert "frame-src" not in campus.browser().get("/login", headers=HTML).headers["Content-Security-Policy"]


def test_frames_come_last(campus, apps, register, person):
    """What the browser tells, it tells when we have heard from all whom we tell ourselves: that one has a moment to think."""
    slow = told(register, apps, "ponders", "/slow/ponders")
    views = register("views", "--frontchannel-logout-uri", apps.uri("/ok/views"))
    door = signed_in(campus, person)
    visit(door, views, slow)
    began = time.monotonic()
    answer = leave(door, slow)
    assert time.monotonic() - began >= 0.5 and len(apps.at("/slow/ponders")) == 1 and not apps.at("/ok/views")
    assert '<iframe src="' + apps.uri("/ok/views") in answer.text and "Ponders" in shown(answer) and "Could not be signed out" not in shown(answer)


def leave(door, client, **more):
    asked = door.browser.get("/oidc/logout", params={"client_id": client.client_id, "post_logout_redirect_uri": BYE, "state": "s"}, headers=HTML)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked.text))
    return door.browser.post("/oidc/logout", data=fields | more, headers=HTML)


def left(campus, person, *clients):
    """Somebody signs in, visits them, and leaves by the last: the page that has heard from all within its two seconds, which takes another try on a
    busy machine; and the last one's claims."""
    for _ in range(5):
        door = signed_in(campus, person)
        claims = [visit(door, client) for client in clients][-1]
        answer = leave(door, clients[-1])
        if not says(answer, "left.waits"):
            break
    return answer, claims


def test_the_way_back_to_the_service(campus, apps, register, wiki, person):
    answer, claims = left(campus, person, wiki)
    assert answer.headers["Refresh"] == f"0;url={BYE}?state=s", "all have confirmed: nothing is to be read"
    hears(apps, wiki, claims, len(apps.at(wiki.told_at)))
    photos = register("pictures", "--frontchannel-logout-uri", apps.uri("/ok/pictures"))
    answer, _ = left(campus, person, photos, wiki)
    assert answer.headers["Refresh"] == f"2;url={BYE}?state=s" and "<iframe" in answer.text, "the browser needs a moment"
    apps.statuses[wiki.told_at] = 400
    answer, _ = left(campus, person, wiki)
    assert "Refresh" not in answer.headers and f'href="{BYE}?state=s"' in answer.text and "Could not be signed out" in shown(answer)


@pytest.mark.parametrize("of", ["", "x", "A" * 22, "A" * 33, "%00", "<script>"])
def test_addresses_of_no_session(campus, of):
    answer = campus.browser().get("/signed-out", params={"of": of}, headers=HTML)
    assert answer.status_code in (303, 400) and (len(of) < 2 or of not in answer.text)
    assert "Set-Cookie" not in answer.headers, "whoever is led there stays signed in"
    assert answer.status_code == 400 or answer.headers["Location"] == "/"


def test_the_page_is_there_for_a_while(campus, apps, wiki, person):
    """Whoever finds the address in a history later learns nothing by it."""
    door = signed_in(campus, person)
    claims = visit(door, wiki)
    page = sign_out(door)
    hears(apps, wiki, claims)
    assert list_of(campus, page) == {"Wiki": "confirmed"}
    store = Store(campus)
    for key in store.keys("told"):
        store("DEL", key)
    later = campus.browser().get(page, headers=HTML)
    assert later.status_code == 303 and later.headers["Location"] == "/"


def test_who_visited_nothing(campus, person):
    door = signed_in(campus, person)
    assert sign_out(door) == "/login"


# --- what is registered and published ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backchannel-logout-uri", "--frontchannel-logout-uri"])
@pytest.mark.parametrize("uri", ["http://wiki.example.edu/out", "edu.example.app:/out", "https://wiki.example.edu/#x", "https://u@wiki.example.edu/",
                                 "https://*.example.edu/", "/out", "https://wiki.example.edu/../x", "ftp://wiki.example.edu/"])
def test_addresses_that_cannot_be(register, option, uri):
    done = register.ctl("service", "add", "no-service", "--redirect-uri", BYE, "--label", "x", option, uri, *REASON)
    assert done.returncode == 1, done.stdout + done.stderr


def test_what_is_registered_is_shown(register, apps, ctl):
    told(register, apps, "shown", "/ok/shown", "--frontchannel-logout-uri", "http://127.0.0.1/out")
    page = ctl.json("service", "show", "shown")["service"]
    assert page["backchannel_logout_uri"] == apps.uri("/ok/shown") and page["frontchannel_logout_uri"] == "http://127.0.0.1/out"
    document = register.campus.browser().get("/.well-known/openid-configuration").json()
    assert all(document[f"{channel}channel_logout_{what}supported"] is True for channel in ("back", "front") for what in ("", "session_"))


def test_a_service_that_is_not_told_gets_no_sid(campus, register, person):
    plain = register("plain")
    assert "sid" not in visit(signed_in(campus, person), plain)


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_every_algorithm(campus, apps, register, person, alg):
    client = told(register, apps, f"told-{alg.lower()}", f"/ok/{alg}", "--alg", alg)
    door = signed_in(campus, person)
    answer = client.redeem(client.code(door.browser)).json()
    claims = client.claims(answer["id_token"], alg)
    sign_out(door)
    is_right(client, open_token(client, apps.until_heard(client.told_at), alg), claims)
