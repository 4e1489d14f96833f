"""Signing out of a service of SAML, in a frame as a browser loads it: a service by pysaml2, on a host that shares its site with the portal."""
import http.server
import importlib
import sys
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from campus.client import until
from conftest import ROOT
from flow.ctl import Ctl
from wellmade import assert_well_made


def flow(name):
    """A module of tests/flow, whose modules find each other, and a conftest of their own."""
    sys.path.insert(0, str(ROOT / "tests" / "flow"))
    ours = sys.modules.pop("conftest")
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "tests" / "flow"))
        sys.modules["conftest"] = ours


class Site(http.server.ThreadingHTTPServer):
    """Who has no cookie is sent to the portal; a cookie is taken away by a LogoutRequest that the browser brings."""

    def __init__(self, campus, folder):
        saml = flow("provider")
        super().__init__(("127.0.0.1", 0), Page)
        self.origin, self.redirect = f"http://localhost:{self.server_port}", saml.REDIRECT
        self.provider = saml.Provider(campus, folder, "shelves", logouts=(saml.REDIRECT,), origin=self.origin)
        self.asked, self.names = {}, []
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def begin(self):
        request, sent = self.provider.request()
        self.asked[request] = "/"
        return dict(sent["headers"])["Location"]


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):           # pylint: disable=invalid-name
        place = urlsplit(self.path)
        if place.path == "/saml/slo":
            self.leave(parse_qs(place.query))
        elif "shelves=in" not in self.headers.get("Cookie", ""):
            self.answer(303, {"Location": self.server.begin()})
        else:
            self.answer(200, {"Content-Type": "text/html"}, b"<!doctype html><title>Shelves</title><p>inside")

    def do_POST(self):          # pylint: disable=invalid-name
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        said = self.server.provider.client.parse_authn_request_response(form["SAMLResponse"][0], flow("provider").POST, self.server.asked)
        self.server.names.append(said.name_id)
        self.answer(303, {"Location": "/", "Set-Cookie": "shelves=in; Path=/; HttpOnly; SameSite=Lax"})

    def leave(self, query):
        assert "shelves=in" in self.headers["Cookie"], "the frame brings the service's own cookie"
        client, state = self.server.provider.client, query.get("RelayState", [""])[0]
        asked = client.parse_logout_request(query["SAMLRequest"][0], self.server.redirect)
        assert asked.message.name_id == self.server.names[-1]
        # the signature is the query's: none stands in the document (SAML Bindings 3.4.4.1)
        answer = client.create_logout_response(asked.message, [self.server.redirect], sign=False)
        sent = client.apply_binding(self.server.redirect, str(answer), self.server.provider.campus.portal + "/saml/slo", state,
                                    response=True, sign=True, sigalg=flow("provider").SIG_RSA_SHA256)
        self.answer(303, {"Location": dict(sent["headers"])["Location"], "Set-Cookie": "shelves=; Path=/; Max-Age=0"})

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):       # pylint: disable=redefined-builtin
        pass


@pytest.fixture
def site(campus, tmp_path):
    tmp_path.chmod(0o755)
    ctl, server = Ctl(campus), Site(campus, tmp_path)
    server.provider.register(ctl)
    yield server
    server.shutdown()
    server.server_close()
    ctl("service", "remove", "shelves", *flow("provider").REASON)
    ctl.close()


def test_a_service_is_left_in_a_frame(campus, open_browser, site):
    window, person = open_browser(), campus.person(role="student")
    window.driver.get(site.origin + "/")
    assert window.path.startswith("/login?next=%2Fsaml%2Fsso")
    window.one("#user").send_keys(person.user)
    window.one("#password").send_keys(person.password)
    window.click("form button[type=submit]")
    until(lambda: window.driver.current_url == site.origin + "/", "the form has gone on by itself")
    assert window.text("p") == "inside"
    window.go("/")
    window.click("header form button")
    until(lambda: "Signed out" in window.text("main li"), "the frame has answered")
    window.screenshot("signed-out-saml")
    assert_well_made(window, "signed-out-saml")
    assert window.complaints() == []
    window.driver.get(site.origin + "/")
    assert window.path.startswith("/login?next=%2Fsaml%2Fsso"), "the service has let go"
