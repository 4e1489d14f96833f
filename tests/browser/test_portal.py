"""The portal as its people use it: the own record, sessions, what happened, and applications behind it."""
import pytest

from wellmade import assert_well_made


@pytest.fixture
def signed_in(open_full, somebody, codes):
    """signed_in(...): (person, window)."""
    def sign_in(path="/", person=None, **options):
        person, window = person or somebody(), open_full(**options)
        window.sign_in_fully(person, codes, path=f"/login?next={path}")
        assert window.path == path
        return person, window
    return sign_in



def type_into(window, name, *values):
    for field, value in zip(window.all(f"[name={name}]"), values):
        field.clear()
        field.send_keys(value)


def save(window):
    window.click("main form.form button[type=submit]")


@pytest.mark.parametrize("https, scripts", [(False, True), (True, False)])
def test_every_page_of_a_person(signed_in, https, scripts):
    _, window = signed_in(https=https, scripts=scripts, width=320)
    for path in ("/", "/profile", "/security", "/sessions", "/activity"):
        window.go(path)
        assert_well_made(window, path)
        assert window.all("nav [aria-current=page]")


@pytest.mark.parametrize("https, scripts", [(False, False), (True, True)])
def test_the_own_record(signed_in, https, scripts):
    """What is wrong is said at its field, and nothing that was typed is lost; what is right is there at once."""
    _, window = signed_in("/profile", https=https, scripts=scripts)
    type_into(window, "preferred_name", "Ada <b>&amp;</b> \"Bob\"")
    type_into(window, "mobile", "call me")
    save(window)
    assert_well_made(window, "a number that is none")
    assert "Please begin with + and the code of the country" in window.text("#p-mobile")
    assert window.one("[name=preferred_name]").get_attribute("value") == "Ada <b>&amp;</b> \"Bob\""
    assert window.one("[name=mobile]").get_attribute("value") == "call me"
    window.one("#summary a").click()
    assert window.focused().get_attribute("id") == "f-mobile"
    type_into(window, "mobile", "+49 170 7654321", "+49 170 1112222")
    save(window)
    assert "Your changes are saved" in window.text("[role=status]")
    assert_well_made(window, "saved")
    assert [field.get_attribute("value") for field in window.all("[name=mobile]")] == ["+49 170 7654321", "+49 170 1112222", ""]
    window.go("/")
    assert window.text("h1") == "Hello, Ada <b>&amp;</b> \"Bob\""


def test_a_record_that_two_windows_change(signed_in):
    """The second is told, keeps what was typed, and overwrites nothing unseen."""
    _, window = signed_in("/profile", https=True)
    first = window.driver.current_window_handle
    window.driver.switch_to.new_window("tab")
    window.go("/profile")
    type_into(window, "mobile", "+49 170 1000001")
    save(window)
    window.driver.switch_to.window(first)
    type_into(window, "mobile", "+49 170 2000002")
    save(window)
    assert_well_made(window, "changed elsewhere")
    text = window.text("main")
    assert "changed elsewhere" in text and "+49 170 2000002" in window.driver.page_source, text
    window.go("/profile")
    assert window.one("[name=mobile]").get_attribute("value") == "+49 170 1000001"


def test_sessions_here_and_there(signed_in, codes):
    person, window = signed_in("/sessions")
    _, other = signed_in("/", person=person, https=True, lang="de")
    window.go("/sessions")
    assert_well_made(window, "two sessions")
    cards = window.all(".cards .card")
    assert len(cards) == 2 and "This one" in window.text(".here")
    window.click(".cards form button")
    assert "That session has ended" in window.text("[role=status]") and len(window.all(".cards .card")) == 1
    other.go("/")
    assert other.path.startswith("/login"), "ended means now"
    other.sign_in_fully(person, codes)
    window.go("/sessions")
    window.click("form[action$='/end-others'] button")
    assert "You are signed in only here" in window.text("[role=status]")
    other.go("/profile")
    assert other.path.startswith("/login")


def test_what_happened(full, signed_in, somebody, open_full, codes):
    person, window = somebody(), open_full(https=True)
    window.sign_in(person.user, "a guess")
    window.sign_in_fully(person, codes)
    assert "one try to sign in as you failed" in window.text("main") or "Your last sign-in" in window.text("main")
    window.go("/activity")
    assert_well_made(window, "what happened")
    rows = [row.text for row in window.all("tbody tr")]
    assert "Signed in" in rows[0] and "A wrong password" in rows[1] and "failed" in rows[1], rows
    assert full.browser().get("/activity.csv").status_code in (303, 401), "for nobody else"


def test_out_and_back(signed_in):
    """Nobody sees by the back button what somebody saw."""
    person, window = signed_in("/profile", https=True)
    window.go("/security")
    window.click("header form button")
    assert window.path == "/login?done=signed_out"
    for _ in range(2):
        window.driver.back()
        assert person.user not in window.text() and "Your devices" not in window.text()


@pytest.mark.parametrize("https", [False, True])
def test_an_application_after_a_code(full, open_full, somebody, codes, https):
    """From the application to the sign-in and back; and closed from the next request on when the person signs out."""
    person, window = somebody(), open_full(https=https)
    app = window.portal.replace("//localhost", "//app.localhost")
    window.driver.get(app + "/books?q=1")
    assert window.path.startswith("/login?next=") and "Library" in window.text(".act")
    assert_well_made(window, "for an application")
    window.one("#user").send_keys(person.user)
    window.one("#password").send_keys(person.password)
    window.click("form button[type=submit]")
    window.answer(codes.next(person))
    assert window.driver.current_url == app + "/books?q=1"
    assert person.user in window.text("table")
    window.go("/")
    window.click("header form button")
    window.driver.get(app + "/books")
    assert window.path.startswith("/login?next=")
