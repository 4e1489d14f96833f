"""Proxies (CAS Protocol 3.0, sections 2.5.4 to 2.7): a service that comes to another one as the person, and every way in which it must not."""
import os
import re
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from cas import NAMESPACE, code_of, login, machine, register, success_of, text_of, ticket_of, validate      # pylint: disable=unused-import
from door import JSON
from relying import HTML, REASON, inside, signed_in       # pylint: disable=unused-import
from receiver import Receiver, impostor
from test_hostile_store import Store
from words import says

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="reads keys of other users")
MAIL, STORE, RELAY = "https://webmail.example.edu/", "https://store.example.edu/", "https://relay.example.edu/"
TICKETS = {"PGT": re.compile(r"PGT-[\w-]{43}"), "PGTIOU": re.compile(r"PGTIOU-[\w-]{43}"), "PT": re.compile(r"PT-[\w-]{43}")}
JUDGE = r"""
use Authen::CAS::Client;
my ($at, $what, @more) = @ARGV;
my $cas = Authen::CAS::Client->new($at, fatal => 1);
my $r = $what eq 'validate' ? $cas->service_validate(@more[0, 1], pgtUrl => $more[2])
      : $what eq 'proxy' ? $cas->proxy(@more) : $cas->proxy_validate(@more);
die $r->code . ': ' . $r->message unless $r->is_success;
print $what eq 'validate' ? $r->user . ' ' . $r->iou : $what eq 'proxy' ? $r->proxy_ticket : join(' ', $r->user, $r->proxies);
"""


class Trap:
    """A port of this machine that nobody has any business with: how many have come."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.came = self.socket.getsockname()[1], 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.came += 1


@pytest.fixture(scope="module")
def apps(campus):
    receiver = Receiver(campus.dir / "tls" / "nginx.pem", campus.dir / "tls" / "nginx.key")
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    receiver = impostor(tmp_path_factory.mktemp("impostor"))
    yield receiver
    receiver.close()


@pytest.fixture(scope="module", autouse=True)
def services(register, apps, stranger):
    """webmail comes to store and relay; relay to store and itself."""
    register("webmail", MAIL + "*", "--proxy-callback", f"{apps.uri('/*')} {stranger.uri('/*')}")
    register("relay", RELAY, "--proxy-callback", apps.uri("/ok/relay"), "--proxied-by", "webmail relay")
    register("store", STORE + "*", "--proxied-by", "webmail relay", "--backchannel-logout-uri", apps.uri("/ok/bye"), claims="email")


def ask(machine, door, pgt_url, service=MAIL, path="/cas/p3/serviceValidate", **more):
    """What a service is told that wants to be a proxy."""
    return validate(machine, ticket_of(login(door, service), service), service, path, pgtUrl=pgt_url, **more)


def granted(apps, answer, path):
    """The proxy-granting ticket that came to the callback, by the IOU that stands in the answer."""
    iou = text_of(success_of(answer), "proxyGrantingTicket")
    assert TICKETS["PGTIOU"].fullmatch(iou)
    came = [fields for fields in apps.at(path) if fields.get("pgtIou") == [iou]]
    assert len(came) == 1 and TICKETS["PGT"].fullmatch(came[0]["pgtId"][0]) and came[0]["pgtId"][0][4:] != iou[7:]
    return came[0]["pgtId"][0]


def grant(apps, machine, door, path="/ok/pgt", **more):
    return granted(apps, ask(machine, door, apps.uri(path), **more), path)


def proxy(machine, pgt, target=STORE, **more):
    return machine.get("/cas/proxy", params={"pgt": pgt, "targetService": target} | more)


def proxy_ticket(machine, pgt, target=STORE):
    answer = proxy(machine, pgt, target)
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"], answer.text
    ticket = re.search(r"<cas:proxySuccess>\s*<cas:proxyTicket>([^<]+)</cas:proxyTicket>\s*</cas:proxySuccess>", answer.text)[1]
    assert TICKETS["PT"].fullmatch(ticket)
    return ticket


def proxies_of(found):
    return [proxy.text for proxy in found.findall("cas:proxies/cas:proxy", NAMESPACE)]


def refused(machine, pgt, target=STORE):
    return code_of(proxy(machine, pgt, target), "proxy")


# --- the way ---

def test_the_whole_way(campus, apps, machine, inside):
    pgt = grant(apps, machine, inside)
    ticket = proxy_ticket(machine, pgt)
    found = success_of(validate(machine, ticket, STORE, "/cas/p3/proxyValidate"))
    assert text_of(found, "user") == campus.person(role="student").user and proxies_of(found) == [apps.uri("/ok/pgt")]
    assert text_of(found, "email") and text_of(found, "name") is None, "what it may know itself, and no more"
    assert text_of(found, "isFromNewLogin") == "false" and text_of(found, "proxyGrantingTicket") is None
    assert code_of(validate(machine, ticket, STORE, "/cas/p3/proxyValidate")) == "INVALID_TICKET", "once"
    second = proxy_ticket(machine, pgt, STORE + "b?c=d&e=%2f")
    assert second != ticket and code_of(validate(machine, second, STORE, "/cas/proxyValidate")) == "INVALID_SERVICE"
    assert code_of(validate(machine, second, STORE + "b?c=d&e=%2f", "/cas/proxyValidate")) == "INVALID_TICKET"
    assert proxies_of(success_of(ask(machine, inside, apps.uri("/ok/pgt"), path="/cas/p3/proxyValidate"))) == [], "a service ticket is taken there too"
    assert proxy_ticket(machine, grant(apps, machine, inside, "/ok/" + "x" * 400)), "a long one"


def test_as_json(campus, apps, machine, inside):
    answer = ask(machine, inside, apps.uri("/ok/json?a=b"), format="JSON").json()["serviceResponse"]["authenticationSuccess"]
    assert list(answer) == ["user", "attributes", "proxyGrantingTicket"]
    came = [fields for fields in apps.at("/ok/json") if fields["pgtIou"] == [answer["proxyGrantingTicket"]]]
    assert set(came[0]) == {"a", "pgtId", "pgtIou"} and came[0]["a"] == ["b"], "what the address has stays (2.5.4, step 2)"
    given = proxy(machine, came[0]["pgtId"][0], format="JSON").json()["serviceResponse"]["proxySuccess"]
    assert set(given) == {"proxyTicket"}
    told = validate(machine, given["proxyTicket"], STORE, "/cas/proxyValidate", format="JSON").json()["serviceResponse"]["authenticationSuccess"]
    assert told == {"user": campus.person(role="student").user, "proxies": [apps.uri("/ok/json?a=b")]}
    failure = proxy(machine, "PGT-" + "A" * 43, format="JSON").json()["serviceResponse"]["proxyFailure"]
    assert failure["code"] == "INVALID_TICKET" and failure["description"]


def test_a_client_that_is_not_ours(campus, apps, inside):
    """libauthen-cas-client-perl plays both services."""
    def judge(*words):
        done = subprocess.run(["perl", "-e", JUDGE, campus.portal + "/cas", *words], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()
    user, iou = judge("validate", MAIL, ticket_of(login(inside, MAIL), MAIL), apps.uri("/ok/judge"))
    assert user == campus.person(role="student").user
    pgt = next(fields["pgtId"][0] for fields in apps.at("/ok/judge") if fields["pgtIou"] == [iou])
    ticket, = judge("proxy", pgt, STORE)
    assert judge("proxy-validate", STORE, ticket) == [user, apps.uri("/ok/judge")]


def test_one_proxy_behind_the_other(apps, machine, inside):
    """The newest stands first (2.6.2), and there is an end."""
    pgt, chain, at_relay = grant(apps, machine, inside, "/ok/first"), [apps.uri("/ok/first")], apps.uri("/ok/relay")
    for _ in range(3):
        answer = validate(machine, proxy_ticket(machine, pgt, RELAY), RELAY, "/cas/p3/proxyValidate", pgtUrl=at_relay)
        assert proxies_of(success_of(answer)) == chain
        pgt, chain = granted(apps, answer, "/ok/relay"), [at_relay, *chain]
    found = success_of(validate(machine, proxy_ticket(machine, pgt), STORE, "/cas/p3/proxyValidate"))
    assert proxies_of(found) == chain and len(chain) == 4
    fifth = validate(machine, proxy_ticket(machine, pgt, RELAY), RELAY, "/cas/p3/proxyValidate", pgtUrl=at_relay)
    assert code_of(fifth) == "UNAUTHORIZED_SERVICE_PROXY"


def test_what_is_recorded(apps, register, machine, inside, campus):
    pgt = grant(apps, machine, inside)
    ticket = proxy_ticket(machine, pgt)
    rows = [row for row in register.ctl.rows("audit", "tail", "9") if row["event"].startswith("proxy_")][-2:]
    assert [(row["event"], row["object"], row["door"], row["reason"]) for row in rows] == [
        ("proxy_granted", "webmail", "cas", apps.uri("/ok/pgt")), ("proxy_opened", "store", "cas", "webmail")]
    assert {row["user"] for row in rows} == {campus.person(role="student").user}
    logs = "".join(path.read_text(errors="replace") for path in (campus.dir / "log").rglob("*") if path.is_file())
    assert logs and pgt not in logs and ticket not in logs and apps.at("/ok/pgt")[-1]["pgtIou"][0] not in logs


# --- the callback ---

def test_a_callback_that_is_not_registered(apps, register, machine, inside):
    """Nobody is asked anything: no connection is made."""
    trap = Trap()
    foreign, own = f"https://localhost:{trap.port}", urlsplit(apps.uri("/")).netloc
    heard, wrong = len(apps.heard), [
        f"{foreign}/ok/pgt", f"{foreign}/{own}/ok/pgt", f"https://{own}@localhost:{trap.port}/ok/pgt", f"https://x@{own}/ok/pgt", f"https://{own}:x@localhost/",
        f"https://{own}\\@localhost:{trap.port}/ok/pgt", f"https://{own}%40localhost:{trap.port}/ok/pgt", f"https://{own}/ok/%2e%2e/x", f"https://{own}/ok/../x",
        f"https://{own}/ok%2fpgt", f"https://{own}/ok/pgt#x", f"https://{own}/ok/pgt\r\nHost: x", f"https://{own}/ok/pgt x", f"HTTPS://{own}/ok/pgt",
        f"http://{own}/ok/pgt", f"http://localhost:{trap.port}/ok/pgt", f"https://LOCALHOST:{own.partition(':')[2]}/ok/pgt", f"https://127.0.0.1:{own.partition(':')[2]}/ok/pgt",
        f"https://{own}", f"//{own}/ok/pgt", "ok/pgt", "file:///etc/passwd", f"https://{own}/ok/" + "x" * 500, MAIL + "pgt"]
    for pgt_url in wrong:
        assert code_of(ask(machine, inside, pgt_url)) in ("INVALID_PROXY_CALLBACK", "INVALID_REQUEST"), pgt_url
    assert code_of(ask(machine, inside, apps.uri("/ok/relay2"), RELAY)) == "INVALID_PROXY_CALLBACK"
    assert code_of(ask(machine, inside, apps.uri("/ok/pgt"), STORE)) == "UNAUTHORIZED_SERVICE_PROXY", "it is registered as none"
    twice = validate(machine, ticket_of(login(inside, MAIL), MAIL), MAIL, pgtUrl=[apps.uri("/ok/a"), apps.uri("/ok/b")])
    assert code_of(twice) == "INVALID_REQUEST"
    assert trap.came == 0 and len(apps.heard) == heard
    trap.socket.close()
    assert success_of(ask(machine, inside, "")) is not None, "an empty one is none"
    validate(machine, ticket_of(login(inside, MAIL), MAIL), MAIL, "/cas/validate", pgtUrl=foreign)
    done = register.ctl("service", "add", "x", "--cas", "--service-url", MAIL, "--label", "x", "--proxy-callback", "http://localhost/x", *REASON)
    assert done.returncode == 1 and "https:" in done.stderr


@pytest.mark.parametrize("path", ["/down/pgt", "/bad/pgt", "/gone/pgt", "/led/pgt", "/none/pgt"])
def test_a_callback_that_does_not_answer_200(apps, machine, inside, path):
    ticket = ticket_of(login(inside, MAIL), MAIL)
    assert code_of(validate(machine, ticket, MAIL, pgtUrl=apps.uri(path))) == "INVALID_PROXY_CALLBACK"
    assert len(apps.at(path)) == 1 and not apps.at("/ok/led-to"), "asked once, and led nowhere"
    assert refused(machine, apps.at(path)[0]["pgtId"][0]) == "INVALID_TICKET", "what was shown there is none"
    assert code_of(validate(machine, ticket, MAIL)) == "INVALID_TICKET", "it was taken"


def test_a_callback_with_another_certificate(stranger, machine, inside):
    assert code_of(ask(machine, inside, stranger.uri("/ok/pgt"))) == "INVALID_PROXY_CALLBACK" and not stranger.heard


def test_a_callback_that_answers_much(apps, machine, inside):
    assert TICKETS["PGT"].fullmatch(grant(apps, machine, inside, "/long/pgt"))


def test_callbacks_that_hang(apps, register, machine, inside, campus):
    """They have their end, and nobody else waits with them: of sixteen places one service gets half, and of front's threads all of them a quarter."""
    register("slow", "https://slow.example.edu/", "--proxy-callback", apps.uri("/hangs/*"))
    tickets, others = ([(service, ticket_of(login(inside, service), service)) for _ in range(n)] for service, n in ((MAIL, 9), ("https://slow.example.edu/", 6)))
    with ThreadPoolExecutor(15) as pool:
        def start(service, ticket):
            return pool.submit(validate, campus.browser(), ticket, service, pgtUrl=apps.uri(f"/hangs/{ticket[-5:]}"))
        relay, mail = (ticket_of(login(inside, service), service) for service in (RELAY, MAIL))
        began = time.monotonic()
        asked = [start(*ticket) for ticket in tickets]
        assert success_of(validate(machine, relay, RELAY, pgtUrl=apps.uri("/ok/relay"))) is not None and sum(not one.done() for one in asked) >= 8
        more = [start(*ticket) for ticket in others]
        assert success_of(validate(machine, mail, MAIL)) is not None and sum(not one.done() for one in asked) >= 8, "who wants no such ticket waits for nothing"
        answers = [one.result() for one in asked + more]
    assert time.monotonic() - began > 2.5
    assert [code_of(answer) for answer in answers[:9]] == ["INVALID_PROXY_CALLBACK"] * 9
    assert sum(path.startswith("/hangs/") for path, _, _ in apps.heard) == 13
    refused_, = (answer for answer in answers[9:] if answer.status_code != 200)
    assert refused_.status_code == 503 and 'code="INTERNAL_ERROR"' in refused_.text and refused_.headers["Retry-After"]
    service, ticket = others[answers[9:].index(refused_)]
    assert code_of(validate(machine, ticket, service, renew="true")) == "INVALID_TICKET", "it was there still"


def test_a_courier_that_is_away(campus, apps, machine, inside):
    campus.signal("spom-courier", signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert code_of(ask(machine, inside, apps.uri("/ok/away"))) == "INVALID_PROXY_CALLBACK"
        assert time.monotonic() - began > 4
    finally:
        campus.signal("spom-courier", signal.SIGCONT)
    assert grant(apps, machine, inside) and not apps.at("/ok/away"), "nobody wants to know any more"


# --- tickets ---

def test_tickets_that_are_none(apps, machine, inside):
    pgt = grant(apps, machine, inside)
    ticket = proxy_ticket(machine, pgt)
    for path in ("/cas/serviceValidate", "/cas/p3/serviceValidate"):
        assert code_of(validate(machine, proxy_ticket(machine, pgt), STORE, path)) == "INVALID_TICKET"
    assert validate(machine, proxy_ticket(machine, pgt), STORE, "/cas/validate").text == "no\n\n"
    assert code_of(validate(machine, proxy_ticket(machine, pgt), STORE, "/cas/proxyValidate", renew="true")) == "INVALID_TICKET"
    for other in (pgt, ticket.replace("PT-", "ST-"), ticket.replace("PT-", "PGT-"), apps.at("/ok/pgt")[-1]["pgtIou"][0]):
        assert code_of(validate(machine, other, STORE, "/cas/proxyValidate")) in ("INVALID_TICKET", "INVALID_TICKET_SPEC")
        if other != pgt:
            assert refused(machine, other) == "INVALID_TICKET"
    assert code_of(machine.get("/cas/proxy"), "proxy") == code_of(machine.get("/cas/proxy", params={"pgt": pgt}), "proxy") == "INVALID_REQUEST"
    assert code_of(machine.get("/cas/proxy", params={"pgt": pgt, "target_service": STORE}), "proxy") == "INVALID_REQUEST"
    assert code_of(proxy(machine, pgt, [STORE, STORE]), "proxy") == "INVALID_REQUEST"
    assert success_of(validate(machine, ticket, STORE, "/cas/proxyValidate")) is not None, "which nobody had shown yet"


def test_services_that_do_not_let_it_come(apps, register, machine, inside):
    pgt = grant(apps, machine, inside)
    register("own", "https://own.example.edu/")
    register("closed", "https://closed.example.edu/", "--groups", "managers", "--proxied-by", "webmail")
    register("strict", "https://strict.example.edu/", "--two-factors", "--proxied-by", "webmail")
    register("fresh", "https://fresh.example.edu/", "--fresh", "1", "--proxied-by", "webmail")
    for name in ("own", "closed", "strict", "fresh", "nobody"):
        assert refused(machine, pgt, f"https://{name}.example.edu/") == "UNAUTHORIZED_SERVICE", name
    for target in (STORE[:-1], "https://store.example.edu/../x", "http://store.example.edu/", "https://x@store.example.edu/", "imap://store.example.edu/", MAIL):
        assert refused(machine, pgt, target) == "UNAUTHORIZED_SERVICE", target
    last = [row for row in register.ctl.rows("audit", "tail", "9") if row["event"] == "service_refused"][-1]
    assert last["door"] == "cas"


def test_a_proxy_that_is_registered_no_more(apps, register, machine, inside):
    register("short", "https://short.example.edu/", "--proxy-callback", apps.uri("/ok/short"), "--proxied-by", "webmail")
    pgt = grant(apps, machine, inside, "/ok/short", service="https://short.example.edu/")
    ticket = proxy_ticket(machine, grant(apps, machine, inside), "https://short.example.edu/")
    register.remove("short")
    assert refused(machine, pgt) == "INVALID_TICKET"
    register("short", "https://short.example.edu/", "--proxy-callback", apps.uri("/ok/short"), "--proxied-by", "webmail")
    assert refused(machine, pgt) == "INVALID_TICKET", "one of the same name is another"
    assert code_of(validate(machine, ticket, "https://short.example.edu/", "/cas/proxyValidate")) == "INVALID_SERVICE"


def test_the_end_of_the_session(campus, apps, machine):
    """No ticket outlives it, and who was come to hears of it."""
    door = signed_in(campus, campus.person(role="employee"))
    pgt = grant(apps, machine, door)
    seen, unseen = proxy_ticket(machine, pgt), proxy_ticket(machine, pgt)
    success_of(validate(machine, seen, STORE, "/cas/proxyValidate"))
    assert door.log_out().status_code == 200
    assert refused(machine, pgt) == "INVALID_TICKET"
    assert code_of(validate(machine, unseen, STORE, "/cas/proxyValidate")) == "INVALID_TICKET"
    apps.until_heard("/ok/bye", 2)
    told = "".join(form["logoutRequest"][0] for form in apps.at("/ok/bye"))
    assert f"<samlp:SessionIndex>{seen}</samlp:SessionIndex>" in told and unseen in told


def test_a_proxy_with_many_tickets(campus, apps, machine):
    """They push no other service off the list; the newest eight are told, and the page does not say that these were all."""
    door = signed_in(campus, campus.person(role="employee"))
    pgt = grant(apps, machine, door)
    tickets = [proxy_ticket(machine, pgt) for _ in range(9)]
    before = len(apps.at("/ok/bye"))
    answer = door.log_out()
    apps.until_heard("/ok/bye", before + 8)
    told = "".join(form["logoutRequest"][0] for form in apps.at("/ok/bye")[before:])
    assert all(ticket in told for ticket in tickets[1:]) and tickets[0] not in told
    page = campus.browser().get(answer.json()["next"], headers=JSON).json()
    assert {row["name"] for row in page["applications"]} == {"Store", "Webmail"} and page["others"] is True
    assert says(campus.browser().get(answer.json()["next"], headers=HTML), "left.others")


def test_how_many_proxy_granting_tickets_there_may_be(campus, apps, machine):
    """64 in an hour, of one service in one session; nobody else goes without for that."""
    door, store = signed_in(campus, campus.person(role="employee")), Store(campus)
    before = store.keys("count")
    assert grant(apps, machine, door)
    key, = (key for key in store.keys("count") - before if store("TTL", key) > 3500)
    assert store("HGET", key, "n") == b"1"
    store("HSET", key, "n", "63")
    assert grant(apps, machine, door), "the last one"
    heard = len(apps.heard)
    over = ask(machine, door, apps.uri("/ok/pgt"))
    assert code_of(over) == "UNAUTHORIZED_SERVICE_PROXY" and "too many" in over.text and len(apps.heard) == heard, "and nobody is asked"
    assert grant(apps, machine, door, "/ok/relay", service=RELAY), "another service in this session"
    assert grant(apps, machine, signed_in(campus, campus.person(role="employee"))), "the same in another session"
    assert door.log_out().status_code == 200


def test_a_session_that_ends_while_the_callback_is_asked(campus, apps, machine):
    door = signed_in(campus, campus.person(role="employee"))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, campus.browser(), door, apps.uri("/hangs/last"))
        apps.until_heard("/hangs/last")
        assert door.log_out().status_code == 200
        apps.let_go.set()
        assert code_of(asked.result()) == "INVALID_TICKET"
    assert refused(machine, apps.at("/hangs/last")[0]["pgtId"][0]) == "INVALID_TICKET"
