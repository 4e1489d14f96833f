"""A campus application behind forward-auth, opened as people do it: the browser itself decides which redirects it follows."""
import pytest

from test_second_factor import keep_codes, set_up
from wellmade import assert_well_made


def at(campus, name="app", https=False):
    """The address of an application."""
    if https:
        return campus.json["portal_https"].replace("//localhost", f"//{name}.localhost")
    return campus.json["app"].replace("//app.", f"//{name}.")


def arrive(window, person):
    """At the sign-in page, to which an application has led."""
    window.one("#user").send_keys(person.user)
    window.one("#password").send_keys(person.password)
    window.click("form button[type=submit]")


@pytest.mark.parametrize("https", [False, True])
def test_from_the_application_through_the_sign_in_and_back(campus, open_browser, https):
    window = open_browser(https=https)
    app = at(campus, https=https)
    window.driver.get(app + "/books?q=1")
    assert window.path.startswith("/login?next=%2Fhand-over")
    arrive(window, campus.person(role="student"))
    assert window.driver.current_url == app + "/books?q=1", window.complaints()
    assert campus.person(role="student").user in window.text("table")
    window.driver.get(app + "/more")            # and no detour any more
    assert window.driver.current_url == app + "/more"
    assert window.complaints() == []


def test_signed_in_at_the_portal_and_out_again(campus, open_browser):
    window = open_browser()
    person = campus.person(role="student")
    window.sign_in(person.user, person.password)
    window.driver.get(at(campus) + "/x")
    assert person.user in window.text("table")
    window.go("/")
    window.click("header form button")
    window.driver.get(at(campus) + "/x")
    assert window.path.startswith("/login?next=%2Fhand-over")


@pytest.mark.parametrize("name", ["reports", "grades"])
def test_an_application_that_is_closed_to_somebody(campus, open_browser, name):
    window = open_browser()
    person = campus.person(role="student")
    window.driver.get(at(campus, name) + "/")
    arrive(window, person)
    assert window.one("h1").text == "This is not open to you"
    assert name.capitalize() in window.text(".lead") and f"{name}." in window.text("code")
    window.screenshot(f"application-{name}")
    assert_well_made(window, f"application-{name}")
    window.click(".actions a")
    assert window.path == ("/security" if name == "grades" else "/"), "where a second factor can be had, where that is what is missing"


def test_a_ticket_that_is_stale_is_told_on_the_applications_host(campus, open_browser):
    window = open_browser()
    window.driver.get(at(campus) + "/-/spom/ticket?t=" + "A" * 43)
    assert window.one("h1").text == "Please open the application again"
    window.screenshot("application-stale")
    assert_well_made(window, "application-stale")
    window.click(".actions a")
    assert window.path.startswith("/login?next=%2Fhand-over")


def test_a_second_factor_is_set_up_on_the_way(campus, open_browser):
    """The application asks for more than the password with which the person is signed in; on a phone."""
    window = open_browser(width=360)
    person = campus.person(user="lpetit", state="no_factor")
    window.sign_in(person.user, person.password)
    window.driver.get(at(campus, "grades") + "/marks?of=me")
    assert window.path.startswith("/login?act=") and "asks for more than a password" in window.text("main")
    window.screenshot("step-up-360")
    assert_well_made(window, "step-up-360")
    window.one("#password").send_keys(person.password)
    window.click("form button[type=submit]")
    set_up(window, person.user)
    keep_codes(window)
    assert window.driver.current_url == at(campus, "grades") + "/marks?of=me", "where the person wanted to go"
    assert person.user in window.text("table") and window.complaints() == []
