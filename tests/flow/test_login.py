"""The browser's door: who is let in, who is not, with which words, and what a session is worth."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import until
from door import JSON, Door

GENERIC = "sign_in_failed"


def answer_of(campus, user, password):
    door = Door(campus)
    door.get()
    return door.post(user=user, password=password)


def test_a_person_signs_in_sees_the_own_entry_and_signs_out(campus):
    person = campus.person(role="student")
    door = Door(campus)
    assert door.home().status_code == 401
    assert door.home().json()["error"] == "sign_in"
    answer = door.sign_in(person)
    assert answer.status_code == 200, answer.text
    assert answer.json()["done"] is True and answer.json()["next"] == "/"
    page = door.home().json()
    assert page["frame"]["user"] == person.user
    assert page["frame"]["level"] == "password"
    values = [value["value"] for row in page["attributes"] for value in row["values"]]
    assert any(person.user in value for value in values), "the own mail address or name is shown"
    assert page["groups"], "a student is in groups"
    assert door.log_out().status_code in (200, 303)
    assert door.home().status_code == 401


def test_the_same_as_pages_without_scripts(campus):
    person = campus.person(role="employee")
    browser = campus.browser()
    answer = browser.get("/")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?next=")
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    answer = browser.post(*form_of(page, user=person.user, password=person.password))
    assert answer.status_code == 303, answer.text
    home = browser.get(answer.headers["Location"])
    assert home.status_code == 200 and "<h1" in home.text and "no-store" in home.headers["Cache-Control"]
    answer = browser.post(*form_of(home, action="/logout"))
    assert answer.status_code == 303
    assert browser.get("/").status_code == 303


def form_of(page, action="/login", **typed):
    """What a browser would post from the form of that action: (url, fields)."""
    form = next(part for part in re.findall(r"<form\b.*?</form>", page.text, re.S) if f'action="{action}' in part)
    url = re.search(r'action="([^"]*)"', form).group(1).replace("&amp;", "&")
    fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form))
    return url, fields | typed


@pytest.mark.parametrize("user, password", [
    ("student", "wrong"), ("nobody-at-login", "wrong"), ("locked", None), ("not_activated", "anything"), ("locked", "wrong"),
    ("expired", "wrong"), ("student", ""), ("*", "x"), ("student)(uid=*", "x"), ("cn=admin", "x"), ("x" * 256, "x"),
    ("\u00a0", "x"), ("\u202eadmin", "x"),
])
def test_refusals_are_one_sentence(campus, user, password):
    states = {"locked": "locked", "not_activated": "not_activated", "expired": "expired"}
    if user in states:
        person = campus.person(state=states[user])
        user, password = person.user, password if password is not None else person.password
    elif user == "student":
        user = campus.person(role="student").user
    answer = answer_of(campus, user, password)
    assert answer.status_code == 401, answer.text
    assert answer.json()["denied"] == GENERIC
    assert len(answer.json()["text"]) > 40


def test_a_password_that_must_be_changed_is_told_only_to_who_knows_it(campus):
    person = campus.person(state="must_change")
    assert answer_of(campus, person.user, "wrong").json()["denied"] == GENERIC
    answer = answer_of(campus, person.user, person.password)
    ask = answer.json()["ask"]
    assert answer.status_code == 200 and ask["kind"] == "new_password" and ask["reason"] == "password_must_change"


def test_words_are_in_the_readers_language(campus):
    door = Door(campus)
    door.get()
    texts = set()
    for language in ("en", "de", "de-AT,en;q=0.5", "xx"):
        door.browser.headers["Accept-Language"] = language
        texts.add(door.post(user="nobody", password="x").json()["text"])
    assert len(texts) == 2


def test_one_person_under_every_spelling(campus):
    person = campus.person(role="student")
    mail = campus.ldap().search_s(campus.dn(person.user), 0, attrlist=["mail"])[0][1]["mail"][0].decode()
    for name in (person.user.upper(), person.user.capitalize(), f" {person.user} ", mail, mail.upper()):
        door = Door(campus)
        door.get()
        answer = door.post(user=name, password=person.password)
        assert answer.status_code == 200, (name, answer.text)
        assert door.home().json()["frame"]["user"] == person.user


def test_a_notice_is_read_before_one_is_in(campus):
    """A password that soon expires is said in an ask of its own; nobody is in before it was answered."""
    for person in campus.people:
        if person.state == "active" and campus.bind(person.user, person.password).expires_s is not None:
            break
    door = Door(campus)
    door.get()
    first = door.ask["id"]
    answer = door.post(user=person.user, password=person.password, ask=first)
    assert answer.status_code == 200 and answer.json()["ask"]["kind"] == "notice", answer.text
    assert door.home().status_code == 401
    notice = door.ask["id"]
    assert door.get().json()["ask"]["id"] == notice, "GET /login shows what is pending"
    answer = door.post(ask=first, answer=person.password)
    assert answer.status_code in (200, 409), answer.text
    assert answer.json()["ask"]["id"] == notice, answer.text
    assert door.post(ask=notice, answer="").json()["done"] is True
    assert door.home().status_code == 200


def test_signing_in_over_somebody_else_asks_first(campus):
    first, second = campus.person(role="student"), campus.person(role="employee")
    door = Door(campus)
    door.sign_in(first)
    door.get()
    answer = door.post(user=second.user, password=second.password)
    assert answer.json()["ask"]["kind"] == "notice" and answer.json()["ask"]["text"] == "other_session"
    assert door.home().json()["frame"]["user"] == first.user
    assert door.post(ask=door.ask["id"], answer="").json()["done"] is True
    assert door.home().json()["frame"]["user"] == second.user


def test_two_tabs_do_not_disturb_each_other(campus):
    person = campus.person(role="student")
    door = Door(campus)
    door.get()
    one = door.ask["id"]
    door.get()
    two = door.ask["id"]
    assert one != two
    assert door.post(user=person.user, password="wrong", ask=two).status_code == 401
    assert door.post(user=person.user, password=person.password, ask=one).json()["done"] is True


def test_a_double_click_signs_in_once(campus):
    person = campus.person(role="student")
    door = Door(campus)
    door.get()
    fields = {"user": person.user, "password": person.password, "ask": door.ask["id"]}
    headers = JSON | {"X-CSRF-Token": door.csrf}
    cookies = door.browser.cookies.get_dict()
    with ThreadPoolExecutor(2) as both:
        def click(_):
            import requests
            return requests.post(campus.portal + "/login", json=fields, headers=headers, cookies=cookies, timeout=10)
        answers = list(both.map(click, range(2)))
    assert any(answer.status_code == 200 and answer.json().get("done") for answer in answers), [a.text for a in answers]


def test_a_notice_sent_twice_leads_in_twice(campus):
    """A slow network and an impatient thumb: the second answer is the one that the browser shows."""
    person = next(person for person in campus.people
                  if person.state == "active" and campus.bind(person.user, person.password).expires_s is not None)
    door = Door(campus)
    door.get()
    form = door.ask["id"]
    before = door.browser.cookies.copy()
    csrf = door.csrf
    assert door.post(user=person.user, password=person.password, ask=form).json()["ask"]["kind"] == "notice"
    door.browser.cookies, door.csrf = before, csrf
    answer = door.post(user=person.user, password=person.password, ask=form)
    assert answer.json()["ask"]["kind"] == "notice" and answer.json()["ask"]["person"], answer.text
    before, csrf, notice = door.browser.cookies.copy(), door.csrf, door.ask["id"]
    for _ in range(2):
        door.browser.cookies, door.csrf = before.copy(), csrf
        answer = door.post(ask=notice, answer="")
        assert answer.status_code == 200 and answer.json().get("done") is True, answer.text
    assert door.home().status_code == 200


def test_a_notice_left_open_can_be_left_behind(campus):
    person = next(person for person in campus.people
                  if person.state == "active" and campus.bind(person.user, person.password).expires_s is not None)
    door = Door(campus)
    door.get()
    door.post(user=person.user, password=person.password, ask=door.ask["id"])
    assert door.get().json()["ask"]["kind"] == "notice"
    assert door.get(again="1").json()["ask"]["kind"] == "password"
    assert door.get().json()["ask"]["kind"] == "password"


@pytest.mark.parametrize("next_, leads", [
    ("/", "/"), ("/profile?a=b", "/profile?a=b"), ("//evil.example", "/"), ("https://evil.example/", "/"),
    ("/\\evil.example", "/"), ("javascript:alert(1)", "/"), ("", "/"),
])
def test_next_stays_within_the_portal(campus, next_, leads):
    door = Door(campus)
    door.get(next=next_)
    assert door.sign_in(campus.person(role="student")).json()["next"] == leads


def test_forms_of_others_are_refused(campus):
    """Login CSRF: without the value that hangs on this browser's cookie, nobody is signed in as anybody."""
    person = campus.person(role="student")
    door, other = Door(campus), Door(campus)
    other.get()
    door.get()
    good = door.csrf
    for csrf in (None, "", "x" * 32, other.csrf):
        door.csrf = csrf
        answer = door.post(user=person.user, password=person.password)
        assert answer.status_code in (400, 401, 403) and "done" not in answer.json(), answer.text
    door.browser.cookies.clear()
    door.csrf = good
    assert "done" not in door.post(user=person.user, password=person.password).json()


def test_a_session_is_worth_its_token_only(campus):
    door = Door(campus)
    door.sign_in(campus.person(role="student"))
    cookie = next(cookie for cookie in door.browser.cookies if cookie.name == "spom")
    assert cookie.path == "/" and "HttpOnly" in str(cookie._rest) and not cookie.secure
    token = cookie.value
    for forged in (token[:-1], token + "A", "A" * len(token), token.swapcase(), "", "x" * 4000):
        stranger = Door(campus)
        stranger.browser.headers["Cookie"] = f"spom={forged}"
        assert stranger.home().status_code in (400, 401), forged
    stranger = Door(campus)
    stranger.browser.headers["Cookie"] = f"__Host-spom={token}"
    assert stranger.home().status_code == 401, "one cookie name is accepted, never both"


def test_https_has_its_own_cookie(campus):
    door = Door(campus, https=True)
    assert door.sign_in(campus.person(role="student")).json()["done"] is True
    cookie = next(cookie for cookie in door.browser.cookies if cookie.name == "__Host-spom")
    assert cookie.secure and cookie.path == "/" and not cookie.domain_specified
    assert door.home().status_code == 200


def test_logout_wants_its_form(campus):
    door = Door(campus)
    door.sign_in(campus.person(role="student"))
    good, door.csrf = door.csrf, "foreign"
    assert door.log_out().status_code in (400, 403)
    assert door.home().status_code == 200
    door.csrf = good
    assert door.log_out().status_code in (200, 303)


def test_check_says_yes_to_a_live_session_only(campus):
    person = campus.person(role="employee")
    edge = campus.json["edge"]
    door = Door(campus)
    headers = {"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": campus.portal, "X-Original-URL": campus.portal + "/"}

    def check(**more):
        import requests
        return requests.get(edge["check"] + "/check", headers=headers | more, timeout=5)

    assert check().status_code == 401
    door.sign_in(person)
    cookie = f"spom={door.browser.cookies['spom']}"
    answer = check(Cookie=cookie)
    assert answer.status_code == 200
    assert answer.headers["Remote-User"] == person.user and answer.headers["Remote-AMR"] == "pwd"
    assert answer.headers["Remote-Groups"]
    headers.pop("X-SPOM-Edge")
    assert check(Cookie=cookie).status_code == 403, "without the edge's secret there is no forward-auth"
    headers["X-SPOM-Edge"] = edge["secret"]
    door.log_out()
    assert check(Cookie=cookie).status_code == 401


def test_the_protected_application_is_closed(campus):
    import requests
    host = campus.json["app"].removeprefix("http://")
    assert requests.get(campus.portal, headers={"Host": host}, timeout=5, allow_redirects=False).status_code in (401, 303)


def test_the_portals_cookie_opens_no_other_host(campus):
    import requests
    door = Door(campus)
    door.sign_in(campus.person(role="student"))
    host = campus.json["app"].removeprefix("http://")
    answer = requests.get(campus.portal, headers=JSON | {"Host": host, "Cookie": f"spom={door.browser.cookies['spom']}"}, timeout=5)
    assert answer.status_code == 401


def test_each_instance_serves_its_own_paths(campus):
    import requests
    edge = campus.json["edge"]
    headers = {"X-SPOM-Edge": edge["secret"], "X-SPOM-Origin": campus.portal}
    served = {"door": ["/login", "/"], "check": ["/check"], "back": ["/health/live", "/health/ready"]}
    for instance in served:
        for owner, paths in served.items():
            for path in paths:
                status = requests.get(edge[instance] + path, headers=headers, timeout=5, allow_redirects=False).status_code
                assert (status == 404) == (owner != instance), (instance, path, status)


def test_errors_carry_the_trace_of_the_log(campus):
    answer = campus.browser().get("/no-such-page", headers=JSON)
    assert answer.status_code == 404 and answer.json()["error"]
    trace = answer.json()["trace"]
    until(lambda: trace in campus.log("spom-front-door"), "the trace in the log")
