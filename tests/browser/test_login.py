"""Signing in as people do it: with and without scripts, by keyboard, on a phone, in the dark, in German."""
import pytest
from selenium.webdriver.common.keys import Keys

from wellmade import assert_well_made

def notice_person(campus):
    """Somebody whose password soon expires."""
    return next(person for person in campus.people
                if person.state == "active" and campus.bind(person.user, person.password).expires_s is not None)


def well_made(window, name):
    """What holds for every page; and a picture of it."""
    window.screenshot(name)
    assert_well_made(window, name)


def walk(window, campus, name):
    """Every page that there is, once."""
    person = campus.person(role="student")
    window.go("/")
    assert window.path.startswith("/login?next=")
    well_made(window, f"sign-in-{name}")
    window.sign_in(person.user, "not the password")
    well_made(window, f"refused-{name}")
    window.sign_in(person.user, person.password)
    well_made(window, f"home-{name}")
    window.go("/login")
    well_made(window, f"signed-in-already-{name}")
    window.go("/no-such-page")
    well_made(window, f"not-found-{name}")
    window.go("/")
    window.click("header form button")
    well_made(window, f"signed-out-{name}")
    soon = notice_person(campus)
    window.sign_in(soon.user, soon.password)
    well_made(window, f"notice-{name}")


@pytest.mark.parametrize("name, options", [
    ("light", {}), ("dark", {"dark": True}), ("phone", {"width": 360, "height": 740}),
    ("phone-dark-german", {"width": 360, "height": 740, "dark": True, "lang": "de"}), ("smallest", {"width": 320, "height": 568}),
    ("wide", {"width": 1600, "height": 1000}),
])
def test_every_page_is_well_made(campus, open_browser, name, options):
    walk(open_browser(**options), campus, name)


def test_a_person_signs_in_and_out(campus, open_browser):
    person, window = campus.person(role="student"), open_browser()
    window.go("/")
    assert window.focused().get_attribute("id") == "user"
    window.sign_in(person.user, person.password, path="/login?next=%2F%3Fa%3Db")
    assert window.path == "/?a=b"
    assert person.name in window.text("h1")
    assert person.user in window.text("dl")
    window.click("header form button")
    assert "You are signed out" in window.text("[role=status]")
    window.go("/")
    assert window.path.startswith("/login")
    window.driver.back()
    assert person.name not in window.text(), "what was shown is not kept"


def test_a_wrong_password(campus, open_browser):
    person, window = campus.person(role="student"), open_browser()
    window.sign_in(person.user, "wrong", path="/login?next=%2F%3Fa%3Db")
    assert "not activated" in window.text("[role=alert]")
    assert window.focused().get_attribute("id") == "summary"
    assert window.one("#user").get_attribute("value") == person.user
    assert window.one("#password").get_attribute("value") == ""
    assert "summary" in window.one("#password").get_attribute("aria-describedby")
    window.one("#summary a").click()
    assert window.focused().get_attribute("id") == "user"
    window.follow(lambda: window.one("#password").send_keys(person.password, Keys.ENTER))
    assert window.path == "/?a=b"


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_without_scripts(campus, open_browser, https):
    person, window = campus.person(role="employee"), open_browser(scripts=False, https=https)
    window.sign_in(person.user, "wrong")
    assert not window.one(".reveal button").is_displayed(), "what needs a script is not there"
    window.screenshot(f"without-scripts-{'https' if https else 'http'}")
    window.sign_in(person.user, person.password)
    assert person.name in window.text("h1")
    cookies = {cookie["name"]: cookie for cookie in window.driver.get_cookies()}
    name = "__Host-spom" if https else "spom"
    assert set(cookies) == {name, name + "_device"}
    assert all(cookie["httpOnly"] and cookie["secure"] == https for cookie in cookies.values())
    window.click("header form button")
    assert window.path == "/login?done=signed_out"


def test_by_keyboard_alone(campus, open_browser):
    person, window = campus.person(role="student"), open_browser()
    window.go("/login")
    window.follow(lambda: window.press(person.user, Keys.TAB, "wrong", Keys.ENTER))
    assert window.focused().get_attribute("id") == "summary"
    seen = []
    for _ in range(4):
        window.press(Keys.TAB)
        seen.append(window.focused().get_attribute("id") or window.focused().tag_name)
        outline = window.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline not in ("none", ""), f"the focus on {seen[-1]} cannot be seen"
    assert seen == ["a", "user", "password", "button"], seen
    window.follow(lambda: window.one("#password").send_keys(person.password, Keys.ENTER))
    assert person.name in window.text("h1")
    window.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    window.press(Keys.TAB)
    assert window.focused().get_attribute("class") == "skip"
    window.follow(lambda: window.press(Keys.TAB, Keys.TAB, Keys.ENTER))
    assert window.path == "/login?done=signed_out"


def test_the_password_can_be_shown(open_browser):
    window = open_browser()
    window.go("/login")
    window.one("#password").send_keys("seven quiet pigeons")
    button = window.one(".reveal button")
    assert button.text == "Show"
    button.click()
    assert window.one("#password").get_attribute("type") == "text" and button.text == "Hide"
    assert button.get_attribute("aria-pressed") == "true" and window.focused().get_attribute("id") == "password"
    button.click()
    assert window.one("#password").get_attribute("type") == "password"


def test_what_password_managers_look_for(open_browser):
    window = open_browser()
    window.go("/login")
    assert window.one("#user").get_attribute("autocomplete") == "username"
    assert window.one("#password").get_attribute("autocomplete") == "current-password"
    window.run("navigator.clipboard || 1; document.getElementById('password').setRangeText('pasted')")
    assert window.one("#password").get_attribute("value") == "pasted"


def test_a_notice_comes_before_the_portal(campus, open_browser):
    person, window = notice_person(campus), open_browser()
    window.sign_in(person.user, person.password, path="/login?next=%2F%3Fa%3Db")
    assert "expires" in window.text("main")
    window.go("/login")
    assert "expires" in window.text("main"), "it is still what waits"
    window.click("main button")
    assert person.name in window.text("h1")


def test_signing_in_over_somebody_else(campus, open_browser):
    first, second, window = campus.person(role="student"), campus.person(role="employee"), open_browser()
    window.sign_in(first.user, first.password)
    window.go("/login")
    assert f"Continue as {first.name}" in window.text("main")
    window.sign_in(second.user, second.password)
    assert first.name in window.text("main"), "it is asked first"
    window.click("main button")
    assert second.name in window.text("h1")


def test_in_german(campus, open_browser):
    person, window = campus.person(role="student"), open_browser(lang="de")
    window.go("/login")
    assert window.one("html").get_attribute("lang") == "de"
    assert window.text("h1") == "Anmelden"
    window.sign_in(person.user, person.password)
    assert window.text("h1") == f"Hallo, {person.name}"


def test_it_prints(campus, open_browser):
    person, window = campus.person(role="student"), open_browser()
    window.sign_in(person.user, person.password)
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not window.one("header form").is_displayed() and window.one("dl").is_displayed()
    window.screenshot("home-print")
