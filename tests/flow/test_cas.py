"""CAS Protocol 3.0: a service's whole way, by what the protocol says; and every address and ticket that must not go."""
import re
import signal
import time
import xml.etree.ElementTree as ElementTree
from html import unescape
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from cas import NAMESPACE, WIKI, code_of, login, machine, register, success_of, text_of, ticket_of, validate    # pylint: disable=unused-import
from ctl import Ctl
from relying import HTML, JSON, REASON, Door, inside, signed_in      # pylint: disable=unused-import
from words import shown

ADDRESSES = "https://wiki.example.edu/cas/* https://*.wikis.example.edu/app http://127.0.0.1/app"


@pytest.fixture(scope="module", autouse=True)
def wiki(register):
    register("wiki", ADDRESSES)


@pytest.fixture(scope="module", autouse=True)
def old(wiki, inside):      # pylint: disable=unused-argument,redefined-outer-name
    """A ticket from the very beginning, and when it was made."""
    return ticket_of(login(inside, WIKI)), time.monotonic()


# --- the way of a service ---

def test_the_whole_way_with_a_sign_in(campus, machine):
    door, person = Door(campus), campus.person(role="student")
    first = login(door)
    assert first.status_code == 303 and first.headers["Location"].startswith("/login?next=%2Fcas%2Flogin%3Fservice")
    onward = parse_qs(urlsplit(first.headers["Location"]).query)["next"][0]
    door.get(next=onward)
    assert door.sign_in(person).json()["next"] == onward
    page = door.browser.get(onward, headers=HTML)
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    assert "wiki.example.edu" in page.headers["Content-Security-Policy"].split("form-action", 1)[1] and "wiki.example.edu" in shown(page)
    found = success_of(validate(machine, ticket_of(page), renew="true"))
    assert text_of(found, "user") == person.user and text_of(found, "isFromNewLogin") == "true"


def test_whoever_is_signed_in_is_asked_nothing(inside, machine, campus):
    answer = login(inside)
    assert answer.status_code == 303 and "no-store" in answer.headers["Cache-Control"]
    person = campus.person(role="student")
    found = success_of(validate(machine, ticket_of(answer)))
    assert text_of(found, "user") == person.user and text_of(found, "name") == person.name
    assert text_of(found, "email").endswith("@example.edu") and text_of(found, "isFromNewLogin") == "false"
    assert text_of(found, "longTermAuthenticationRequestTokenUsed") == "false" and text_of(found, "preferred_username") is None
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text_of(found, "authenticationDate"))
    groups = found.findall(".//cas:groups", NAMESPACE)
    assert len(groups) == len({group.text for group in groups}) > 1


def test_by_other_names(register, inside, machine, campus):
    """--claims NAME=OTHER: the service has the one, people read the other."""
    page, person = "https://named.example.edu/", campus.person(role="student")
    register("named", page, claims="email=mail name=displayName groups")
    found = success_of(validate(machine, ticket_of(login(inside, page), page), page))
    assert text_of(found, "displayName") == person.name and text_of(found, "mail").endswith("@example.edu") and text_of(found, "groups")
    assert text_of(found, "name") is None and text_of(found, "email") is None
    told = validate(machine, ticket_of(login(inside, page), page), page, format="JSON").json()["serviceResponse"]["authenticationSuccess"]["attributes"]
    assert told["displayName"] == [person.name] and len(told["groups"]) > 1 and not {"name", "email"} & set(told)
    [row] = [row for row in inside.browser.get("/services", headers=JSON).json()["services"] if row["id"] == "named"]
    assert {name["name"] for name in row["learnt"]} == {"preferred_username", "email", "name", "groups"}


@pytest.mark.parametrize("path", ["serviceValidate", "proxyValidate"])
def test_without_attributes_by_the_second_protocol(inside, machine, campus, path):
    answer = validate(machine, ticket_of(login(inside)), path="/cas/" + path)
    found = success_of(answer)
    assert [child.tag.rpartition("}")[2] for child in found] == ["user"] and found[0].text == campus.person(role="student").user


def test_by_the_third_protocol_for_proxies(inside, machine):
    found = success_of(validate(machine, ticket_of(login(inside)), path="/cas/p3/proxyValidate"))
    assert found.find(".//cas:attributes", NAMESPACE) is not None and found.find("cas:proxyGrantingTicket", NAMESPACE) is None


def test_by_the_first_protocol(inside, machine, campus):
    ticket = ticket_of(login(inside))
    answer = validate(machine, ticket, path="/cas/validate")
    assert answer.text == f"yes\n{campus.person(role='student').user}\n" and answer.headers["Content-Type"].startswith("text/plain")
    assert validate(machine, ticket, path="/cas/validate").text == "no\n\n"
    assert validate(machine, None, path="/cas/validate").text == "no\n\n"


def test_as_json(inside, machine, campus):
    answer = validate(machine, ticket_of(login(inside)), format="JSON")
    assert answer.headers["Content-Type"].startswith("application/json")
    told = answer.json()["serviceResponse"]["authenticationSuccess"]
    assert told["user"] == campus.person(role="student").user and told["attributes"]["isFromNewLogin"] is False
    assert told["attributes"]["name"] == [campus.person(role="student").name] and len(told["attributes"]["groups"]) > 1
    failure = validate(machine, "ST-" + "A" * 43, format="json").json()["serviceResponse"]["authenticationFailure"]
    assert failure["code"] == "INVALID_TICKET" and failure["description"]
    short = validate(machine, ticket_of(login(inside)), path="/cas/serviceValidate", format="JSON").json()
    assert short == {"serviceResponse": {"authenticationSuccess": {"user": campus.person(role="student").user}}}


def test_by_a_form(inside, machine):
    """method=POST: a page that sends itself."""
    page = login(inside, method="POST")
    assert page.status_code == 200 and f'action="{WIKI}"' in page.text
    assert "https://wiki.example.edu" in page.headers["Content-Security-Policy"].split("form-action", 1)[1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page.text))
    assert set(fields) == {"ticket"}
    success_of(validate(machine, fields["ticket"]))
    assert ticket_of(login(inside, method="GET"))
    for method in ("HEADER", "post", "x"):
        refused = login(inside, method=method, accept=JSON)
        assert refused.status_code == 400 and refused.json()["error"] == "malformed"


def test_a_request_by_post(inside):
    """From another site's form, with which browsers send no cookie of ours."""
    answer = inside.browser.post("/cas/login", data={"service": WIKI}, headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/cas/login?service=")
    assert ticket_of(inside.browser.get(answer.headers["Location"], headers=HTML))


def test_without_a_service(campus, inside):
    for door in (inside, Door(campus)):
        for query in ("", "?renew=true", "?gateway=true", "?service="):
            answer = door.browser.get("/cas/login" + query, headers=HTML)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_gateway(campus, register, inside, machine):
    nobody = Door(campus)
    answer = login(nobody, gateway="true")
    assert (answer.status_code, answer.headers["Location"]) == (303, WIKI)
    assert login(nobody, gateway="true", method="POST").headers["Location"] == WIKI
    assert login(nobody, gateway="true", renew="true").headers["Location"].startswith("/login?next="), "renew takes precedence"
    success_of(validate(machine, ticket_of(login(inside, gateway="true"))))
    register("quiet", "https://quiet.example.edu/", "--groups", "managers")
    refused = login(inside, "https://quiet.example.edu/", gateway="true")
    assert (refused.status_code, refused.headers["Location"]) == (303, "https://quiet.example.edu/")


def test_renew(campus, machine):
    person = campus.person(role="student")
    door = signed_in(campus, person)
    assert code_of(validate(machine, ticket_of(login(door)), renew="true")) == "INVALID_TICKET", "nobody was asked for this one"
    first = login(door, renew="true")
    onward = parse_qs(urlsplit(first.headers["Location"]).query)["next"][0]
    again = door.browser.get(onward, headers=HTML)
    assert again.status_code == 303 and again.headers["Location"].startswith("/login?next="), "only with a proof"
    onward = parse_qs(urlsplit(again.headers["Location"]).query)["next"][0]
    forged = onward.replace("cas%2Fpage", "cas%2Fother")
    door.get(next=onward)
    assert door.sign_in(person).json()["next"] == onward
    assert login(door, renew="true").headers["Location"].startswith("/login?next="), "each time anew"
    assert door.browser.get(forged, headers=HTML).status_code == 303, "the mark is of that request"
    found = success_of(validate(machine, ticket_of(door.browser.get(onward, headers=HTML)), renew="true"))
    assert text_of(found, "isFromNewLogin") == "true"
    assert ticket_of(login(door, renew="false"))


# --- who may ---

def test_somebody_outside_of_the_groups(register, inside):
    register("closed", "https://closed.example.edu/", "--groups", "managers")
    answer = login(inside, "https://closed.example.edu/")
    assert answer.status_code == 403 and "closed.groups" in shown(answer) and "Location" not in answer.headers and "Refresh" not in answer.headers
    assert login(inside, "https://closed.example.edu/", accept=JSON).json()["rule"] == "closed.groups"
    last = [row for row in register.ctl.rows("audit", "tail", "5") if row["event"] == "service_refused"][-1]
    assert (last["object"], last["door"]) == ("closed", "cas")


def test_a_service_that_wants_two_factors(register, inside):
    register("strict", "https://strict.example.edu/", "--two-factors")
    answer = login(inside, "https://strict.example.edu/", accept=JSON)
    assert answer.status_code == 403 and (answer.json()["error"], answer.json()["rule"]) == ("level_missing", "strict.level")


def test_what_is_recorded(register, inside, campus):
    ticket = ticket_of(login(inside))
    row = [row for row in register.ctl.rows("audit", "tail", "5") if row["event"] == "service_opened"][-1]
    assert (row["object"], row["door"], row["user"]) == ("wiki", "cas", campus.person(role="student").user)
    logs = "".join(path.read_text(errors="replace") for path in (campus.dir / "log").rglob("*") if path.is_file())
    assert logs and ticket not in logs and ticket not in repr(register.ctl.rows("audit", "tail", "20"))


def test_a_service_learns_no_more_than_it_may(register, inside, machine):
    register("little", "https://little.example.edu/", claims="email")
    ticket = ticket_of(login(inside, "https://little.example.edu/"), "https://little.example.edu/")
    told = validate(machine, ticket, "https://little.example.edu/", format="JSON").json()["serviceResponse"]["authenticationSuccess"]["attributes"]
    assert set(told) == {"authenticationDate", "isFromNewLogin", "longTermAuthenticationRequestTokenUsed", "email"}


@pytest.mark.parametrize("which", ["ß", "devanagari"])
def test_names_of_all_kinds(campus, machine, which):
    found = [person for person in campus.people if person.state == "active" and not person.totp and
             any(("ß" in c) if which == "ß" else ("\u0900" <= c <= "\u097f") for c in person.name)]
    if not found:
        pytest.skip("nobody of that name without a second factor")
    ticket = ticket_of(login(signed_in(campus, found[0])))
    assert text_of(success_of(validate(machine, ticket)), "name") == found[0].name


# --- addresses ---

@pytest.mark.parametrize("service", ["https://wiki.example.edu/cas/", "https://wiki.example.edu/cas/a/b?c=d/../e&f=%2f",
                                     "https://a.wikis.example.edu/app", "http://127.0.0.1:51004/app"])
def test_addresses_that_are_registered(inside, machine, service):
    success_of(validate(machine, ticket_of(login(inside, service), service), service))


STRANGERS = ["https://wiki.example.edu/cas", "https://wiki.example.edu/Cas/", "https://wiki.example.edu:443/cas/", "http://wiki.example.edu/cas/",
             "HTTPS://wiki.example.edu/cas/", "https://Wiki.example.edu/cas/", "https://wiki.example.edu./cas/", "https://wiki.example.edu/cas/../admin",
             "https://wiki.example.edu/cas/%2e%2e/admin", "https://wiki.example.edu/cas/..;/admin", "https://wiki.example.edu/cas/..%2fadmin",
             "https://wiki.example.edu/cas/..%5Cadmin", "https://wiki.example.edu/cas/..\\admin", "https://wiki.example.edu/cas/%252e%252e/",
             "https://x@wiki.example.edu/cas/", "https://wiki.example.edu@evil.example/cas/", "https://wiki.example.edu.evil.example/cas/",
             "https://evil.example/https://wiki.example.edu/cas/", "https://wiki.example.edu/cas/#x", "https://wiki.example.edu/cas/%00",
             "https://wiki.example.edu/cas/%0d%0aX:", "https://wiki.example.edu/cas/a b", "https://wiki.example.edu/cas/\"><script>",
             "https://wiki.example.edu/cas/é", "https://wikis.example.edu/app", "https://a.b.wikis.example.edu/app", "https://a.wikis.example.edu/app/",
             "https://*.wikis.example.edu/app", "http://127.0.0.1:99999/app", "http://127.0.0.2/app", "http://localhost/app", "//wiki.example.edu/cas/",
             "javascript:alert(1)", "/", "wiki", "*", "https://wiki.example.edu/*"]


@pytest.mark.parametrize("service", STRANGERS)
def test_never_to_another_address(inside, machine, service):
    for more in ({}, {"gateway": "true"}, {"renew": "true"}, {"method": "POST"}):
        answer = login(inside, service, **more)
        assert answer.status_code == 400 and not {"Location", "Refresh"} & set(answer.headers), answer.headers
        assert "not registered with us" in shown(answer) and "/cas/" not in answer.text and "evil" not in answer.text
    page = inside.browser.get("/cas/logout", params={"service": service}, headers=HTML)
    assert page.status_code == 200 and 'name="service"' not in page.text
    assert code_of(validate(machine, "ST-" + "A" * 43, service)) == "INVALID_TICKET"


@pytest.mark.parametrize("query", ["service=a&service=b", f"service={quote(WIKI)}&renew=true&renew=true", f"service={quote(WIKI)}&method=GET&method=POST",
                                   f"service={quote(WIKI)}%0a", f"service={quote(WIKI)}%00", f"service={quote(WIKI)}&renew=" + "t" * 9,
                                   f"service={quote(WIKI)}&spom_asked=a&spom_asked=b", f"service={quote(WIKI)}&spom_asked=" + "1" * 129,
                                   f"service={quote(WIKI)}&spom_asked=%ff", f"service={quote(WIKI)}&spom_consent=%0a",
                                   "service=https://wiki.example.edu/cas/" + "a" * 2000])
def test_parameters_that_cannot_be_read(inside, query):
    answer = inside.browser.get("/cas/login?" + query, headers=JSON)
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


def test_an_address_that_is_too_long_for_the_way_to_the_sign_in(campus):
    answer = login(Door(campus), "https://wiki.example.edu/cas/" + "a" * 1950, accept=JSON)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


# --- tickets ---

@pytest.mark.parametrize("path", ["/cas/serviceValidate", "/cas/proxyValidate", "/cas/p3/serviceValidate", "/cas/p3/proxyValidate"])
@pytest.mark.parametrize("asked, code", [
    ({"ticket": None}, "INVALID_REQUEST"), ({"service": None}, "INVALID_REQUEST"), ({"service": ""}, "INVALID_REQUEST"),
    ({"ticket": "ST-" + "A" * 300}, "INVALID_REQUEST"), ({"service": WIKI + "a" * 2000}, "INVALID_REQUEST"), ({"format": "YAML"}, "INVALID_REQUEST"),
    ({"ticket": "x"}, "INVALID_TICKET_SPEC"), ({"ticket": "PT-" + "A" * 43}, "INVALID_TICKET"), ({"ticket": "PGT-" + "A" * 43}, "INVALID_TICKET_SPEC"), ({"ticket": "ST-"}, "INVALID_TICKET_SPEC"),
    ({"ticket": "ST-" + "A" * 42}, "INVALID_TICKET_SPEC"), ({"ticket": "st-" + "A" * 43}, "INVALID_TICKET_SPEC"),
    ({"ticket": "ST-" + "*" * 43}, "INVALID_TICKET_SPEC"), ({"ticket": "ST-" + "A" * 43}, "INVALID_TICKET")], ids=str)
def test_tickets_that_are_none(machine, path, asked, code):
    assert code_of(validate(machine, path=path, **({"ticket": "ST-" + "A" * 43} | asked))) == code


def test_doubled_parameters(machine, inside):
    ticket = ticket_of(login(inside))
    asked = urlencode({"service": WIKI, "ticket": ticket})
    for more in ("&ticket=x", "&service=x", "&renew=a&renew=b", "&format=XML&format=JSON"):
        assert code_of(machine.get("/cas/serviceValidate?" + asked + more)) == "INVALID_REQUEST"
    success_of(validate(machine, ticket))


def test_a_ticket_is_taken_once(inside, machine):
    ticket = ticket_of(login(inside))
    success_of(validate(machine, ticket))
    assert code_of(validate(machine, ticket)) == "INVALID_TICKET"


@pytest.mark.parametrize("service", [WIKI + "2", WIKI[:-1], WIKI.replace("id=1", "id=%31"), WIKI.replace("page", "Page"), "https://chat.example.edu/"])
def test_a_ticket_of_another_service_is_spent(register, inside, machine, service):
    if "chat" not in register.names:
        register("chat", "https://chat.example.edu/")
    ticket = ticket_of(login(inside))
    assert code_of(validate(machine, ticket, service)) == "INVALID_SERVICE"
    assert code_of(validate(machine, ticket)) == "INVALID_TICKET", "whoever had it may have it elsewhere too"


def test_a_session_that_ended_before(campus, machine):
    door = signed_in(campus, campus.person(role="employee"))
    ticket = ticket_of(login(door))
    assert door.log_out().status_code == 200
    assert code_of(validate(machine, ticket)) == "INVALID_TICKET"
    door = signed_in(campus, campus.person(role="employee"))
    ticket = ticket_of(login(door))
    ctl = Ctl(campus)
    assert ctl("session", "end", campus.person(role="employee").user, *REASON).returncode == 0
    ctl.close()
    assert code_of(validate(machine, ticket)) == "INVALID_TICKET"


def test_a_service_that_was_taken_away_before(register, inside, machine):
    register("gone", "https://gone.example.edu/")
    tickets = [ticket_of(login(inside, "https://gone.example.edu/"), "https://gone.example.edu/") for _ in range(2)]
    register.remove("gone")
    assert code_of(validate(machine, tickets[0], "https://gone.example.edu/")) == "INVALID_SERVICE"
    register("gone", "https://gone.example.edu/")
    assert code_of(validate(machine, tickets[1], "https://gone.example.edu/")) == "INVALID_SERVICE", "one of the same name is another"


# --- sign-out ---

def test_sign_out(campus):
    door = signed_in(campus, campus.newcomer())
    page = door.browser.get("/cas/logout", params={"service": WIKI}, headers=HTML)
    assert page.status_code == 200 and "Wiki sent you here" in shown(page) and '<form method="post" action="/cas/logout">' in page.text
    assert door.browser.get("/", headers=HTML).status_code == 200, "nothing has happened yet"
    form = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)}
    assert set(form) == {"csrf", "service"}
    elsewhere = door.browser.post("/cas/logout", data=form | {"csrf": "A" * 43}, headers=JSON)
    assert elsewhere.status_code == 403 and door.browser.get("/", headers=HTML).status_code == 200
    done = door.browser.post("/cas/logout", data=form, headers=HTML)
    assert done.status_code == 200 and done.headers["Refresh"] == "0;url=" + WIKI and "You are signed out" in shown(done)
    assert door.browser.get("/", headers=HTML).status_code == 303
    nobody = door.browser.get("/cas/logout", params={"service": WIKI}, headers=HTML)
    assert (nobody.status_code, nobody.headers["Location"]) == (303, WIKI)
    assert door.browser.get("/cas/logout", headers=HTML).headers["Location"] == "/login?done=signed_out"


def test_a_sign_out_that_leads_nowhere(campus):
    door = signed_in(campus, campus.person(role="employee"))
    page = door.browser.get("/cas/logout?service=https://evil.example/&url=https://evil.example/", headers=HTML)
    assert "evil" not in page.text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)[1]
    done = door.browser.post("/cas/logout", data={"csrf": csrf, "service": "https://evil.example/"}, headers=HTML)
    assert (done.status_code, done.headers["Location"]) == (303, "/login?done=signed_out")
    by_form = door.browser.post("/cas/logout", data={"service": WIKI}, headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert by_form.headers["Location"].startswith("/cas/logout?service=")


# --- when something is away ---

def test_a_store_that_is_away(campus, inside, machine):
    ticket = ticket_of(login(inside))
    campus.signal("redis", signal.SIGSTOP)
    try:
        answer = validate(machine, ticket)
        lines = validate(machine, ticket, path="/cas/validate")
    finally:
        campus.signal("redis", signal.SIGCONT)
    assert answer.status_code == 503 and 'code="INTERNAL_ERROR"' in answer.text and answer.headers["Content-Type"].startswith("application/xml")
    assert (lines.status_code, lines.text) == (503, "no\n\n")
    success_of(validate(machine, ticket))


def test_a_ticket_of_long_ago(machine, old):
    ticket, made = old
    time.sleep(max(0.0, made + 10.2 - time.monotonic()))
    assert code_of(validate(machine, ticket)) == "INVALID_TICKET"
