"""Every route × every state of a sign-in × page and JSON × http and https: routes.txt says what is answered, and this asks."""
import re
import secrets
import subprocess
import time
from itertools import product
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
import requests

from campus.client import until
from campus.layout import BIN, ROOT
from ctl import Ctl
from door import JSON, Door
from words import number_of, says, shown

HTML = {"Accept": "text/html", "Accept-Language": "en"}
STATES = ("none", "half_done", "password", "two_factors", "forged", "expired", "revoked")
SIGNED_IN = ("password", "two_factors")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
PUBLIC = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oidc/jwks", "/saml/metadata")       # the same for everybody
GOOD_FOR_ONE = ("POST /logout", "POST /oidc/logout", "POST /cas/logout")        # whoever has asked this has no session any more


# --- the table ---

def read_table():
    answers, asked, rows = {}, {}, {}
    for line in (ROOT / "tests" / "flow" / "routes.txt").read_text(encoding="utf-8").splitlines():
        cells = re.split(r"\s{2,}", line.split(" # ")[0].strip())
        if not cells[0] or cells[0].startswith("#"):
            continue
        if cells[0] == "answer":
            answers[cells[1]] = SimpleNamespace(page=cells[2], json=cells[3], cookies=cells[4:])
        elif cells[0] == "with":
            asked[cells[1]] = cells[2], dict(cell.split("=", 1) for cell in cells[3:])
        else:
            rows[cells[0]] = dict(zip(STATES, cells[1:], strict=True))
    return answers, asked, rows


ANSWERS, ASKED, ROWS = read_table()
ROUTES = dict(reversed(line.split(" ", 1)) for line in (
    " ".join((words[0] + "/" + words[3], words[1], words[2])) for words in (
        line.split() for line in subprocess.run([BIN / "spom-front", "--routes"], capture_output=True, text=True,
                                                check=True).stdout.splitlines())))


def instance(route):
    return ROUTES[route].split("/")[0]


def needs(route):
    return ROUTES[route].split("/")[1]


def test_every_route_has_a_row_and_every_row_a_route():
    assert set(ROWS) == set(ROUTES) and len(ROUTES) > 20
    assert {cell for row in ROWS.values() for cell in row.values()} == set(ANSWERS), "an answer that nobody gets, or that is not explained"
    assert set(ASKED) <= set(ROWS)


# --- who asks ---

class Asker:
    """A browser in one state, under one scheme."""

    def __init__(self, campus, person=None, https=False):
        self.door, self.campus, self.person = Door(campus, https=https), campus, person
        self.browser = self.door.browser
        self.origin = campus.json["portal_https"] if https else campus.portal
        self.https = https
        self.cookies = {}

    def note(self):
        """What the browser has now: it sends this with every request, whatever an answer takes away."""
        self.cookies = {cookie.name: cookie.value for cookie in self.browser.cookies}
        return self

    def name(self, cookie):
        return ("__Host-" if self.https else "") + cookie

    @property
    def csrf(self):
        return self.door.csrf


class Cast:
    """Makes those who ask, each once."""

    def __init__(self, plain, full, codes, somebody):
        self.plain, self.full, self.codes, self.somebody = plain, full, codes, somebody
        self.ready = {}

    def get(self, state, https, fresh=False):
        key = state, https
        if fresh or key not in self.ready:
            asker = getattr(self, state)(https).note()
            if fresh:
                return asker
            self.ready[key] = asker
        return self.ready[key]

    def none(self, https):
        return Asker(self.full, self.somebody(), https)

    def half_done(self, https):
        asker = Asker(self.full, self.somebody(), https)
        assert asker.door.sign_in(asker.person).json()["ask"]["kind"] == "code"
        return asker

    def password(self, https):
        person = self.plain.people[0] if not https else self.plain.person(role="employee")
        asker = Asker(self.plain, person, https)
        assert asker.door.sign_in(person).json()["done"] is True
        return asker

    def two_factors(self, https):
        asker = Asker(self.full, self.somebody(), https)
        done = asker.door.sign_in_fully(asker.person, self.codes)
        assert done.json().get("done"), done.text
        return asker

    def forged(self, https):
        asker = self.none(https)
        asker.browser.cookies.set(asker.name("spom"), secrets.token_urlsafe(32), domain="localhost.local", path="/")
        return asker

    def expired(self, https):
        """Its time is over where sessions lie: no test waits for half an hour."""
        before = self._sessions()
        asker = self.two_factors(https)
        new = self._sessions() - before
        assert new, "no session lies in the store"
        for key in new:
            self._redis("PEXPIRE", key, "1")
        until(lambda: not new & self._sessions(), "it is over")
        return asker

    def revoked(self, https):
        asker = self.two_factors(https)
        ctl = Ctl(self.full)
        try:
            done = ctl("session", "end", asker.person.user, "--break-glass", "--reason", "a test")
            assert done.returncode == 0, done.stdout + done.stderr
        finally:
            ctl.close()
        return asker

    def _sessions(self):
        return {key for key in self._redis("--scan", "--pattern", "spom:session:*").split()}

    def _redis(self, *words):
        redis = self.full.json["redis"]
        done = subprocess.run(["redis-cli", "-s", redis["unix"], "--user", redis["user"], "--no-auth-warning", "-a", redis["password"], *words],
                              capture_output=True, text=True, check=True)
        return done.stdout


@pytest.fixture(scope="module")
def cast(campus, full, codes):
    return Cast(campus, full, codes, full.newcomer)


# --- asking ---

def fill(text, asker):
    """What the table leaves open."""
    for name, value in (("app", asker.campus.json["app"]), ("portal", asker.origin), ("user", asker.person.user),
                        ("today", time.strftime("%Y-%m-%d")), ("nonce", "A" * 43), ("token", "B" * 43)):
        text = text.replace("{" + name + "}", value)
    if "{version}" in text:
        page = asker.browser.get("/profile", headers=JSON).json()
        text = text.replace("{version}", page.get("version", "none"))
    return text


def ask(asker, route, kind, method=None, where=None, csrf=True, cookies=None):
    """One request as the table has it; the answer."""
    path, fields = ASKED.get(route, (route.split()[1], {}))
    method, path = method or route.split()[0], fill(path, asker)
    headers, body = dict(JSON if kind == "json" else HTML), {}
    fields = {name: fill(value, asker) for name, value in fields.items()}
    if method == "POST":
        if csrf and asker.csrf:
            fields["csrf"] = asker.csrf if csrf is True else csrf
        body = {"json" if kind == "json" else "data": fields or ({"csrf": ""} if csrf is not False else {})}
    where = where or instance(route)
    if where == "door" or (where == "back" and "health" in path):
        url = asker.origin + path
    else:
        url = asker.campus.json["edge"][where] + path
        headers |= {"X-SPOM-Edge": asker.campus.json["edge"]["secret"], "X-SPOM-Origin": asker.origin, "X-Forwarded-For": "127.0.0.1",
                    "X-Original-URL": (asker.campus.json["app"] if "ticket" in path else asker.origin) + "/"}
    session = requests.Session()
    session.trust_env, session.verify = False, asker.campus.json["ca"]
    sent = asker.cookies if cookies is None else cookies
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in sent.items())
    if not sent:
        del headers["Cookie"]
    answer = session.request(method, url, headers=headers, allow_redirects=False, timeout=10, **body)
    answer.asked, answer.of_machines = path, where == "back"
    return answer


# --- what is expected ---

def matches(pattern, address):
    pattern = re.escape(pattern).replace(r"\{id\}", r"[\w-]{22}").replace(r"\{token\}", r"[\w-]{43}")
    pattern = pattern.replace(r"\{mark\}", r"[sm]\d{13}\.[\w-]{43}").replace(r"\{any\}", r"\S*")
    return re.fullmatch(pattern, address)


def check(answer, wanted, kind, asker):
    """Status, what comes with it, cookies and the header fields that every answer has."""
    status, _, what = (wanted.json if kind == "json" else wanted.page).partition(" ")
    seen = f"{answer.status_code} {answer.headers.get('Location')} {answer.headers.get('Content-Type')} {shown(answer)}"
    assert answer.status_code == int(status), seen
    if what.startswith(("/", "{app}", "{portal}", "http:")):
        here = quote(answer.asked, safe="")
        place = what.replace("{issuer}", quote(asker.campus.portal, safe="")).replace("{here}", here).replace("{app}", asker.campus.json["app"]).replace("{portal}", asker.origin)
        assert matches(place, answer.headers.get("Location", "")), seen
    elif "/" in what:
        assert answer.headers["Content-Type"].split(";")[0] == what, seen
        assert "Location" not in answer.headers, seen
    elif what:
        assert says(answer, what), seen
        assert "Location" not in answer.headers, seen
    check_cookies(answer, wanted.cookies, asker)
    check_fields(answer, kind)


def check_cookies(answer, wanted, asker):
    lines = [line.strip() for line in re.split(r",\s*(?=[\w-]+=)", answer.headers.get("Set-Cookie", "")) if line]
    got = sorted(("-" if line.endswith("Max-Age=0") else "+") + line.split("=", 1)[0] for line in lines)
    assert got == sorted(cell[0] + asker.name(cell[1:]) for cell in wanted), lines
    for line in lines:
        assert "; Path=/; HttpOnly; SameSite=Lax" in line and ("; Secure" in line) == asker.https, line


def check_fields(answer, kind):
    fields = answer.headers
    if "static" in answer.asked:
        assert "immutable" in fields["Cache-Control"]
    elif answer.asked in PUBLIC and answer.status_code == 200:
        assert fields["Cache-Control"] == "public, max-age=3600"
    else:
        assert fields["Cache-Control"] == "no-store", fields
        assert "Cookie" in fields["Vary"] and "Accept" in fields["Vary"], fields
    assert fields["X-Content-Type-Options"] == "nosniff" and fields["Referrer-Policy"] == "same-origin"
    assert fields["Cross-Origin-Opener-Policy"] == fields["Cross-Origin-Resource-Policy"] == "same-origin"
    check_origins(answer)
    if fields.get("Content-Type", "text/css").startswith(("text/css", "text/javascript")):
        assert "Content-Security-Policy" not in fields      # for documents
    else:
        policy = fields["Content-Security-Policy"]
        for rule in ("default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
            assert rule in policy, policy
        assert "unsafe" not in policy and fields["X-Frame-Options"] == "DENY"
    if answer.status_code >= 400:
        kind = "json" if answer.of_machines else kind
        assert fields["Content-Type"] == ("application/json" if kind == "json" else "text/html; charset=utf-8")
        if kind == "json" or (answer.status_code not in (404, 422) and not says(answer, "login.still_signed_in")):
            assert re.fullmatch(r"[\w-]{11}", number_of(answer)), shown(answer)


def check_origins(answer):
    """Pages of other origins read what takes no cookie, and nothing else (Fetch 3.2)."""
    is_open = answer.of_machines and any(needs(route) == "open" and route.split()[1] == answer.asked for route in ROUTES)
    assert answer.headers.get("Access-Control-Allow-Origin") == ("*" if is_open else None), answer.headers
    assert ("WWW-Authenticate" in answer.headers.get("Access-Control-Expose-Headers", "")) == is_open
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("route", ROWS)
def test_what_a_route_answers(cast, route, state):
    for kind, https in product(("page", "json"), (False, True)):
        asker = cast.get(state, https, fresh=route in GOOD_FOR_ONE)
        wanted = ANSWERS[ROWS[route][state]]
        try:
            check(ask(asker, route, kind), wanted, kind, asker)
        except AssertionError as error:
            raise AssertionError(f"{route}, {state}, {kind}, https {https}: wanted {wanted}") from error


# --- what is so on every route, without a table ---

@pytest.mark.parametrize("route", ROUTES)
def test_other_methods(cast, route):
    """HEAD is GET without a body; everything else is refused with what would be allowed."""
    asker = cast.get("two_factors", False)
    path = route.split(" ", 1)[1]
    allowed = {row.split()[0] for row in ROUTES if row.split(" ", 1)[1] == path and instance(row) == instance(route)}
    for method, kind in product(METHODS, ("page", "json")):
        if method in allowed:
            continue
        answer = ask(asker, "GET " + path if method == "HEAD" and "GET" in allowed else route, kind, method=method)
        if method == "HEAD" and "GET" in allowed:
            same = ask(asker, "GET " + path, kind)
            assert (answer.status_code, answer.content) == (same.status_code, b""), (method, route, answer.status_code)
            assert set(answer.headers) - {"Content-Length"} >= set(same.headers) - {"Content-Length", "Transfer-Encoding"}
            continue
        check_origins(answer)
        if method == "OPTIONS" and needs(route) == "open":
            fields = answer.headers
            assert answer.status_code == 200 and answer.content == b"" and fields["Access-Control-Allow-Methods"] == "GET, POST"
            assert fields["Access-Control-Allow-Headers"] == "Authorization, Content-Type" and int(fields["Access-Control-Max-Age"]) > 0
            continue
        assert answer.status_code == 405, (method, route, answer.status_code)
        assert not {name for name in answer.headers if name.startswith("Access-Control-Allow-") and not name.endswith("-Origin")}
        assert set(answer.headers["Allow"].split(", ")) == allowed | ({"HEAD"} if "GET" in allowed else set())
        assert "Set-Cookie" not in answer.headers and "Location" not in answer.headers
        if method != "HEAD":
            assert says(answer, "method_not_allowed")


@pytest.mark.parametrize("route", ROUTES)
def test_at_another_instance_it_is_not_there(cast, route):
    """SECURITY 2: what an instance does not do, it does not do for anybody."""
    asker = cast.get("two_factors", False)
    for other in {"door", "check", "back"} - {instance(route)}:
        url = asker.campus.json["edge"][other] + fill(ASKED.get(route, (route.split()[1], {}))[0], asker)
        answer = straight(asker, route.split()[0], url, {"X-SPOM-Edge": asker.campus.json["edge"]["secret"]})
        assert answer.status_code == 404 and answer.json()["error"] == "not_found", (other, answer.status_code)


def straight(asker, method, url, more):
    """Past nginx."""
    headers = JSON | {"X-SPOM-Origin": asker.origin, "X-Original-URL": asker.origin + "/", "X-Forwarded-For": "127.0.0.1"} | more
    session = requests.Session()
    session.trust_env = False
    return session.request(method, url, headers=headers, cookies=asker.cookies, allow_redirects=False, timeout=10)


@pytest.mark.parametrize("route", [route for route in ROUTES if needs(route) in ("edge", "open")])
def test_machines_come_by_the_edge(cast, route):
    asker = cast.get("two_factors", False)
    url = asker.campus.json["edge"][instance(route)] + fill(ASKED.get(route, (route.split()[1], {}))[0], asker)
    for secret in ({}, {"X-SPOM-Edge": ""}, {"X-SPOM-Edge": "x" * 43}, {"X-SPOM-Edge": asker.campus.json["edge"]["secret"][:-1]}):
        for method in (route.split()[0], *(["OPTIONS"] if needs(route) == "open" else [])):
            answer = straight(asker, method, url, secret)
            assert answer.status_code == 403 and says(answer, "forbidden"), (secret, answer.status_code)
            assert "Location" not in answer.headers and "Set-Cookie" not in answer.headers


FORMS = [route for route in ROUTES if route.startswith("POST") and needs(route) == "session"]


@pytest.mark.parametrize("state", SIGNED_IN)
@pytest.mark.parametrize("route", [*FORMS, "POST /logout"])
def test_every_form_wants_its_own_value(cast, route, state):
    """Without it, with another session's, with one of the sign-in's pages, or shortened: nothing happens."""
    asker, other = cast.get(state, False), cast.get(state, True)
    waiting = cast.get("half_done", False)
    for csrf, kind in product((False, other.csrf, waiting.csrf, asker.csrf[:-1], asker.csrf + "A", "A" * 32), ("page", "json")):
        answer = ask(asker, route, kind, csrf=csrf)
        assert answer.status_code == 403 and says(answer, "form_expired"), (csrf, kind, answer.status_code, shown(answer))
        assert "Set-Cookie" not in answer.headers and "Location" not in answer.headers
    assert asker.browser.get("/sessions", headers=JSON).status_code == 200, "the session lives"


@pytest.mark.parametrize("route", [*FORMS, "POST /logout", "POST /login"])
def test_forms_that_are_none(cast, route):
    asker = cast.get("two_factors", False)
    url = asker.origin + fill(ASKED.get(route, (route.split()[1], {}))[0], asker)
    csrf = {"X-CSRF-Token": asker.csrf}
    post = requests.Session()
    post.trust_env = False
    for type_, body, status, text in (
            ("text/plain", "a=b", 415, "unsupported_type"), ("multipart/form-data; boundary=x", "--x--", 415, "unsupported_type"),
            ("application/json", "{", 400, "malformed"), ("application/json", "[]", 400, "malformed"),
            ("application/json", '{"csrf":"a","csrf":"b"}', 400, "malformed"), ("application/x-www-form-urlencoded", "csrf=%zz", 400, "malformed"),
            ("application/x-www-form-urlencoded", "csrf=a&csrf=b", 400, "malformed"), ("application/json", '{"x":"%s"}' % ("y" * 70000), 413, "too_large"),
            ("application/x-www-form-urlencoded", "session=" + "A" * 43 + "&nothing=here&x=%00", 400, "malformed")):
        answer = post.post(url, data=body, headers=JSON | csrf | {"Content-Type": type_}, cookies=asker.cookies, timeout=10, allow_redirects=False)
        assert answer.status_code == status and says(answer, text), (type_, body[:40], answer.status_code, answer.text)
        assert "Set-Cookie" not in answer.headers and "Location" not in answer.headers
    assert asker.browser.get("/sessions", headers=JSON).status_code == 200, "the session lives"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("POST") and needs(route) not in ("client", "open")])
def test_another_site_posts_nothing(cast, route):
    """The browser itself says so (Sec-Fetch-Site), whatever else is right."""
    asker = cast.get("two_factors", False)
    path, fields = ASKED.get(route, (route.split()[1], {}))
    for kind, headers in (("page", HTML), ("json", JSON)):
        answer = asker.browser.post(fill(path, asker), headers=headers | {"Sec-Fetch-Site": "cross-site"},
                                    data={name: fill(value, asker) for name, value in fields.items()} | {"csrf": asker.csrf})
        assert answer.status_code == 403 and says(answer, "form_expired") and "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("route", [route for route in ROUTES if instance(route) == "door" and "static" not in route])
def test_browsers_that_could_not_show_it(cast, route):
    asker = cast.get("two_factors", False)
    before = asker.browser.headers["User-Agent"]
    asker.browser.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"
    try:
        answer = asker.browser.request(route.split()[0], fill(ASKED.get(route, (route.split()[1], {}))[0], asker), headers=HTML)
        assert answer.status_code == 200 and "Location" not in answer.headers and "Set-Cookie" not in answer.headers
        assert "Edge" in answer.text and "<form" not in answer.text
    finally:
        asker.browser.headers["User-Agent"] = before


def test_get_consumes_nothing(cast):
    """All pages of a person, twice, and everything is as it was: reading ends, begins and uses up nothing (SECURITY 18)."""
    asker = cast.get("two_factors", False)
    first = {route: ask(asker, route, "json") for route in ROUTES if route.startswith("GET") and needs(route) == "session"}
    for route, answer in first.items():
        again = ask(asker, route, "json")
        assert again.status_code == answer.status_code, route
        assert set(again.json()) == set(answer.json()) if "json" in answer.headers.get("Content-Type", "") else True


# Front answers these by itself; nobody's session is looked at.
ALONE = ("GET /static/", "GET /health/live", "POST /oidc/authorize", "POST /cas/login", "GET /cas/proxy")
# Nothing is looked up where no client and no token is one.
WITHOUT_STORE = ("GET /login", "GET /metrics", "GET /saml/sso", "POST /saml/sso", "GET /saml/start", "GET /saml/slo", "POST /saml/slo", "GET /saml/metadata", "GET /.well-known/openid-configuration",
    "GET /.well-known/oauth-authorization-server", *(
    route for route in ROUTES if ("/oidc/" in route or "/cas/" in route) and instance(route) == "back"))


@pytest.mark.parametrize("away, text", [("spom-authority", "authority_unreachable"), ("redis", "store_unreachable")])
def test_when_a_neighbour_is_away(cast, away, text):
    """Nobody is let in, nobody is signed out, and everybody is told that it will pass."""
    askers = [cast.get("password", https, fresh=True) for https in (False, True)]
    askers += [Asker(cast.plain, asker.person, asker.https) for asker in askers]
    cast.plain.stop(away)
    try:
        for route, asker, kind in product(ROUTES, askers, ("page", "json")):
            answer = ask(asker, route, kind)
            where = route, kind, answer.status_code, shown(answer)
            assert "Max-Age=0" not in answer.headers.get("Set-Cookie", "") or "logout" in route and not asker.cookies, where
            if not asker.cookies and ("logout" in route or route.startswith("GET /check")) and answer.status_code != 503:
                assert answer.status_code in (200, 303, 401), where
            elif route == "GET /signed-out":    # of no session: there is nothing to be asked
                assert answer.status_code in (200, 303), where
            elif needs(route) == "client" and away == "redis" and not asker.cookies:
                assert answer.status_code == 303 or kind == "json" or "/saml/" in route, where
            elif needs(route) == "session" and not asker.cookies:
                assert answer.status_code in (303, 401), where
            elif route not in ALONE and not (away == "redis" and route in WITHOUT_STORE):
                check_away(answer, text, where)
    finally:
        cast.plain.start(away)
        cast.ready = {key: asker for key, asker in cast.ready.items() if asker.campus is not cast.plain}
    until(lambda: cast.plain.browser().get("/health/ready").status_code == 200, "all is well again")


def check_away(answer, text, where):
    if where[0] == "GET /health/ready" and "ready" in answer.text:
        assert answer.status_code == 503, where
    elif where[0] == "POST /login" and "form_expired" not in text and answer.status_code == 401:
        assert says(answer, "form_expired"), where        # there was no form: that is said first
    elif where[0] in ("POST /saml/sso", "POST /saml/slo") and answer.status_code == 400:
        assert says(answer, "malformed"), where         # JSON is no form of it
    elif where[0].startswith("POST /oidc/") and answer.status_code == 400:
        assert says(answer, "invalid_request"), where
    elif where[0].startswith("GET /cas/") and instance(where[0]) == "back":
        assert answer.status_code == 503 and ("INTERNAL_ERROR" in answer.text or answer.text == "no\n\n"), where
    elif where[0].endswith((" /oidc/userinfo", " /oidc/register")) and answer.status_code == 401:
        assert "error" not in answer.json(), where      # no token, no question
    else:
        assert answer.status_code == 503 and says(answer, text) and int(answer.headers["Retry-After"]) >= 1, where
