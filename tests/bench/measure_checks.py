"""measure_checks.py - forward-auth: how many, how soon it is closed behind the end of a session, and whether sign-ins make it wait."""
import os
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import ldap

from campus.layout import BIN
from door import JSON
from ground import SESSIONS
from rows import Row, beside, ratio_of, row_of

MANY = 20_000                   # sessions: from here on those of everybody are used as well
ENDED = {"logout": 400, "page": 300, "spomctl": 300}
AT_ONCE = 4
PACE = 1000                     # checks a second, which are far from what can be done
WAITING = 50
ARGON2 = "argon2 m=65536 t=2 p=1"
SETTLE_S = 2


def check(ground):
    cookies = ground.cookies("some", [session.application_cookie for session in ground.some()])
    yield from _check(ground, "check", f"/check through auth_request, 32 at once, {SESSIONS} sessions", cookies, SESSIONS)
    if len(ground.sessions) >= MANY:
        every = ground.cookies("every", [session.application_cookie for session in ground.sessions])
        yield from _check(ground, "check_all", f"the same, all {len(ground.sessions):,} sessions in turn", every, 1)


def _check(ground, name, what, cookies, least):
    ground.run("web", *ground.web(ground.edge.spom, cookies, "/", seconds=1))       # so that connections are there, and people known
    limit, figure = beside(
        lambda: ground.run("web", *ground.web(ground.edge.limit, cookies, "/", seconds=ground.seconds / 2)),
        lambda: ground.run("web", *ground.web(ground.edge.spom, cookies, "/")))
    figure["failed"] += figure["refused"]
    yield row_of(f"{name}.limit", "limit: auth_request to a trivial upstream, 32 at once", limit)
    yield row_of(name, what, figure, limit, goal="0.4 of limit",
                 reached=figure["rate"] >= 0.4 * limit["rate"] and figure["sessions"] >= least,
                 more={"sessions": figure["sessions"]})


# --- the end of a session ---

class _Client:
    """Connections of one who ends sessions: to the portal, and to the application."""

    def __init__(self, ground):
        self.campus = ground.campus
        self.portal = HTTPConnection("127.0.0.1", int(self.campus.portal.rsplit(":", 1)[1]), timeout=30)
        self.edge = HTTPConnection("127.0.0.1", ground.edge.spom, timeout=30)
        self.host = {"Host": self.campus.portal.split("//")[1]}

    @staticmethod
    def ask(connection, *arguments):
        connection.request(*arguments)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def check(self, session):
        return self.ask(self.edge, "GET", "/", None, {"Cookie": session.application_cookie})[0]

    def csrf(self, session):
        headers = JSON | self.host | {"Cookie": session.portal_cookie}
        text = self.ask(self.portal, "GET", "/sessions", None, headers)[1].decode()
        return text.split('"csrf":"', 1)[1].split('"', 1)[0]

    def post(self, session, path):
        headers = JSON | self.host | {"Cookie": session.portal_cookie, "X-CSRF-Token": self.csrf(session),
                                      "Content-Type": "application/json"}
        return self.ask(self.portal, "POST", path, b"{}", headers)[0] == 200

    def end(self, how, session, other):
        """True: it was acknowledged."""
        if how == "logout":
            return self.post(session, "/logout")
        if how == "page":
            return self.post(other, f"/sessions/{session.id}/end")
        env = {"SPOM_SOCKETS": self.campus.json["sockets"], "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        argv = [BIN / "spomctl", "session", "end", "--break-glass", "--reason", "measurement", "--", session.id]
        return subprocess.run(argv, env=env, capture_output=True, check=False).returncode == 0


def _end_one(client, how, session, other):
    """Open before; ended; closed at the first request behind that. What became of it."""
    before = client.check(session)
    if before != 200:
        return f"{how}: not open before, {before}"
    if not client.end(how, session, other):
        return f"{how}: not acknowledged"
    after = client.check(session)
    return "closed" if after == 401 else f"{how}: {after} behind the end"


def ended(ground):
    """The sessions that are ended are in the load as well: some of their checks are on their way when the end comes."""
    victims = ground.seed(ground.reserved, sum(ENDED.values()))
    others = ground.seed(ground.reserved, sum(ENDED.values()))
    hows = [how for how, n in ENDED.items() for _ in range(n)]
    cookies = ground.cookies("ended", [session.application_cookie for session in [*ground.some(), *victims]])
    load = ground.begin("web", *ground.web(ground.edge.spom, cookies, "/", seconds=600))
    clients = [_Client(ground) for _ in range(AT_ONCE)]
    time.sleep(SETTLE_S)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        def one_of(lane):
            return [_end_one(clients[lane], hows[i], victims[i], others[i]) for i in range(lane, len(hows), AT_ONCE)]
        found = Counter(outcome for outcomes in pool.map(one_of, range(AT_ONCE)) for outcome in outcomes)
    figure = ground.finish("web", load, now=True)
    yield row_of("ended.load", "load meanwhile: /check, 32 at once", figure, more={"refused": figure["refused"]})
    yield Row("ended", "refused from the first request behind the acknowledged end", found["closed"], f"of {len(hows):,}",
              goal="all", reached=found["closed"] == len(hows), more=dict(found))


# --- while sign-ins wait for the directory ---

def _make_slow(ground):
    """The last people of the campus get a password hash that costs 64 MiB each time."""
    rule, base = ground.campus.json["generated"], ground.campus.json["ldap"]["base"]
    made = subprocess.run(["/usr/sbin/slappasswd", "-o", "module-path=/usr/lib/ldap", "-o", f"module-load={ARGON2}", "-h", "{ARGON2}",
                           "-n", "-s", rule["password"]], capture_output=True, check=True).stdout
    connection = ground.campus.ldap()
    for number in ground.reserved:
        connection.modify_s(f"uid={rule['user'] % number},ou=people,{base}",
                            [(ldap.MOD_REPLACE, "userPassword", [made]), (ldap.MOD_REPLACE, "pwdReset", [b"FALSE"])])


def argon2(ground):
    _make_slow(ground)
    cookies = ground.cookies("some", [session.application_cookie for session in ground.some()])

    def paced(port, seconds):
        return ground.run("web", *ground.web(port, cookies, "/", seconds=seconds, rate=PACE))

    paced(ground.edge.spom, 1)
    alone = paced(ground.edge.spom, ground.seconds / 2)
    who = f"{ground.reserved[0]}:{len(ground.reserved)}:0"
    waits_s = ground.seconds * 2 + SETTLE_S
    logins = ground.begin("login", *ground.login(WAITING, waits_s, who))
    time.sleep(SETTLE_S)
    limit, figure = beside(lambda: paced(ground.edge.limit, ground.seconds / 2), lambda: paced(ground.edge.spom, ground.seconds))
    done = ground.finish("login", logins)
    ground.settle()
    figure["failed"] += figure["refused"]
    yield _paced("argon2.alone", f"/check, {PACE:,} a second, nobody signs in", alone)
    yield _paced("argon2.limit", f"limit: trivial upstream, {WAITING} sign-ins wait for Argon2", limit)
    yield _paced("argon2", f"/check, {PACE:,} a second, {WAITING} sign-ins wait for Argon2", figure, goal="p99 5 ms",
                 ratio=ratio_of(figure["p99_ms"], limit["p99_ms"]),
                 reached=figure["p99_ms"] < 5 and not figure["failed"] and done["done"] > 0)
    yield row_of("argon2.logins", "the sign-ins meanwhile; failed are those told to come later", done)


def _paced(name, what, figure, **more):
    return Row(name, what, figure["rate"], p50_ms=figure["p50_ms"], p99_ms=figure["p99_ms"], failed=figure["failed"], **more)
