"""One table: what is done, at which door, and what comes of it: status, text id, record of the audit, counter.

Whoever guesses learns nothing that the table does not say; whoever operates finds every row in the audit and in the figures.
"""
import base64
import json
import re

import pytest

from campus.codes import wrong
from door import JSON, Door


def metrics(campus):
    """{name with labels: value}"""
    edge = campus.json["edge"]
    text = campus.browser().get(edge["back"] + "/metrics", headers={
        "X-SPOM-Edge": edge["secret"], "X-Forwarded-For": "127.0.0.1", "X-SPOM-Origin": campus.portal,
        "Host": campus.portal.split("//")[1]}).text
    return {name: float(value) for name, value in re.findall(r"^(spom_\S+) (\S+)$", text, re.M)}


def audit(campus):
    files = sorted((campus.dir / "state" / "audit").iterdir())
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]


class Case:
    def __init__(self, campus, person, codes):
        self.campus, self.person, self.codes = campus, person, codes

    def door(self):
        door = Door(self.campus)
        door.get()
        return door

    def behind_the_password(self):
        door = self.door()
        assert door.sign_in(self.person).json()["ask"]["kind"] == "code"
        return door

    def signed_in(self):
        door = self.door()
        assert door.sign_in_fully(self.person, self.codes).json()["done"] is True
        return door


def unknown_name(case):
    return case.door().post(user="nobody-of-this-name", password="x")


def wrong_password(case):
    return case.door().post(user=case.person.user, password="wrong")


def empty_password(case):
    return case.door().post(user=case.person.user, password="")


def filter_in_the_name(case):
    return case.door().post(user="*)(uid=*", password=case.person.password)


def dn_in_the_name(case):
    return case.door().post(user=f"uid={case.person.user},ou=people", password=case.person.password)


def markup_in_the_name(case):
    return case.door().post(user="<script>alert(1)</script>", password="x")


def line_in_the_name(case):
    return case.door().post(user="a\r\nSet-Cookie: x=1", password="x")


def wrong_code(case):
    return case.behind_the_password().answer(wrong(case.person))


def used_code(case):
    case.signed_in()
    return case.behind_the_password().answer(case.codes.last(case.person))


def wrong_recovery_code(case):
    door = case.behind_the_password()
    door.answer("recovery")
    return door.answer("aaaa-bbbb-cccc-dddd")


def no_csrf(case):
    door = case.door()
    door.csrf = None
    return door.post(user=case.person.user, password=case.person.password)


def foreign_csrf(case):
    door, other = case.door(), case.door()
    door.csrf = other.csrf
    return door.post(user=case.person.user, password=case.person.password)


def login_csrf(case):
    """The form of another browser, posted by this one."""
    door, other = case.door(), case.door()
    door.csrf, door.ask = other.csrf, other.ask
    return door.post(ask=other.ask["id"], user=case.person.user, password=case.person.password)


def _with_login_cookie(case, change):
    door = case.door()
    [cookie] = [cookie for cookie in door.browser.cookies if "login" in cookie.name]
    cookie.value = change(cookie.value)
    door.browser.cookies.set_cookie(cookie)
    return door.post(user=case.person.user, password=case.person.password)


def forged_login_cookie(case):
    return _with_login_cookie(case, lambda value: value[:-2] + ("AA" if value[-2:] != "AA" else "BB"))


def truncated_login_cookie(case):
    return _with_login_cookie(case, lambda value: value[:20])


def invented_login_cookie(case):
    return _with_login_cookie(case, lambda value: base64.urlsafe_b64encode(b"\1" * 90).decode().rstrip("="))


def answer_of_another_ask(case):
    door = case.behind_the_password()
    return door.post(ask="AAAAAAAAAAAAAAAAAAAAAAA", answer="123456")


def back_button(case):
    """The form of the password once more, when its answer was given and the next question waits: its cookie is an older one."""
    door = case.door()
    first, csrf = door.ask, door.csrf
    door.sign_in(case.person)
    door.csrf = csrf
    return door.post(ask=first["id"], user=case.person.user, password="wrong")


# what is done, status, text id ("denied" or "error"), record of the audit, counter
TABLE = [
    (unknown_name, 401, "sign_in_failed", "password_refused", 'spom_logins_total{outcome="wrong_password"}'),
    (wrong_password, 401, "sign_in_failed", "password_refused", 'spom_logins_total{outcome="wrong_password"}'),
    (empty_password, 401, "sign_in_failed", "password_refused", 'spom_logins_total{outcome="wrong_password"}'),
    (filter_in_the_name, 401, "sign_in_failed", "password_refused", 'spom_logins_total{outcome="wrong_password"}'),
    (dn_in_the_name, 401, "sign_in_failed", "password_refused", 'spom_logins_total{outcome="wrong_password"}'),
    (markup_in_the_name, 401, "sign_in_failed", "password_refused", 'spom_logins_total{outcome="wrong_password"}'),
    (line_in_the_name, 400, "malformed", None, None),
    (wrong_code, 401, "code_wrong", "code_refused", 'spom_logins_total{outcome="wrong_code"}'),
    (used_code, 401, "code_used", "code_replayed", 'spom_logins_total{outcome="replayed_code"}'),
    (wrong_recovery_code, 401, "recovery_wrong", "code_refused", 'spom_logins_total{outcome="wrong_code"}'),
    (no_csrf, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
    (foreign_csrf, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
    (login_csrf, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
    (forged_login_cookie, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
    (truncated_login_cookie, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
    (invented_login_cookie, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
    (answer_of_another_ask, 409, "not_pending", None, None),
    (back_button, 401, "form_expired", "login_denied", 'spom_logins_total{outcome="denied"}'),
]


@pytest.mark.parametrize("done, status, text, event, counter", TABLE, ids=[row[0].__name__ for row in TABLE])
def test_what_comes_of_it(full, somebody, codes, done, status, text, event, counter):
    case = Case(full, somebody(), codes)
    figures, records = metrics(full), len(audit(full))
    answer = done(case)
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert text in (body.get("denied"), body.get("error")) or (status == 409 and "ask" in body), answer.text
    assert "<script" not in answer.text and "set-cookie: x" not in str(answer.headers).lower()
    new = audit(full)[records:]
    if event:
        assert event in [record["event"] for record in new], new
        assert metrics(full)[counter] > figures.get(counter, 0)
    assert not [record for record in new if record["event"] == "signed_in" and done is not used_code]


def test_unknown_and_known_names_get_the_same_answer(full, somebody, codes):
    """Byte for byte, but for what is random by itself."""
    case = Case(full, somebody(), codes)

    def shape(answer):
        return answer.status_code, re.sub(r'"(id|csrf|trace)":"[^"]*"', "", answer.text), sorted(answer.headers)
    assert shape(wrong_password(case)) == shape(unknown_name(case))


@pytest.mark.parametrize("names", ["known", "unknown"])
def test_tries_have_to_wait_alike(full, somebody, codes, names):
    """Five are free; then both kinds of names wait, and nobody learns which kind it was."""
    case = Case(full, somebody(), codes)
    user = case.person.user if names == "known" else f"not-{case.person.user}"
    statuses = [case.door().post(user=user, password="wrong").status_code for _ in range(7)]
    assert statuses[:5] == [401] * 5 and statuses[5] == 429, statuses
    answer = case.door().post(user=user, password="wrong")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["denied"] == "try_later"


SPELLINGS = ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil.example",
             "https:/evil.example", "javascript:alert(1)", "data:text/html,x", "/%2f/evil.example", "//evil%2eexample", "/\tevil",
             "/\n/evil.example", " //evil.example", "http://localhost@evil.example", "http://localhost:8080@evil.example/",
             "https://localhost.evil.example", "//localhost:1/", "http://[::1]/", "//%5cevil.example", "/.//evil.example",
             "/..//evil.example", "ftp://localhost", "HTTPS://EVIL.example", "//\u2025evil.example", "/" + "a" * 3000]


@pytest.mark.parametrize("where", SPELLINGS)
def test_no_sign_in_leads_elsewhere(full, somebody, codes, where):
    """next in every spelling that a browser could read as another host."""
    from urllib.parse import urljoin, urlsplit
    person = somebody()
    browser = full.browser()
    page = browser.get("/login", params={"next": where}).text
    fields = dict(re.findall(r'name="(csrf|ask)" value="([^"]*)"', page))
    answer = browser.post("/login", params={"next": where}, data=fields | {"user": person.user, "password": person.password})
    for _ in range(3):
        if answer.status_code == 303:
            break
        fields = dict(re.findall(r'name="(csrf|ask)" value="([^"]*)"', answer.text))
        answer = browser.post("/login", params={"next": where}, data=fields | {"answer": codes.next(person)})
    assert answer.status_code == 303, answer.text
    leads_to = urlsplit(urljoin(full.portal + "/login", answer.headers["Location"].replace("\\", "/")))
    assert f"{leads_to.scheme}://{leads_to.netloc}" in (full.portal, full.json["portal_https"])
