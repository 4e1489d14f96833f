"""Codes, setting up a device, recovery codes: as people with a browser and a telephone meet them."""
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.keys import Keys

from campus.codes import code, step_now, wrong
from pixels import scan
from wellmade import assert_fits, assert_well_made


def scanned(window):
    """What a telephone learns from the picture on the screen: (secret, address)."""
    window.run("document.querySelector('.qr').scrollIntoView({block: 'center'})")
    found = scan(window.driver.get_screenshot_as_png())
    assert len(found) == 1, "one picture to scan"
    return parse_qs(urlsplit(found[0]).query)["secret"][0], found[0]


def set_up(window, user):
    """Through the three steps of enrolment; gives the new authenticator."""
    secret, address = scanned(window)
    assert user in address and address.startswith("otpauth://totp/")
    window.one("#name").send_keys("Telephone")
    window.answer(code(secret, step_now()))
    return SimpleNamespace(user=user, totp=secret)


def keep_codes(window):
    """The sheet of recovery codes: read, ticked, and on. The codes."""
    kept = [item.text for item in window.all(".codes code")]
    assert len(set(kept)) == 10
    window.one("label[for=kept]").click()
    window.click("form button.button:not(.print)")
    return kept


@pytest.mark.parametrize("https", [False, True])
def test_signing_in_with_a_code(open_full, somebody, codes, https):
    person, window = somebody(), open_full(https=https)
    window.go("/sessions")
    window.sign_in(person.user, person.password, path=window.path)
    assert window.text("h1") == "Type the code" and "Phone" in window.text("#device")
    assert_well_made(window, "the code")
    assert window.focused().get_attribute("id") == "answer"
    window.follow(lambda: window.press(codes.next(person), Keys.ENTER))
    assert window.path == "/sessions", "where the person wanted to go"
    assert "password and a second factor" in window.text(".here")


def test_wrong_and_used_codes(open_full, somebody, codes):
    person, window = somebody(), open_full(https=True)
    window.sign_in(person.user, person.password)
    window.answer(wrong(person))
    assert_well_made(window, "a wrong code")
    assert "That is not a code of your device" in window.text("#summary")
    assert window.one("#answer").get_attribute("value") == "" and "summary" in window.one("#answer").get_attribute("aria-describedby")
    window.one("#summary a").click()
    window.follow(lambda: window.press(codes.next(person, first=step_now()), Keys.ENTER))
    assert window.path == "/"
    other = open_full(width=360, dark=True)
    other.sign_in(person.user, person.password)
    other.answer(codes.last(person))
    assert "That code has been used" in other.text("#summary")
    assert_well_made(other, "a used code")


@pytest.mark.parametrize("user, options", [("lpetit", {"width": 360, "dark": True}), ("bjansen", {"https": True, "scripts": False})])
def test_the_first_device(full, open_full, codes, user, options):
    """From the first sign-in to the second one, and when the telephone is lost: on a phone in the dark, and without scripts."""
    person, window = full.person(user=user), open_full(**options)
    window.sign_in(person.user, person.password)
    assert window.text("h1") == "Set up your second factor"
    assert_well_made(window, "enrolment")
    window.answer("000000")
    assert "That code does not fit" in window.text("#summary"), "nothing is set up with a code that is none"
    device = set_up(window, person.user)
    assert window.text("h1") == "Your recovery codes"
    assert_well_made(window, "the sheet")
    kept = keep_codes(window)
    assert window.path == "/" and person.name in window.text("h1")
    window.go("/security")
    assert_well_made(window, "security")
    assert "Telephone" in window.text(".cards") and "10 codes are left" in window.text("main")
    window.click("header form button")

    window.sign_in(person.user, person.password)
    codes.skip(device)
    window.answer(codes.next(device))
    assert window.path == "/"
    window.click("header form button")

    window.sign_in(person.user, person.password)
    window.click("button[value=choose]")
    assert "10 are left" in window.text("main")
    window.click("button[value=recovery]")
    window.answer("aaaa-bbbb-cccc-dddd")
    assert "not one of your recovery codes" in window.text("#summary")
    assert_well_made(window, "a wrong recovery code")
    window.answer(kept[3].upper().replace("-", " "))
    assert window.path == "/", "however it is typed"
    window.go("/security")
    assert "9 codes are left" in window.text("main")


def test_a_device_more_one_less(open_full, somebody, codes):
    """Each act takes a proof of its own, and says what it is for."""
    person, window = somebody(), open_full(https=True)
    window.sign_in_fully(person, codes)
    window.go("/security")
    window.click("form[action$='/add'] button")
    assert "You are about to add a device." in window.text("main")
    assert_well_made(window, "a proof")
    window.answer(codes.next(person))
    set_up(window, person.user)
    assert window.path.startswith("/security?done=") and "The device is set up" in window.text("[role=status]")
    names = [heading.text for heading in window.all(".cards h3")]
    assert len(names) == 2 and "Telephone" in names
    card = next(card for card in window.all(".cards .card") if card.find_element("tag name", "h3").text == "Telephone")
    card.find_element("css selector", "summary").click()
    assert_fits(window, "renaming")
    field = card.find_element("css selector", "input[name=name]")
    field.clear()
    field.send_keys("<b>New</b> phone")
    window.follow(card.find_element("css selector", "form[action$='/rename'] button").click)
    assert "You are about to rename a device." in window.text("main")
    window.click(".leave a")
    assert window.path == "/security" and "<b>New</b>" not in window.text("main"), "stopped in time"


def test_new_recovery_codes(open_full, somebody, codes):
    person, window = somebody(), open_full()
    window.sign_in_fully(person, codes)
    window.go("/security")
    assert "You have no recovery codes" in window.text("main")
    window.click("form[action$='/recovery'] button")
    window.answer(codes.next(person))
    kept = keep_codes(window)
    assert "Your new recovery codes are valid" in window.text("[role=status]") and "10 codes are left" in window.text("main")
    assert not any(one in window.driver.page_source for one in kept)
    window.driver.back()
    assert not any(one in window.driver.page_source for one in kept), "not by the back button either"


def test_by_keyboard_alone(open_full, somebody, codes):
    """From the first page to the profile and out again, without a mouse."""
    person, window = somebody(), open_full(https=True)
    window.go("/login")
    window.follow(lambda: window.press(person.user, Keys.TAB, person.password, Keys.ENTER))
    window.follow(lambda: window.press(codes.next(person), Keys.ENTER))
    window.press(Keys.TAB, Keys.TAB, Keys.TAB)
    assert window.focused().text == "Sign out"
    window.follow(lambda: window.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER))
    assert window.path == "/profile"
    window.press(Keys.TAB, Keys.ENTER)
    window.press(Keys.TAB)
    assert window.run("return document.activeElement.closest('main') !== null"), "the first link leads past the menu"
    outline = window.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline not in ("none", "")
    field = window.one("[name=preferred_name]")
    window.run("arguments[0].focus()", field)
    window.follow(lambda: window.press(Keys.CONTROL + "a", Keys.NULL, "Somebody Else", Keys.ENTER))
    assert "saved" in window.text("[role=status]")
    window.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    window.follow(lambda: window.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER))
    assert window.path == "/login?done=signed_out"


def test_two_tabs(open_full, somebody, codes):
    """The same question in both: one answers it, the other is told so and goes on."""
    person, window = somebody(), open_full()
    window.sign_in(person.user, person.password)
    first = window.driver.current_window_handle
    window.driver.switch_to.new_window("tab")
    window.go("/login")
    assert window.text("h1") == "Type the code"
    window.answer(codes.next(person))
    assert window.path == "/"
    window.driver.switch_to.window(first)
    window.answer(codes.next(person))
    assert_well_made(window, "the other tab")
    assert window.text("h1") == "You are still signed in" and not window.all(".problem"), "nothing went wrong"
    window.click(".person .button")
    assert window.path == "/"


def test_back_and_reload(open_full, somebody, codes):
    person, window = somebody(), open_full(https=True)
    window.sign_in_fully(person, codes)
    window.driver.back()
    assert window.path == "/login" and window.text("h1") == "You are still signed in", "not the browser's words about forms"
    window.click(".person .button")
    assert person.user in window.text("main")
    window.click("header form button")
    window.sign_in(person.user, person.password)
    window.answer(wrong(person))
    window.driver.refresh()
    assert window.text("h1") == "Type the code", "a guess is not sent again"
    window.driver.back()
    assert window.text("h1") == "Type the code", "nor is the password"
    assert window.one("#answer").get_attribute("value") == ""
    window.answer(codes.next(person))
    assert window.path == "/"


def test_a_double_click(open_full, somebody, codes):
    """Two answers arrive, one counts, and nobody sees an error."""
    person, window = somebody(), open_full()
    window.sign_in(person.user, person.password)
    window.one("#answer").send_keys(codes.next(person))
    window.follow(lambda: window.double_click("form button[type=submit]"))
    assert window.path == "/" and person.user in window.text("main")
