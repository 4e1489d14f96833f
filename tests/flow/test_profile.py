"""The own record, read and written as the person: what the directory says is what counts, and what is shown is text."""
import re

import pytest

from door import JSON, Door

PAGE = {"Accept": "text/html"}


@pytest.fixture
def inside(campus, request):
    """Somebody signed in: (door, person). The tests of this file share people, so each puts back what it changed."""
    person = campus.person(role=getattr(request, "param", "student"))
    door = Door(campus)
    assert door.sign_in(person).json()["done"] is True
    return door, person


def profile(door):
    return door.browser.get("/profile", headers=JSON).json()


def field(page, name):
    return next(row for row in page["fields"] if row["name"] == name)


def values(page, name):
    return [row["value"] for row in field(page, name)["values"]]


def save(door, version=None, **fields):
    """The form as a script posts it: each field a text, or a list of them; one that is not named stays as it is."""
    page = profile(door)
    changes = [{"name": name, "value": one} for name, some in fields.items() for one in ([some] if isinstance(some, str) else some)]
    return door.browser.post("/profile", headers=JSON | {"X-CSRF-Token": page["frame"]["csrf"]},
                             json={"version": version or page["version"], "changes": changes})


def post_page(door, version=None, **fields):
    """The form as a browser posts it."""
    page = profile(door)
    return door.browser.post("/profile", headers=PAGE, data={
        "csrf": page["frame"]["csrf"], "version": version or page["version"], **fields})


def entry(campus, person):
    [(_, found)] = campus.ldap().search_s(campus.dn(person.user), 0, "(objectClass=*)", ["*", "modifiersName"])
    return {name: [value.decode() for value in some] for name, some in found.items() if name != "jpegPhoto"}


def test_what_is_saved_stands_in_the_directory_and_the_person_wrote_it(campus, inside):
    door, person = inside
    before = values(profile(door), "mobile")
    answer = save(door, mobile=["+49 170 123456", "+49 170 654321"], address="Mathilde Meyer\nHauptstraße 1\n10115 Berlin")
    assert answer.status_code == 200, answer.text
    found = entry(campus, person)
    assert set(found["mobile"]) == {"+49 170 123456", "+49 170 654321"}
    assert found["postalAddress"] == ["Mathilde Meyer$Hauptstraße 1$10115 Berlin"]
    assert found["modifiersName"] == [campus.dn(person.user)], "written as the person, by nobody else"
    assert values(profile(door), "address") == ["Mathilde Meyer\nHauptstraße 1\n10115 Berlin"]
    assert save(door, mobile=before, address="").status_code == 200
    assert "postalAddress" not in entry(campus, person)


def test_a_page_says_that_it_is_saved(inside):
    door, _ = inside
    answer = post_page(door, link="https://example.org/me")
    assert answer.status_code == 303 and answer.headers["Location"] == "/profile?done=profile_saved", answer.text
    page = door.browser.get(answer.headers["Location"], headers=PAGE).text
    assert 'value="https://example.org/me"' in page
    assert post_page(door, link="").headers["Location"] == "/profile?done=profile_saved"
    assert post_page(door).headers["Location"] == "/profile?done=nothing_changed"


def test_what_nobody_may_write_is_refused(campus, inside):
    door, person = inside
    before = entry(campus, person)
    for name in ("name", "affiliation", "mail", "photo", "no_such_field", "userPassword", "cn"):
        answer = save(door, **{name: "mallory"})
        assert answer.status_code in (400, 422, 200), (name, answer.text)
        assert entry(campus, person) == before, name


@pytest.mark.parametrize("name, wrong", [
    ("mobile", "call me maybe"), ("link", "javascript:alert(1)"), ("link", "data:text/html,x"), ("language", "tlh"),
    ("preferred_name", "x" * 61), ("room", "the big one")])
def test_what_is_wrong_is_said_at_its_field_and_kept(inside, name, wrong):
    door, _ = inside
    answer = save(door, **{name: wrong})
    assert answer.status_code == 422, answer.text
    assert [row["field"] for row in answer.json()["errors"]] == [name] and answer.json()["errors"][0]["text"], answer.text
    page = post_page(door, **{name: wrong})
    assert page.status_code == 422
    control = re.search(rf'<[a-z]+[^>]*\bid="[^"]*"[^>]*name="{name}"[^>]*>', page.text) or re.search(
        rf'<[a-z]+[^>]*name="{name}"[^>]*>', page.text)
    assert control and 'aria-invalid="true"' in control.group(0), page.text
    described = re.search(r'aria-describedby="([^"]+)"', control.group(0)).group(1)
    assert all(f'id="{one}"' in page.text for one in described.split())
    if name != "language":
        assert wrong.replace("&", "&amp;") in page.text, "what was typed is not lost"


def test_the_directorys_own_refusal_is_said_at_the_field(campus, inside):
    """A student has no office: the catalogue lets it through, the directory's rules do not."""
    door, person = inside
    before = entry(campus, person)
    answer = save(door, room="M 1.23", mobile=["+49 170 999999"])
    assert answer.status_code == 422, answer.text
    assert [(row["field"], row["problem"]) for row in answer.json()["errors"]] == [("room", "value_forbidden")], answer.text
    assert entry(campus, person) == before, "all or nothing"


def test_a_record_changed_by_two_is_noticed_and_nothing_overwritten(campus, inside):
    door, person = inside
    other = Door(campus)
    other.sign_in(person)
    before = values(profile(door), "mobile")
    version = profile(door)["version"]
    assert save(other, mobile=["+49 170 111111"]).status_code == 200
    answer = save(door, version=version, mobile=["+49 170 222222"])
    assert answer.status_code in (409, 422), answer.text
    assert "record_changed" in answer.text
    assert entry(campus, person)["mobile"] == ["+49 170 111111"]
    page = post_page(door, version=version, mobile="+49 170 222222")
    assert page.status_code in (409, 422)
    assert "+49 170 222222" in page.text and "+49 170 111111" in page.text, "both are shown"
    assert save(door, mobile=before).status_code == 200


NASTY = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{csrf}}{{#if x}}", "*)(uid=*", "a,dc=example",
         "%s%n%x", "=cmd|' /C calc'!A0", "'; DROP TABLE people; --", "${jndi:ldap://x}", "Müller & Söhne <b>", "\u202eevil"]


@pytest.mark.parametrize("value", NASTY)
def test_metacharacters_are_text_everywhere(campus, inside, value):
    door, person = inside
    before = values(profile(door), "preferred_name")
    answer = save(door, preferred_name=value)
    try:
        if answer.status_code != 200:       # refused in words is as good: it stands nowhere then
            assert answer.status_code == 422
            page = post_page(door, preferred_name=value).text
        else:
            assert entry(campus, person)["displayName"] == [value]
            page = door.browser.get("/profile", headers=PAGE).text + door.browser.get("/", headers=PAGE).text
        assert value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace(
            "'", "&#39;") in page or value in page
        for raw in ("<script>alert", "<img src=x", "<b>"):
            assert raw not in page
    finally:
        assert save(door, preferred_name=before[0]).status_code == 200


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=1", "a\x00b", "a\x1b[31m"])
def test_control_characters_go_nowhere(campus, inside, value):
    door, person = inside
    before = entry(campus, person)
    answer = save(door, preferred_name=value)
    assert answer.status_code in (400, 422), answer.text
    assert "x" not in door.browser.cookies
    assert entry(campus, person) == before


def test_the_language_is_the_pages(inside):
    door, _ = inside
    before = values(profile(door), "language")
    try:
        assert save(door, language="de").status_code == 200
        assert '<html lang="de"' in door.browser.get("/profile", headers=PAGE | {"Accept-Language": "en"}).text
        assert save(door, language="en").status_code == 200
        assert '<html lang="en"' in door.browser.get("/profile", headers=PAGE | {"Accept-Language": "de"}).text
    finally:
        save(door, language=before[0] if before else "")


def test_a_form_without_its_value_changes_nothing(campus, inside):
    door, person = inside
    page, before = profile(door), entry(campus, person)
    for csrf in ("", "foreign"):
        answer = door.browser.post("/profile", headers=JSON | {"X-CSRF-Token": csrf},
                                   json={"version": page["version"], "changes": [{"name": "mobile", "value": "+49 170 333333"}]})
        assert answer.status_code == 403, answer.text
    assert entry(campus, person) == before


def test_a_photo_is_the_persons_own(campus):
    person = next(person for person in campus.people if person.state == "active" and campus.ldap().search_s(
        campus.dn(person.user), 0, "(jpegPhoto=*)", ["uid"]))
    door = Door(campus)
    door.sign_in(person)
    answer = door.browser.get("/profile/photo")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
    assert answer.content[:3] == b"\xff\xd8\xff" and "no-store" in answer.headers["Cache-Control"]
    [(_, found)] = campus.ldap().search_s(campus.dn(person.user), 0, "(objectClass=*)", ["jpegPhoto"])
    assert answer.content == found["jpegPhoto"][0]
