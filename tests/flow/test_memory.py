"""What a stolen memory image of front would give away: nothing of those who have signed in through it."""
import re
import secrets
import threading

import pytest

from campus.memory import assert_forgotten, memory
from conftest import plain
from door import JSON, Door

TRIES = 24          # more than once through several of front's threads


@pytest.fixture(scope="module")
def campus(campus):
    """Sanitizers map terabytes, and keep what was freed: the plain programs are looked at."""
    yield from plain(campus, "flow-plain")


def form_of(page):
    url = re.search(r'<form[^>]*action="(/login[^"]*)"', page.text).group(1)
    return url, dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text))


def in_parallel(run):
    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_image_is_read_at_all(campus):
    """What the process must know, its edge's secret, is found: a test that reads nothing would find nothing."""
    assert campus.json["edge"]["secret"].encode() in memory(campus.pid("spom-front-door"))


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "page"])
def test_passwords_and_cookies_are_forgotten(campus, as_json):
    person = campus.person(role="student")
    wrong = "wrong" + secrets.token_hex(16)         # letters that no encoding changes
    needles = {"wrong password": wrong, "password": person.password, "encoded": person.password.replace(" ", "+"),
               "percent": person.password.replace(" ", "%20")}

    def knock():
        for _ in range(TRIES // 6):
            sign_in(campus, f"nobody-{secrets.token_hex(4)}", wrong, as_json, needles)      # the person's own tries are counted
            sign_in(campus, person.user, person.password, as_json, needles)

    in_parallel(knock)
    assert any(what.startswith("spom ") for what in needles), "nobody was signed in"
    assert_forgotten(campus.pid("spom-front-door"), needles)


def sign_in(campus, user, password, as_json, needles):
    door = Door(campus)
    if as_json:
        door.get()
        note(door.browser, needles)
        answer = door.post(user=user, password=password)
    else:
        url, hidden = form_of(door.browser.get("/login"))
        note(door.browser, needles)
        answer = door.browser.post(url, hidden | {"user": user, "password": password})
    assert answer.status_code in (200, 303, 401), answer.text
    note(door.browser, needles)
    door.home()


def note(browser, needles):
    needles.update({f"{cookie.name} {len(needles)}": cookie.value for cookie in browser.cookies if cookie.value})


def test_refused_requests_are_forgotten(campus):
    """Also what was never carried out: too large, of another kind, to a page that is not there."""
    needle = "refused" + secrets.token_hex(16)
    browser = campus.browser()
    for path, kind, body in (("/login", "text/plain", needle), ("/nothing", "application/json", needle),
                             ("/login", "application/x-www-form-urlencoded", f"password={needle}&user=%zz"),
                             ("/login", "application/x-www-form-urlencoded", f"password={needle}&x=" + "y" * 20000)):
        for _ in range(4):
            browser.post(path, data=body, headers=JSON | {"Content-Type": kind, "Cookie": f"spom={needle}"})
    assert_forgotten(campus.pid("spom-front-door"), {"needle": needle})


def test_check_forgets_the_cookie(campus):
    needle = "checked" + secrets.token_hex(16)
    for _ in range(TRIES):
        answer = campus.browser().get("/check", headers={"Cookie": f"spom={needle}"})
        assert answer.status_code == 401
    assert_forgotten(campus.pid("spom-front-check"), {"needle": needle})
