"""Every route × every state of a sign-in × page and JSON × http and https: routes.txt says what is answered, and this asks."""
import html
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

HTML = {"Accept": "text/html", "Accept-Language": "en"}
STATES = ("none", "half_done", "password", "two_factors", "forged", "expired", "revoked")
SIGNED_IN = ("password", "two_factors")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
GOOD_FOR_ONE = ("POST /logout",)        # whoever has asked this has no session any more


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
SENTENCES = dict(line.split(" = ", 1) for line in (ROOT / "web/strings/en.txt").read_text(encoding="utf-8").splitlines()
                 if " = " in line and not line.startswith("#"))


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
    numbers = iter(range(1500, 2000))       # of those who are generated: nobody else's
    return Cast(campus, full, codes, lambda: full.generated(next(numbers)))


# --- asking ---

def fill(text, asker):
    """What the table leaves open."""
    for name, value in (("app", asker.campus.json["app"]), ("portal", asker.origin), ("user", asker.person.user),
                        ("today", time.strftime("%Y-%m-%d")), ("nonce", "A" * 43), ("token", "B" * 43)):
        text = text.replace("{" + name + "}", value)
    if "{version}" in text:
        page = asker.browser.get("/profile", headers=JSON, cookies=asker.cookies).json()
        text = text.replace("{version}", page.get("version", "x"))
    return text


def ask(asker, route, kind, method=None, where=None, csrf=True, cookies=None):
    """One request as the table has it; the answer."""
    path, fields = ASKED.get(route, (route.split()[1], {}))
    method, path = method or route.split()[0], fill(path, asker)
    headers, body = dict(JSON if kind == "json" else HTML), {}
    fields = {name: fill(value, asker) for name, value in fields.items()}
    if route.startswith("POST"):
        if csrf and asker.csrf:
            fields["csrf"] = asker.csrf if csrf is True else csrf
        body = {"json" if kind == "json" else "data": fields or ({"csrf": ""} if csrf is not False else {})}
    where = where or instance(route)
    if where == "door" or (where == "back" and "health" in path):
        url = asker.origin + path
    else:
        url = asker.campus.json["edge"][where] + path
        headers |= {"X-SPOM-Edge": asker.campus.json["edge"]["secret"], "X-SPOM-Origin": asker.origin, "X-Forwarded-For": "127.0.0.1",
                    "X-Original-URL": asker.origin + "/"}
    session = requests.Session()
    session.trust_env, session.verify = False, asker.campus.json["ca"]
    sent = asker.cookies if cookies is None else cookies
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in sent.items())
    if not sent:
        del headers["Cookie"]
    answer = session.request(method, url, headers=headers, allow_redirects=False, timeout=10, **body)
    answer.asked = path
    return answer


# --- what is expected ---

def says(answer, text_id, kind):
    """Whether the answer is that sentence."""
    if kind == "json":
        body = answer.json()
        problems = [error["problem"] for error in body.get("errors", [])]
        return text_id in [body.get("error"), body.get("denied"), *problems]
    shown = html.unescape(answer.text)
    sentence = SENTENCES.get(text_id) or SENTENCES[text_id + ".other"]
    return all(piece in shown for piece in re.split(r"\{[a-z]+\}", sentence))


def matches(pattern, address):
    pattern = re.escape(pattern).replace(r"\{id\}", r"[\w-]{22}").replace(r"\{token\}", r"[\w-]{43}")
    return re.fullmatch(pattern, address)


def check(answer, wanted, kind, asker):
    """Status, what comes with it, cookies and the header fields that every answer has."""
    status, _, what = (wanted.json if kind == "json" else wanted.page).partition(" ")
    seen = f"{answer.status_code} {answer.headers.get('Location', '')} {answer.headers.get('Content-Type')} {answer.text[:300]}"
    assert answer.status_code == int(status), seen
    if what.startswith("/") or what.startswith("{app}") or what.startswith("{portal}"):
        here = quote(answer.asked, safe="")
        place = what.replace("{here}", here).replace("{app}", asker.campus.json["app"]).replace("{portal}", asker.origin)
        assert matches(place, answer.headers.get("Location", "")), seen
    elif "/" in what:
        assert answer.headers["Content-Type"].split(";")[0] == what, seen
        assert "Location" not in answer.headers, seen
    elif what:
        assert says(answer, what, kind), seen
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
    if "static" not in answer.asked:
        assert fields["Cache-Control"] == "no-store", fields
        assert "Cookie" in fields["Vary"] and "Accept" in fields["Vary"], fields
    else:
        assert "immutable" in fields["Cache-Control"]
    assert fields["X-Content-Type-Options"] == "nosniff" and fields["Referrer-Policy"] == "same-origin"
    assert fields["Cross-Origin-Opener-Policy"] == fields["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in fields
    if "Content-Type" in fields:
        policy = fields["Content-Security-Policy"]
        for rule in ("default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
            assert rule in policy, policy
        assert "unsafe" not in policy and fields["X-Frame-Options"] == "DENY"
    if answer.status_code >= 400:
        assert fields["Content-Type"] == ("application/json" if kind == "json" else "text/html; charset=utf-8")
        if kind == "json" and "denied" not in answer.json() and "ask" not in answer.json():
            assert re.fullmatch(r"[\w-]{11}", answer.json()["trace"]) and answer.json()["text"]
        elif kind == "page":
            assert re.search(r"<code>[\w-]{11}</code>", answer.text) or answer.status_code in (404, 401, 409, 422)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("route", ROWS)
def test_what_a_route_answers(cast, route, state):
    if route == "GET /profile/photo" and state == "password":
        pytest.skip("see test_photo") if False else None
    for kind, https in product(("page", "json"), (False, True)):
        asker = cast.get(state, https, fresh=route in GOOD_FOR_ONE)
        wanted = ANSWERS[ROWS[route][state]]
        try:
            check(ask(asker, route, kind), wanted, kind, asker)
        except AssertionError as error:
            raise AssertionError(f"{route}, {state}, {kind}, https {https}: wanted {wanted}") from error
