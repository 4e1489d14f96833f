"""inputs.py - what people do whom we do not want: one function for each input of bad_input.txt.

A function gets a Case, prepares what it needs, and gives back the last step, which is what is looked at.
"""
import base64
import secrets
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import requests

from campus.codes import code, step_now, wrong
from door import JSON, Door
from web import HTML, Web

APP, NONCE = "spom_app", "spom_nonce"


class Case:
    """One row at one door, with a person of its own."""

    def __init__(self, campus, door, somebody, codes, pam):
        self.campus, self.at, self.somebody, self.codes, self.pam = campus, door, somebody, codes, pam
        self.person = somebody()

    @property
    def headers(self):
        return HTML if self.at == "page" else JSON

    def web(self):
        """A browser before the sign-in."""
        return Web(self.campus, "page" if self.at == "page" else "json").start()

    def behind_the_password(self, person=None):
        person = person or self.person
        web = self.web()
        web.post(user=person.user, password=person.password)
        assert web.ask, web.answer.text
        return web

    def signed_in(self, person=None):
        """A script in which somebody is signed in with password and code."""
        door = Door(self.campus)
        answer = door.sign_in_fully(person or self.person, self.codes)
        assert answer.json().get("done"), answer.text
        return door

    def try_password(self, user, password):
        """Name and password at this row's door."""
        if self.at == "sshd":
            return lambda: self.pam.authenticate(user, [password])
        web = self.web()
        return lambda: web.post(user=user, password=password)

    def try_code(self, answer, person=None):
        person = person or self.person
        if self.at == "sshd":
            return lambda: self.pam.authenticate(person.user, [person.password, answer])
        web = self.behind_the_password(person)
        return lambda: web.post(answer=answer)


# --- passwords ---

def unknown_person(case):
    return case.try_password(f"nobody-{secrets.token_hex(6)}", "wrong")


def wrong_password(case):
    return case.try_password(case.person.user, "wrong")


def empty_password(case):
    return case.try_password(case.person.user, "")


def blanks_as_password(case):
    return case.try_password(case.person.user, "   ")


def longest_password(case):
    return case.try_password(case.person.user, "x" * 1024)


def too_long_password(case):
    return case.try_password(case.person.user, "x" * 1025)


def password_of_another(case):
    return case.try_password(case.person.user, case.campus.person(role="student").password)


def locked(case):
    person = case.campus.person(state="locked")
    return case.try_password(person.user, person.password)


def not_activated(case):
    return case.try_password(case.campus.person(state="not_activated").user, "anything")


def _guess(case, times):
    for _ in range(times):
        assert Web(case.campus, "json").start().post(user=case.person.user, password="wrong").status_code == 401


def sixth_guess(case):
    _guess(case, 5)
    return wrong_password(case)


def right_after_guesses(case):
    _guess(case, 5)
    return case.try_password(case.person.user, case.person.password)


# --- names ---

def empty_name(case):
    return case.try_password("", "x")


def blank_name(case):
    return case.try_password("  ", "x")


def filter_in_the_name(case):
    return case.try_password(f"{case.person.user})(|(uid=*", case.person.password)


def star_as_name(case):
    return case.try_password("*", case.person.password)


def dn_as_name(case):
    return case.try_password(case.campus.dn(case.person.user), case.person.password)


def markup_in_the_name(case):
    return case.try_password(f"\"'><script>alert({secrets.randbelow(10**6)})</script>&amp;", "x")


def quotes_in_the_name(case):
    return case.try_password(f"' OR '1'='1' -- {secrets.token_hex(4)}", "x")


def shell_in_the_name(case):
    return case.try_password(f"$(id){secrets.token_hex(4)};`id`|id", "x")


def template_in_the_name(case):
    return case.try_password("{{t login.title}}{{csrf}}%s%n{name}" + secrets.token_hex(4), "x")


def look_alike_name(case):
    """Letters of another script that look the same, and fullwidth digits."""
    return case.try_password(case.person.user.replace("g", "\u0261").replace("0", "\uff10"), case.person.password)


def direction_in_the_name(case):
    return case.try_password(f"\u202e{case.person.user}\u2066", case.person.password)


def header_in_the_name(case):
    return case.try_password("a\r\nSet-Cookie: spom=x", "x")


def nul_in_the_name(case):
    return case.try_password(case.person.user + "\0", case.person.password)


def escape_in_the_name(case):
    return case.try_password("\x1b[2J" + case.person.user, case.person.password)


def longest_name(case):
    return case.try_password(secrets.token_hex(128), "x")


def too_long_name(case):
    return case.try_password("x" * 257, "x")


def half_a_character(case):
    web = case.web()
    return lambda: web.send(f"csrf={web.csrf}&ask={web.ask}&user=%C3&password=x")


def field_twice(case):
    web = case.web()
    user = case.person.user
    if case.at == "page":
        return lambda: web.send(f"csrf={web.csrf}&ask={web.ask}&user={user}&user=root&password=x")
    return lambda: web.send(f'{{"user":"{user}","user":"root","password":"x"}}')


def field_of_another_form(case):
    web = case.web()
    return lambda: web.post(user=case.person.user, password="x", level="two_factors")


def too_much(case):
    web = case.web()
    return lambda: web.post(user=case.person.user, password="x" * 20000)


# --- codes ---

def wrong_code(case):
    return case.try_code(wrong(case.person))


def letters_as_code(case):
    return case.try_code("abcdef")


def used_code(case):
    case.signed_in()
    return case.try_code(case.codes.last(case.person))


def code_used_at_other_door(case):
    right = case.codes.next(case.person)
    assert case.pam.authenticate(case.person.user, [case.person.password, right])[0]
    return case.try_code(right)


def code_of_long_ago(case):
    return case.try_code(code(case.person.totp, step_now() - 10))


def code_of_the_future(case):
    return case.try_code(code(case.person.totp, step_now() + 10))


def code_of_another_person(case):
    return case.try_code(code(case.campus.person(role="student").totp, step_now()))


def code_with_the_password(case):
    """Two answers in one: at the second prompt it is no code."""
    return case.try_code(case.person.password + "," + code(case.person.totp, step_now()))


def _recovery_codes(case):
    """New ones, made as the person makes them."""
    door = case.signed_in()
    answer = door.browser.post("/security/recovery", headers=JSON | {"X-CSRF-Token": door.csrf}, json={})
    door._note(door.browser.get(answer.json()["prove"], headers=JSON))
    door.answer(case.codes.next(case.person))
    made = [row["code"] for row in door.ask["codes"]]
    assert door.answer("").json()["done"] is True and len(made) == 10
    return made


def _try_recovery_code(case, answer):
    if case.at == "sshd":
        return case.try_code(answer)
    web = case.behind_the_password()
    web.post(answer="choose")
    web.post(answer="recovery")
    return lambda: web.post(answer=answer)


def wrong_recovery_code(case):
    _recovery_codes(case)
    return _try_recovery_code(case, "aaaa-bbbb-cccc-dddd")


def used_recovery_code(case):
    made = _recovery_codes(case)
    assert _try_recovery_code(case, made[0])().status_code in (200, 303)
    return _try_recovery_code(case, made[0])


def not_enrolled(case):
    person = [person for person in case.campus.people if person.state == "no_factor"][1]    # the first one enrols elsewhere
    return case.try_password(person.user, person.password)


# --- forms and cookies of a sign-in ---

def _right(case, web, **more):
    return lambda: web.post(user=case.person.user, password=case.person.password, **more)


def no_csrf(case):
    web = case.web()
    web.csrf = None
    return _right(case, web)


def foreign_csrf(case):
    web = case.web()
    web.csrf = case.web().csrf
    return _right(case, web)


def login_csrf(case):
    """The whole form of an attacker's browser, sent by this one."""
    web, other = case.web(), case.web()
    web.csrf, web.ask = other.csrf, other.ask
    return _right(case, web, **({} if case.at == "page" else {"ask": other.ask}))


def no_login_cookie(case):
    web = case.web()
    web.browser.cookies.clear()
    return _right(case, web)


def _with_cookie(case, change):
    web = case.web()
    web.set_cookie("spom_login", change(web.cookie("spom_login")))
    return _right(case, web)


def forged_login_cookie(case):
    return _with_cookie(case, lambda value: value[:40] + ("A" if value[40] != "A" else "B") + value[41:])


def truncated_login_cookie(case):
    return _with_cookie(case, lambda value: value[:-8])


def foreign_login_cookie(case):
    other = case.web()
    return _with_cookie(case, lambda value: other.cookie("spom_login"))


def session_as_login_cookie(case):
    session = case.signed_in().browser.cookies.get("spom")
    return _with_cookie(case, lambda value: session)


def cookie_of_before_the_proof(case):
    """Who put a cookie into a browser knows it, but not the one that the browser gets with the password."""
    web = case.web()
    planted, csrf = web.cookie("spom_login"), web.csrf
    web.post(user=case.person.user, password=case.person.password)
    thief = case.web()
    thief.set_cookie("spom_login", planted)
    thief.csrf, thief.ask = csrf, web.ask
    right = case.codes.next(case.person)
    return lambda: thief.post(answer=right, **({} if case.at == "page" else {"ask": web.ask}))


def answer_of_another_ask(case):
    web = case.behind_the_password()
    web.ask = base64.urlsafe_b64encode(secrets.token_bytes(17)).decode().rstrip("=")
    return lambda: web.post(answer="123456", **({} if case.at == "page" else {"ask": web.ask}))


def back_button(case):
    """The first form once more, when its answer was given and the next question waits."""
    web = case.web()
    ask, csrf = web.ask, web.csrf
    web.post(user=case.person.user, password=case.person.password)
    web.ask = ask
    assert csrf
    return lambda: web.post(user=case.person.user, password="wrong", **({} if case.at == "page" else {"ask": ask}))


def from_another_site(case):
    web = case.web()
    web.more = {"Sec-Fetch-Site": "cross-site"}
    return _right(case, web)


# --- forms and cookies of a session ---

def form_without_csrf(case):
    browser = case.signed_in().browser
    if case.at == "page":
        return lambda: browser.post("/sessions/end-others", headers=HTML, data={})
    return lambda: browser.post("/sessions/end-others", headers=JSON, json={})


def form_with_foreign_csrf(case):
    browser, other = case.signed_in().browser, case.signed_in(case.somebody())
    if case.at == "page":
        return lambda: browser.post("/sessions/end-others", headers=HTML, data={"csrf": other.csrf})
    return lambda: browser.post("/sessions/end-others", headers=JSON | {"X-CSRF-Token": other.csrf}, json={})


def _home_with(case, value):
    browser = case.campus.browser()
    return lambda: browser.get("/sessions", headers=case.headers | {"Cookie": f"spom={value}"})


def forged_session(case):
    value = case.signed_in().browser.cookies.get("spom")
    return _home_with(case, value[:20] + ("A" if value[20] != "A" else "B") + value[21:])


def truncated_session(case):
    return _home_with(case, case.signed_in().browser.cookies.get("spom")[:-1])


def old_session(case):
    door = case.signed_in()
    value = door.browser.cookies.get("spom")
    assert door.log_out().status_code == 200
    return _home_with(case, value)


def session_id_as_cookie(case):
    [row] = case.signed_in().browser.get("/sessions", headers=JSON).json()["sessions"]
    return _home_with(case, row["id"])


def _redis(campus, *words):
    redis = campus.json["redis"]
    login = ["--user", redis["user"], "--no-auth-warning", "-a", redis["password"]]
    done = subprocess.run(["redis-cli", "-s", redis["unix"], *login, *words], capture_output=True, text=True, check=True)
    assert not done.stdout.startswith("ERR") and "NOPERM" not in done.stdout, done.stdout
    return done.stdout


def sessions_of(campus):
    """The keys of the sessions in the store."""
    return set(_redis(campus, "--scan", "--pattern", "spom:session:*").split())


def swapped_session(case):
    """Somebody who may write to the store puts another person's session in the place of this one's."""
    before = sessions_of(case.campus)
    mine = case.signed_in().browser.cookies.get("spom")
    [key] = sessions_of(case.campus) - before
    case.signed_in(case.somebody())
    [other] = sessions_of(case.campus) - before - {key}
    assert _redis(case.campus, "COPY", other, key, "REPLACE").strip() == "1"
    return _home_with(case, mine)


# --- forward-auth ---

def _ask_application(case, cookies, app=None):
    browser = case.campus.browser()
    return lambda: browser.get((app or case.campus.json["app"]) + "/", headers=JSON | ({"Cookie": cookies} if cookies else {}))


def _begin(case, browser, app=None):
    """The way in begins: the address of the hand-over."""
    answer = browser.get((app or case.campus.json["app"]) + "/", headers=HTML)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def _ticket(case, browser, app=None):
    answer = browser.get(_begin(case, browser, app))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def _entered(case):
    """(the door, the application's cookie of somebody who is in)"""
    door = case.signed_in()
    answer = door.browser.get(_ticket(case, door.browser))
    assert answer.status_code == 303, answer.text
    return door, answer.headers["Set-Cookie"].split(";")[0].split("=", 1)[1]


def no_cookie(case):
    return _ask_application(case, "")


def forged_cookie(case):
    _, value = _entered(case)
    return _ask_application(case, f"{APP}={value[:50]}{'A' if value[50] != 'A' else 'B'}{value[51:]}")


def truncated_cookie(case):
    return _ask_application(case, f"{APP}={_entered(case)[1][:43]}")


def cookie_of_another_application(case):
    return _ask_application(case, f"{APP}={_entered(case)[1]}", case.campus.json["app"].replace("//app.", "//grades."))


def cookie_of_the_portal(case):
    value = case.signed_in().browser.cookies.get("spom")
    return _ask_application(case, f"{APP}={value}; spom={value}")


def cookie_after_logout(case):
    door, value = _entered(case)
    assert door.log_out().status_code == 200
    return _ask_application(case, f"{APP}={value}")


def not_of_the_group(case):
    browser = case.signed_in().browser
    way = _begin(case, browser, case.campus.json["app"].replace("//app.", "//reports."))
    return lambda: browser.get(way, headers=JSON)


def used_ticket(case):
    browser = case.signed_in().browser
    ticket = _ticket(case, browser)
    assert browser.get(ticket).status_code == 303
    return lambda: browser.get(ticket, headers=JSON)


def ticket_of_another_browser(case):
    ticket, victim = _ticket(case, case.signed_in().browser), case.campus.browser()
    _begin(case, victim)
    return lambda: victim.get(ticket, headers=JSON)


def ticket_of_another_host(case):
    browser = case.signed_in().browser
    ticket = urlsplit(_ticket(case, browser)).query
    nonce = next(cookie.value for cookie in browser.cookies if cookie.name == NONCE)
    grades = case.campus.json["app"].replace("//app.", "//grades.")
    return lambda: case.campus.browser().get(f"{grades}/-/spom/ticket?{ticket}", headers=JSON | {"Cookie": f"{NONCE}={nonce}"})


def invented_ticket(case):
    browser = case.campus.browser()
    _begin(case, browser)
    return lambda: browser.get(f"{case.campus.json['app']}/-/spom/ticket?t={secrets.token_urlsafe(32)}", headers=JSON)


def no_ticket(case):
    browser = case.campus.browser()
    return lambda: browser.get(f"{case.campus.json['app']}/-/spom/ticket?t=", headers=JSON)


def _hand_over(case, to, path):
    browser = case.signed_in().browser
    nonce = parse_qs(urlsplit(_begin(case, browser)).query)["nonce"][0]
    return lambda: browser.get(f"/hand-over?to={quote(to, safe='')}&nonce={nonce}&next={quote(path, safe='')}", headers=JSON)


def to_an_unknown_application(case):
    return _hand_over(case, "https://evil.example", "/")


def next_to_another_host(case):
    return _hand_over(case, case.campus.json["app"], "//evil.example")


def _as_edge(case, **wrong_fields):
    edge = case.campus.json["edge"]
    headers = JSON | {"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": case.campus.portal, "X-Original-URL": case.campus.json["app"] + "/"}
    session = requests.Session()
    session.trust_env = False
    return lambda: session.get(edge["check"] + "/check", headers=headers | wrong_fields, timeout=5)


def nobody_is_the_edge(case):
    return _as_edge(case, **{"X-SPOM-Edge": "guessed"})


def unknown_application(case):
    return _as_edge(case, **{"X-Original-URL": "https://evil.example/"})


# --- other programs ---

HEAD = 24           # length, dialect, request, tag and zero, trace: gateway/wire/frame.c


def _connect(case):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(str(Path(case.campus.json["sockets"]) / "pam" / "authority.sock"))
    return connection, connection.recv(4096)


def _until_it_ends(connection, frame):
    def last():
        connection.sendall(frame)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
        connection.close()
        return SimpleNamespace(status_code="-")
    return last


def rubbish_at_a_socket(case):
    connection, _ = _connect(case)
    return _until_it_ends(connection, secrets.token_bytes(HEAD))


def message_of_another_role(case):
    """`home`, which only the door may send."""
    connection, welcome = _connect(case)
    return _until_it_ends(connection, b"\0\0\0\0" + welcome[4:8] + b"\0\0\0\1" + b"\0\x32\0\0" + b"\0" * 8)
