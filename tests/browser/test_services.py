"""A registered service, opened as people do it: the browser itself decides where a form may lead, and what goes on by itself."""
import base64
import hashlib
import http.server
import secrets
import threading
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from campus.client import until
from flow.ctl import Ctl
from wellmade import assert_well_made

FORM = "application/x-www-form-urlencoded"


class Client(http.server.ThreadingHTTPServer):
    """The redirect URI of the demo's client, and what was sent there."""

    def __init__(self, campus):
        self.seen, self.paths, self.campus = [], [], campus
        super().__init__(("127.0.0.1", 0), Callback)
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def address(self, **more):
        asked = {"client_id": "demo-web", "redirect_uri": f"http://127.0.0.1:{self.server_port}/callback", "response_type": "code",
                 "scope": "openid profile", "state": secrets.token_urlsafe(16), "nonce": "n", "code_challenge": "A" * 43,
                 "code_challenge_method": "S256"} | more
        return f"{self.campus.portal}/oidc/authorize?{urlencode(asked, quote_via=quote)}", asked["state"]


class Callback(http.server.BaseHTTPRequestHandler):
    def do_GET(self):       # pylint: disable=invalid-name
        self.answer(self.path.partition("?")[2])

    def do_POST(self):      # pylint: disable=invalid-name
        assert self.headers["Content-Type"] == FORM
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def answer(self, told):
        self.server.paths.append(self.path)
        if urlsplit(self.path).path == "/callback":
            self.server.seen.append(({name: values[0] for name, values in parse_qs(told).items()}, self.headers.get("Referer")))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Course pages</title><h1>You are in</h1>")

    def log_message(self, *_):     # pylint: disable=arguments-differ
        pass


@pytest.fixture
def client(campus):
    with Client(campus) as running:
        yield running
        running.shutdown()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_from_the_service_through_the_sign_in_and_back(campus, open_browser, client, mode, scripts):
    """Behind the form of a sign-in no policy of ours stands in the way; without scripts a form is one click more."""
    window, person = open_browser(scripts=scripts), campus.person(role="student")
    address, state = client.address(response_mode=mode)
    window.driver.get(address)
    assert window.path.startswith("/login?next=%2Foidc%2Fauthorize")
    window.one("#user").send_keys(person.user)
    window.one("#password").send_keys(person.password)
    window.click("form button[type=submit]")
    if mode == "form_post" and not scripts:
        assert window.one("h1").text == "You are signed in" and "127.0.0.1" in window.text(".lead")
        for width in (1280, 360):
            window.resize(width)
            window.screenshot(f"onward-{width}")
        window.resize(1280)
        assert_well_made(window, "onward")
        window.click("form.onward button")
    until(lambda: "You are in" in window.text(), "the service's own page")
    told, referer = client.seen.pop()
    assert told["state"] == state and told["iss"] == campus.portal and len(told["code"]) == 43
    assert referer is None or "code" not in referer, "whoever is linked from there does not learn it"
    assert window.complaints() == []
    window.driver.get(client.address()[0])      # and from now on without a stop
    assert window.one("h1").text == "You are in" and client.seen.pop()[0]["code"]


@pytest.mark.parametrize("scripts", [True, False])
def test_signed_out_and_back(campus, open_browser, client, scripts):
    """The service asks for it, the person says so, and is led back behind the form by a page that goes on by itself."""
    window, person = open_browser(scripts=scripts), campus.person(user="yhaddad")
    window.sign_in(person.user, person.password)
    asked = urlencode({"client_id": "demo-web", "state": "x y", "post_logout_redirect_uri": f"http://127.0.0.1:{client.server_port}/bye"})
    window.go(f"/oidc/logout?{asked}")
    assert window.one("h1").text == "Sign out here, too?" and "Course pages" in window.text(".lead")
    for width in (1280, 360):
        window.resize(width)
        window.screenshot(f"leaving-{width}")
    assert_well_made(window, "leaving")
    window.click("form button[type=submit]")
    until(lambda: "You are in" in window.text(), "the service's own page")
    assert window.driver.current_url.endswith("/bye?state=x%20y") and window.complaints() == []
    window.go("/")
    assert window.path.startswith("/login"), "and here it is over"


@pytest.mark.parametrize("scripts", [True, False])
def test_signed_out_everywhere(campus, open_browser, client, scripts):
    """The browser itself opens the frames that the policy of this page allows, and the page says of each application what is known."""
    window, ctl, person = open_browser(scripts=scripts), Ctl(campus), campus.person(role="manager")
    origin, reason = f"http://127.0.0.1:{client.server_port}", ("--break-glass", "--reason", "a test")
    for name, option in (("photos", "front"), ("wiki", "back")):
        added = ctl.json("service", "add", name, "--label", name.capitalize(), "--redirect-uri", f"{origin}/callback", "--public",
                         f"--{option}channel-logout-uri", f"{origin}/{option}", *reason)
        if name == "photos":
            window.sign_in(person.user, person.password)
        window.driver.get(client.address(client_id=added["client_id"])[0])
    window.go("/")
    window.click("form[action='/logout'] button")
    assert window.path.startswith("/signed-out?of=") and window.one("h1").text == "You are signed out"
    until(lambda: any(path.startswith("/front?iss=") and "&sid=" in path for path in client.paths), "the frame is opened")
    until(lambda: window.driver.refresh() or "Signed out." in window.text("li:nth-child(1)"), "who is told by ourselves has heard it")
    assert "Photos" in window.text()
    for width in (1280, 360):
        window.resize(width)
        window.screenshot(f"left-{width}")
    assert_well_made(window, "left")
    assert window.complaints() == []
    for name in ("photos", "wiki"):
        ctl("service", "remove", name, *reason)
    ctl.close()


def test_a_page_that_is_a_client(campus, open_browser, client):
    """Another origin's page redeems its code with PKCE and reads who came (Fetch 3.2): the browser asks beforehand, and nothing is hidden from the page."""
    window, person, verifier = open_browser(), campus.person(role="student"), secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    window.sign_in(person.user, person.password)
    window.driver.get(client.address(client_id="demo-app", code_challenge=challenge)[0])
    told = window.driver.execute_async_script("""
        const [portal, code, verifier, done] = arguments, here = location.origin + "/callback", ask = (path, more) => fetch(portal + path, more);
        const form = {grant_type: "authorization_code", client_id: "demo-app", redirect_uri: here, code_verifier: verifier};
        (async () => {
            const tokens = await (await ask("/oidc/token", {method: "POST", body: new URLSearchParams({...form, code})})).json();
            const person = await ask("/oidc/userinfo", {headers: {Authorization: "Bearer " + tokens.access_token}});
            const refused = await ask("/oidc/userinfo", {headers: {Authorization: "Bearer x"}});
            const again = await ask("/oidc/token", {method: "POST", body: new URLSearchParams({...form, code})});
            const cookies = await ask("/oidc/userinfo", {credentials: "include"}).then(() => "read", error => error.name);
            done({name: (await person.json()).name, why: refused.headers.get("WWW-Authenticate"), again: (await again.json()).error, cookies});
        })().catch(error => done(String(error)));""", campus.portal, client.seen.pop()[0]["code"], verifier)
    assert told == {"name": person.name, "why": told["why"], "again": "invalid_grant", "cookies": "TypeError"} and "invalid_token" in told["why"], told
    window.complaints()     # of what was refused: that is as it should be


def by_keyboard(window, key, times=1):
    for _ in range(times):
        ActionChains(window.driver).send_keys(key).perform()


@pytest.mark.parametrize("scripts", [True, False])
def test_consent_by_keyboard(campus, open_browser, client, scripts):
    """Asked behind the sign-in, refused, agreed to, found on the list, and taken back; nothing but keys is used on the page."""
    window, ctl, person = open_browser(scripts=scripts), Ctl(campus), campus.person(user="asharma")
    reason = ("--break-glass", "--reason", "a test")
    added = ctl.json("service", "add", "diary", "--label", "Lab diary", "--redirect-uri", f"http://127.0.0.1:{client.server_port}/callback", "--public",
                     "--claims", "name email", "--consent", "--link", f"http://127.0.0.1:{client.server_port}/", *reason)
    try:
        window.driver.get(client.address(client_id=added["client_id"], scope="openid profile email")[0])
        assert "Lab diary" in window.text(".act"), "for whose sake one signs in"
        window.one("#user").send_keys(person.user)
        window.one("#password").send_keys(person.password)
        window.click("form button[type=submit]")
        assert window.one("h1").text == "May Lab diary know this about you?" and person.name in window.text(".told") and not client.seen
        for width in (1280, 360):
            window.resize(width)
            window.screenshot(f"consent-{width}")
        window.resize(1280)
        assert_well_made(window, "consent")
        by_keyboard(window, Keys.TAB, 4)        # the way past the head, the institution, agree, do not agree
        assert window.driver.switch_to.active_element.text == "Do not agree"
        by_keyboard(window, Keys.ENTER)
        until(lambda: client.seen and client.seen.pop()[0].get("error") == "access_denied", "the service is told")
        window.driver.get(client.address(client_id=added["client_id"], scope="openid profile email")[0])
        by_keyboard(window, Keys.TAB, 3)
        assert window.driver.switch_to.active_element.text == "Agree"
        by_keyboard(window, Keys.ENTER)
        until(lambda: client.seen and client.seen.pop()[0].get("code"), "the service has a code")
        window.driver.get(client.address(client_id=added["client_id"], scope="openid profile")[0])
        until(lambda: client.seen and client.seen.pop()[0].get("code"), "and without a question")
        window.go("/services")
        window.one("#q").send_keys("DIARY", Keys.ENTER)
        until(lambda: window.path == "/services?q=DIARY", "what was looked for")
        assert [each.text for each in window.all(".cards h2")] == ["Lab diary"]
        window.click("form[action='/services/diary/withdraw'] button")
        assert "Your consent is withdrawn" in window.text(".notice") and not window.all("form[action='/services/diary/withdraw']")
        window.driver.get(client.address(client_id=added["client_id"], scope="openid profile")[0])
        assert window.one("h1").text.startswith("May Lab diary") and window.complaints() == []
    finally:
        ctl("service", "remove", "diary", *reason)
        ctl.close()


def test_a_service_that_nobody_knows(campus, open_browser, client):
    window = open_browser()
    window.sign_in(campus.person(role="student").user, campus.person(role="student").password)
    for more in ({"client_id": "nobody"}, {"redirect_uri": "https://evil.example.org/"}):
        window.driver.get(client.address(**more)[0])
        assert window.one("h1").text == "We could not take you back" and not client.seen
        window.screenshot(f"service-{list(more)[0]}")
        assert_well_made(window, f"service-{list(more)[0]}")
    window.click(".actions a")
    assert window.path == "/"
