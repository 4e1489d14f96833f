"""Forward-auth over the hand-over (SECURITY 35), as a browser, an application and an attacker see it."""
import itertools
import json
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from application import HTML, begin, enter, ticket_for
from campus.client import until
from ctl import Ctl
from door import JSON, Door

APP, NONCE = "spom_app", "spom_nonce"


@pytest.fixture
def app(campus):
    return campus.json["app"]


def other(campus, name):
    """Another application of the settings."""
    return campus.json["app"].replace("//app.", f"//{name}.")


@pytest.fixture
def door(campus):
    """A browser in which somebody is signed in at the portal."""
    return signed_in(campus)


def signed_in(campus, role="student", https=False):
    door = Door(campus, https=https)
    answer = door.sign_in(campus.person(role=role))
    assert answer.json().get("done"), answer.text
    return door


def told(answer):
    """The header fields that the application was sent."""
    assert answer.status_code == 200, (answer.status_code, answer.text[:300])
    return dict(map(tuple, answer.json()["headers"]))


def cookie(browser, app, name=APP):
    host = urlsplit(app).hostname
    found = [one.value for one in browser.cookies if one.name == name and one.domain.removesuffix(".local") == host]
    return found[0] if found else None


# --- the way in ---

def test_the_whole_way(campus, app):
    door = Door(campus)
    browser = door.browser
    first = browser.get(app + "/books?q=caf%C3%A9&n=1", headers=HTML)
    assert first.status_code == 303 and "no-store" in first.headers["Cache-Control"]
    assert re.fullmatch(NONCE + r"=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=600", first.headers["Set-Cookie"])
    to = urlsplit(first.headers["Location"])
    assert f"{to.scheme}://{to.netloc}" == campus.portal and to.path == "/hand-over"
    assert parse_qs(to.query)["next"] == ["/books?q=caf%C3%A9&n=1"] and parse_qs(to.query)["to"] == [app]

    login = browser.get(first.headers["Location"], headers=HTML)        # nobody is signed in yet
    assert login.status_code == 303 and login.headers["Location"].startswith("/login?next=%2Fhand-over")
    page = browser.get(login.headers["Location"], headers=HTML)
    assert app in page.headers["Content-Security-Policy"].split("form-action", 1)[1].split(";")[0]
    door.get(next=parse_qs(urlsplit(login.headers["Location"]).query)["next"][0])
    done = door.sign_in(campus.person(role="student")).json()
    assert done["next"] == to.path + "?" + to.query

    handed = browser.get(done["next"], headers=HTML)
    assert handed.status_code == 303 and handed.headers["Location"].startswith(app + "/-/spom/ticket?t=")
    opened = browser.get(handed.headers["Location"], headers=HTML)
    assert opened.status_code == 303 and opened.headers["Location"] == app + "/books?q=caf%C3%A9&n=1"
    assert re.fullmatch(APP + r"=[\w-]{86}; Path=/; HttpOnly; SameSite=Lax", opened.headers["Set-Cookie"])

    person = campus.person(role="student")
    headers = told(browser.get(opened.headers["Location"], headers=JSON))
    assert headers["Remote-User"] == person.user and headers["Remote-Name"] == person.name
    assert "students" in headers["Remote-Groups"].split(",") and headers["Remote-AMR"] == "pwd"
    assert "@" in headers["Remote-Email"]


def test_under_https_the_cookies_are_bound_to_the_host(campus, app):
    door = signed_in(campus, https=True)
    secure = campus.json["portal_https"].replace("//localhost", "//app.localhost")
    first = door.browser.get(secure + "/", headers=HTML)
    assert first.headers["Set-Cookie"].startswith("__Host-spom_nonce=") and "; Secure" in first.headers["Set-Cookie"]
    opened = door.browser.get(ticket_for(door.browser, secure))
    assert re.fullmatch(r"__Host-spom_app=[\w-]{86}; Path=/; HttpOnly; SameSite=Lax; Secure", opened.headers["Set-Cookie"])
    assert "Cookie" not in told(door.browser.get(secure + "/", headers=JSON))
    value = opened.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    for name in (APP, "__Host-spom_app"):       # it counts under its own scheme alone
        assert closed(campus, app, f"{name}={value}")


def test_two_tabs_at_once(door, app):
    browser = door.browser
    ways = [begin(browser, app, path) for path in ("/one", "/two")]
    handed = [browser.get(way).headers["Location"] for way in ways]
    opened = [browser.get(way) for way in handed]
    assert [answer.headers.get("Location") for answer in opened] == [app + "/one", app + "/two"]


def test_a_session_of_the_portal_leads_in_without_a_word(door, app):
    assert enter(door.browser, app, "/x").headers["Location"] == app + "/x"


# --- what the application sees ---

def test_nobody_says_who_he_is(door, app):
    enter(door.browser, app)
    lies = {name: "liar" for name in (
        "Remote-User", "remote_user", "REMOTE-USER", "Remote_User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-AMR", "Remote-JWT",
        "X-Remote-User", "X-Remote-Groups", "X-Forwarded-User", "X-Auth-Request-User", "X-SPOM-Edge", "X-SPOM-Origin",
        "X-Original-URL", "X-Forwarded-For")}
    answer = door.browser.get(app + "/", headers=JSON | lies)
    assert told(answer)["Remote-User"] != "liar" and "liar" not in answer.text


def test_our_cookies_and_secrets_do_not_reach_the_application(campus, door, app):
    enter(door.browser, app)
    value = cookie(door.browser, app)
    own = [("first", "1"), ("xspom_app", "2"), ("last", "3")]
    ours = [(APP, value), (NONCE, "n" * 43), ("__Host-spom_app", "h"), ("__Host-spom_nonce", "i")]
    for order in itertools.islice(itertools.permutations([*own, *ours]), 0, None, 97):
        sent = "; ".join(f"{name}={content}" for name, content in order)
        headers = told(campus.browser().get(app + "/", headers=JSON | {"Cookie": sent}))
        got = sorted(tuple(pair.strip().split("=")) for pair in headers["Cookie"].split(";") if pair.strip())
        assert got == sorted(own), (sent, headers["Cookie"])
    headers = told(door.browser.get(app + "/", headers=JSON))
    assert "Cookie" not in headers
    assert campus.json["edge"]["secret"] not in json.dumps(headers)


# --- who is not let in ---

def closed(campus, app, cookies):
    """Whether a request with this Cookie header is told to sign in."""
    answer = campus.browser().get(app + "/", headers=JSON | {"Cookie": cookies})
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 401 and answer.json()["error"] == "sign_in"


def test_after_logout_it_is_closed_from_the_very_next_request(campus, app):
    person = campus.person(role="student")
    for _ in range(60):
        door = Door(campus)
        door.sign_in(person)
        enter(door.browser, app)
        assert door.browser.get(app + "/", headers=JSON).status_code == 200
        assert door.log_out().status_code == 200
        assert door.browser.get(app + "/", headers=JSON).status_code == 401


def test_cookies_that_nobody_gave(campus, door, app):
    enter(door.browser, app)
    good = cookie(door.browser, app)
    assert not closed(campus, app, f"{APP}={good}")
    flipped = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1:] for at in range(0, 86, 5)]
    bad = [*flipped, good[:-1], good[:43], good + "A", good[43:] + good[:43], good.lower(), "", "x", "A" * 86, "A" * 128, "A" * 129,
           "A" * 4000, good + "=", good + "%3D"]
    for value in bad:
        assert closed(campus, app, f"{APP}={value}"), value
    assert closed(campus, app, f"{APP}={good}; {APP}={good}"), "the same name twice"
    assert closed(campus, app, f"__Host-spom_app={good}"), "the other scheme's name"
    assert closed(campus, other(campus, "grades"), f"{APP}={good}"), "another application's host"


def test_each_cookie_counts_at_its_own_door(campus, door, app):
    enter(door.browser, app)
    application, portal = cookie(door.browser, app), cookie(door.browser, campus.portal, "spom")
    assert closed(campus, app, f"{APP}={portal}") and closed(campus, app, f"spom={portal}")
    for name in ("spom", APP):
        answer = campus.browser().get("/", headers=JSON | {"Cookie": f"{name}={application}"})
        assert answer.status_code == 401
        assert campus.browser().get("/check", headers=JSON | {"Cookie": f"{name}={application}"}).status_code == 401
    assert campus.browser().get("/check", headers=JSON | {"Cookie": f"spom={portal}"}).status_code == 200


def test_scripts_and_forms_are_told_and_not_led(campus, app):
    for method, headers in (("POST", HTML), ("PUT", HTML), ("DELETE", HTML), ("GET", JSON), ("POST", JSON),
                            ("GET", HTML | {"Sec-Fetch-Mode": "cors"}), ("GET", HTML | {"Sec-Fetch-Mode": "no-cors"})):
        answer = campus.browser().request(method, app + "/", headers=headers)
        assert answer.status_code == 401 and "Location" not in answer.headers, (method, headers)
        assert "Set-Cookie" not in answer.headers
    answer = campus.browser().post(app + "/", headers=JSON, data="x" * 100000)
    assert answer.status_code == 401 and set(answer.json()) == {"error", "text", "trace"}


# --- tickets ---

def refused(answer):
    assert answer.status_code == 403 and "Set-Cookie" not in answer.headers and "Location" not in answer.headers, answer.headers
    return "Please open the application again" in answer.text


def test_a_ticket_works_once(door, app):
    ticket = ticket_for(door.browser, app)
    assert door.browser.get(ticket).status_code == 303
    assert refused(door.browser.get(ticket, headers=HTML))
    assert door.browser.get(ticket, headers=JSON).json()["error"] == "ticket_stale"


def test_a_ticket_is_of_one_browser(campus, door, app):
    """Login CSRF: an attacker's own ticket, opened by somebody else."""
    victim = campus.browser()
    assert refused(victim.get(ticket_for(door.browser, app), headers=HTML)), "no nonce"
    begin(victim, app)
    assert refused(victim.get(ticket_for(door.browser, app), headers=HTML)), "another nonce"
    assert cookie(victim, app) is None


def test_a_ticket_is_of_one_host(campus, door, app):
    grades = other(campus, "reports")
    nonce = f"{NONCE}={cookie_after(door.browser, app)}"
    ticket = urlsplit(ticket_for(door.browser, app)).query
    answer = campus.browser().get(f"{grades}/-/spom/ticket?{ticket}", headers=HTML | {"Cookie": nonce})
    assert refused(answer)
    answer = campus.browser().get(f"{app}/-/spom/ticket?{ticket}", headers=HTML | {"Cookie": nonce})
    assert refused(answer), "and it was used up by that"


def cookie_after(browser, app):
    begin(browser, app)
    return cookie(browser, app, NONCE)


def test_a_ticket_is_of_ten_seconds(door, app):
    ticket = ticket_for(door.browser, app)
    time.sleep(10.2)
    assert refused(door.browser.get(ticket, headers=HTML))


def test_a_ticket_dies_with_the_session(door, app):
    ticket = ticket_for(door.browser, app)
    door.log_out()
    assert refused(door.browser.get(ticket, headers=HTML))


@pytest.mark.parametrize("query", ["", "t=", "t=x", "t=" + "A" * 43, "t=" + "A" * 64, "t=" + "A" * 65, "t=%00", "t=a&t=b", "x=y",
                                   "t=%ff", "t=" + "A" * 5000])
def test_tickets_that_nobody_gave(campus, app, query):
    browser = campus.browser()
    begin(browser, app)
    answer = browser.get(f"{app}/-/spom/ticket?{query}", headers=HTML)
    assert answer.status_code in (400, 403, 503) and "Set-Cookie" not in answer.headers, answer.status_code


def test_the_reserved_paths_are_not_the_applications(campus, door, app):
    enter(door.browser, app)
    for path in ("/-/spom/", "/-/spom/check", "/-/spom/x"):
        assert door.browser.get(app + path, headers=JSON).status_code == 404, path
    assert door.browser.post(app + "/-/spom/ticket?t=x", headers=JSON).status_code == 400


# --- where it leads ---

EVIL = ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/%2fevil.example", "/%2F%2Fevil.example",
        "/%5Cevil.example", "/%09/evil.example", "/%0d/evil.example", "https://evil.example", "http:evil.example", "javascript:alert(1)",
        "@evil.example", "evil.example", ".evil.example", ":80@evil.example", "/\t/evil.example", "/a\\b", "/\r\nX: y", "/a b", "/é", "/#x",
        "data:text/html,x"]


@pytest.mark.parametrize("path", EVIL)
def test_next_is_a_path_of_the_application(campus, door, app, path):
    way = urlsplit(begin(door.browser, app))
    nonce = parse_qs(way.query)["nonce"][0]
    answer = door.browser.get(f"/hand-over?to={quote(app, safe='')}&nonce={nonce}&next={quote(path, safe='')}", headers=HTML)
    assert answer.status_code == 400 and "Location" not in answer.headers, (path, answer.headers)


@pytest.mark.parametrize("path", ["//evil.example/", "/%2fevil.example/", "/\\evil.example", "/%5cevil.example", "/%09/evil.example"])
def test_an_odd_request_comes_back_to_the_first_page(door, app, path):
    """Typed or linked at the application itself: the way goes on, but not there."""
    from http.client import HTTPConnection
    where = urlsplit(app)
    connection = HTTPConnection("127.0.0.1", where.port, timeout=5)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", where.netloc)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in (303, 400, 403), answer.status
    if answer.status == 303:
        assert parse_qs(urlsplit(answer.headers["Location"]).query)["next"] == ["/"]


@pytest.mark.parametrize("to", ["https://evil.example", "http://evil.example", "", "//evil.example", "http://app.localhost", "javascript:x",
                                "http://app.localhost@evil.example", "http://app.localhost.evil.example"])
def test_only_applications_of_the_settings_get_tickets(campus, door, app, to):
    nonce = parse_qs(urlsplit(begin(door.browser, app)).query)["nonce"][0]
    for target in (to, app + "/", app.upper(), app + ".evil.example"):
        if target:
            answer = door.browser.get(f"/hand-over?to={quote(target, safe='')}&nonce={nonce}&next=%2F", headers=HTML)
            assert answer.status_code in (400, 403) and "Location" not in answer.headers, (target, answer.status_code)


@pytest.mark.parametrize("query", ["", "to=x", "nonce=x", "to={app}&next=/", "to={app}&nonce=&next=/", "to={app}&nonce=short&next=/",
                                   "to={app}&to={app}&nonce={n}&next=/", "to={app}&nonce={n}&next=%00", "to={app}&nonce={n}&next=%zz"])
def test_a_hand_over_that_is_none(door, app, query):
    filled = query.format(app=quote(app, safe=""), n="A" * 43)
    answer = door.browser.get(f"/hand-over?{filled}", headers=JSON)
    assert answer.status_code in (400, 403) and "Location" not in answer.headers, (filled, answer.status_code)


def test_long_addresses_survive_the_sign_in(campus, app):
    door = Door(campus)
    path = "/search?q=" + "x" * 1400
    way = begin(door.browser, app, path)
    login = door.browser.get(way, headers=HTML)
    assert door.browser.get(login.headers["Location"], headers=HTML).status_code == 200
    door.get(next=parse_qs(urlsplit(login.headers["Location"]).query)["next"][0])
    done = door.sign_in(campus.person(role="student")).json()
    opened = door.browser.get(door.browser.get(done["next"]).headers["Location"])
    assert opened.headers["Location"] == app + path
    begin(campus.browser(), app, "/" + "y" * 5000)      # too long to be kept: the way is there all the same


# --- rules ---

def test_only_members_of_its_groups(campus):
    reports = other(campus, "reports")
    assert enter(signed_in(campus, "employee").browser, reports).status_code == 303
    student = signed_in(campus, "student").browser
    way = begin(student, reports)
    page = student.get(way, headers=HTML)
    assert page.status_code == 403 and "Reports" in page.text and "reports.groups" in page.text
    answer = student.get(way, headers=JSON)
    assert answer.status_code == 403 and answer.json()["error"] == "forbidden_application" and answer.json()["rule"] == "reports.groups"


def test_who_cannot_rise_is_told(campus):
    """No second factor, and none may be enrolled: test_application_levels.py has who can."""
    door = signed_in(campus, "student")
    way = begin(door.browser, other(campus, "grades"))
    page = door.browser.get(way, headers=HTML)
    assert page.status_code == 403 and "you have none that counts today" in page.text and "grades.two_factors" in page.text
    answer = door.browser.get(way, headers=JSON)
    assert answer.status_code == 403 and answer.json()["error"] == "level_missing" and answer.json()["rule"] == "grades.two_factors"


def test_with_two_factors_it_is_open_and_the_application_is_told(full, somebody, codes):
    """A rule that demands two factors, at a campus where people have them; and after logout it is closed from the next request."""
    person, door, grades = somebody(), Door(full), other(full, "grades")
    assert door.sign_in_fully(person, codes).json()["done"] is True
    enter(door.browser, grades)
    headers = told(door.browser.get(grades + "/", headers=JSON))
    assert headers["Remote-User"] == person.user and headers["Remote-AMR"] == "pwd otp"
    assert door.log_out().status_code == 200
    assert door.browser.get(grades + "/", headers=JSON).status_code == 401


@pytest.mark.parametrize("how", ["operator", "person"])
def test_when_the_session_ends_elsewhere_it_is_closed_as_well(full, somebody, codes, how):
    """Whoever ends it: an operator, or the person in another browser."""
    person, door, other_door = somebody(), Door(full), Door(full)
    assert door.sign_in_fully(person, codes).json()["done"] is True
    enter(door.browser, full.json["app"])
    assert door.browser.get(full.json["app"] + "/", headers=JSON).status_code == 200
    if how == "operator":
        ctl = Ctl(full)
        assert ctl("session", "end", person.user, "--break-glass", "--reason", "a test").returncode == 0
        ctl.close()
    else:
        assert other_door.sign_in_fully(person, codes).json()["done"] is True
        answer = other_door.browser.post("/sessions/end-others", headers=JSON | {"X-CSRF-Token": other_door.csrf}, json={})
        assert answer.status_code == 200, answer.text
    assert door.browser.get(full.json["app"] + "/", headers=JSON).status_code == 401


# --- the edge ---

def ask_check(campus, path="/check", **headers):
    """Straight to the instance, as an edge would."""
    import requests
    session = requests.Session()
    session.trust_env = False
    edge = {"X-SPOM-Edge": campus.json["edge"]["secret"], "X-SPOM-Origin": campus.portal, "Accept": "application/json",
            "X-Original-URL": campus.json["app"] + "/"}
    wanted = {name: value for name, value in (edge | {name.replace("_", "-"): value for name, value in headers.items()}).items() if value}
    return session.get(campus.json["edge"]["check"] + path, headers=wanted, allow_redirects=False, timeout=5)


def test_an_edge_that_says_nothing_is_refused(campus):
    assert ask_check(campus).status_code == 401
    for wrong in ({"X_SPOM_Edge": None}, {"X_SPOM_Edge": "x"}, {"X_SPOM_Origin": None}, {"X_SPOM_Origin": "https://evil.example"},
                  {"X_Original_URL": None}, {"X_Original_URL": "https://evil.example/"}, {"X_Original_URL": "/"},
                  {"X_Original_URL": "ftp://app.localhost/"}, {"X_Original_URL": "http://a@app.localhost:1/"}):
        answer = ask_check(campus, **wrong)
        assert answer.status_code == 403 and "Location" not in answer.headers, (wrong, answer.status_code)


def test_what_check_says_to_the_edge(campus):
    answer = ask_check(campus, Accept="text/html")
    assert answer.status_code == 401 and answer.headers["Location"].startswith(campus.portal + "/hand-over?")
    assert answer.headers["Set-Cookie"].startswith(NONCE + "=")
    answer = ask_check(campus, Accept="text/html", X_Original_URL=campus.portal + "/")
    assert answer.status_code == 401 and answer.headers["Location"] == campus.portal + "/login"


def test_without_the_store_nobody_passes(campus, door, app):
    enter(door.browser, app)
    assert door.browser.get(app + "/", headers=JSON).status_code == 200
    campus.stop("redis")
    try:
        for headers in (JSON, HTML):
            answer = door.browser.get(app + "/", headers=headers)
            assert answer.status_code == 503, answer.status_code
        assert campus.browser().get("/health/ready").status_code == 503
    finally:
        campus.start("redis")
    until(lambda: campus.browser().get("/health/ready").status_code == 200, "ready again")


def test_a_store_that_hangs_is_no_yes(campus, door, app):
    enter(door.browser, app)
    campus.signal("redis", signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert door.browser.get(app + "/", headers=JSON).status_code == 503
        assert time.monotonic() - began < 9
    finally:
        campus.signal("redis", signal.SIGCONT)
    until(lambda: door.browser.get(app + "/", headers=JSON).status_code == 200, "open again")


def test_nobodys_sign_in_makes_an_application_wait(campus, door, app):
    """The directory hangs, and more people than there are threads wait for it; who is in goes on."""
    enter(door.browser, app)
    assert door.browser.get(app + "/", headers=JSON).status_code == 200
    campus.signal("slapd", signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(16) as crowd:
            waiting = [crowd.submit(lambda: Door(campus).sign_in(campus.person(role="student"))) for _ in range(16)]
            took = []
            while not all(one.done() for one in waiting):
                began = time.monotonic()
                assert door.browser.get(app + "/", headers=JSON).status_code == 200
                took.append(time.monotonic() - began)
            assert len(took) >= 3 and sorted(took)[len(took) // 2] < 1, (len(took), sorted(took)[-5:])
    finally:
        campus.signal("slapd", signal.SIGCONT)
    until(lambda: campus.browser().get("/health/ready").json()["directory"], "the directory is back")


def test_an_authority_that_hangs_is_told_soon(campus):
    campus.signal("spom-authority", signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert back(campus, "/health/ready").status_code == 503
        assert time.monotonic() - began < 8
        assert back(campus, "/health/live").status_code == 200
    finally:
        campus.signal("spom-authority", signal.SIGCONT)
    until(lambda: back(campus, "/health/ready").status_code == 200, "ready again")


# --- figures ---

def back(campus, path, **headers):
    import requests
    session = requests.Session()
    session.trust_env = False
    edge = {"X-SPOM-Edge": campus.json["edge"]["secret"], "X-Forwarded-For": "127.0.0.1"} | headers
    return session.get(campus.json["edge"]["back"] + path, headers=edge, timeout=10)


def figures(campus):
    answer = campus.browser().get("/metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {line.rpartition(" ")[0]: int(line.rpartition(" ")[2]) for line in answer.text.splitlines() if not line.startswith("#")}


def test_figures(campus, app):
    before = figures(campus)
    assert campus.browser().get(app + "/", headers=JSON).status_code == 401
    after = figures(campus)
    name = 'spom_checks_total{outcome="sign_in"}'
    assert after[name] > before[name]
    assert after['spom_up{neighbour="directory"}'] == 1 and after["process_start_time_seconds"] > 1.7e9
    text = campus.browser().get("/metrics").text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(names) == len(set(names)) and text.endswith("\n")


def test_figures_are_not_for_everybody(campus):
    assert back(campus, "/metrics").status_code == 200
    for address in ("203.0.113.9", "::1", "", "127.0.0.1, 203.0.113.9", "127.0.0.2"):
        assert back(campus, "/metrics", **{"X-Forwarded-For": address}).status_code == 404, address
    assert back(campus, "/metrics", **{"X-SPOM-Edge": "x"}).status_code in (403, 404)


def test_health_says_what_is_well(campus):
    state = campus.browser().get("/health/ready").json()
    assert state["ready"] and state["store"] and state["audit"] and state["clock"] and state["directory"]
