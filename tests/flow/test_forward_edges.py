"""Forward-auth behind each web server of docs/examples: the real one, by that very file, where Debian has it, else as it asks."""
import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

from application import HTML
from door import JSON
from edges import OURS, Edge, caddy, haproxy, traefik
from relying import signed_in

SERVERS = {"caddy": caddy, "haproxy": haproxy}


@pytest.fixture(scope="module")
def student(campus):
    """A browser in which somebody is signed in at the portal."""
    return signed_in(campus, campus.person(role="student"))


@pytest.fixture(scope="module", params=["nginx", "caddy", "haproxy"])
def edge(request, campus, student):
    """A web server with an application behind it that is open for the person in one browser."""
    if request.param == "nginx":
        server, port = None, urlsplit(campus.portal).port
    else:
        server = SERVERS[request.param](campus)
        port = server.port
    try:
        opened = Edge(campus.json["app"], port)
        opened.way = enter(opened, student.browser)
        yield opened
    finally:
        if server:
            server.end()


def enter(edge, browser, path="/books?q=caf%C3%A9&n=1"):
    """All the way in; the answers on it."""
    first = edge.get(path, "text/html")
    ticket = browser.get(first.headers["Location"], headers=HTML)
    opened = edge.get(ticket.headers["Location"].split(edge.host, 1)[1], "text/html")
    return first, ticket, opened


def new(edge):
    """Another browser before the same web server."""
    fresh = Edge(f"http://{edge.host}", edge.port)
    return fresh


def test_the_whole_way(campus, edge, student):
    first, ticket, opened = edge.way
    assert first.status == 303 and first.headers["Location"].startswith(campus.portal + "/hand-over?")
    assert "no-store" in first.headers["Cache-Control"] and "spom_nonce=" in first.headers["Set-Cookie"]
    assert ticket.headers["Location"].startswith(campus.json["app"] + "/-/spom/ticket?t=")
    assert opened.status == 303 and opened.headers["Location"] == campus.json["app"] + "/books?q=caf%C3%A9&n=1"
    assert opened.headers.get_all("Set-Cookie")[0].startswith("spom_app=")
    told = edge.get("/books").told()
    name = student.home().json()["frame"]["user"]
    assert told["remote-user"] == [name] and told["remote-amr"] == ["pwd"] and "students" in told["remote-groups"][0].split(",")
    assert told.get("remote-jwt", [""]) == [""]         # Caddy sends an empty one
    again = edge.get("/-/spom/ticket" + ticket.headers["Location"].split("/-/spom/ticket", 1)[1], "text/html")
    assert again.status == 403 and "Please open the application again" in again.text


def test_another_name_opens_nothing(edge):
    """The rules that hold are those of the host that is named: so nobody is answered for another one."""
    other = Edge("http://somebody.localhost", edge.port)
    other.cookies = dict(edge.cookies)
    assert other.get("/books").status in (403, 421)


def test_what_is_sent_arrives(edge):
    assert edge.get("/form", method="POST", lines=("Content-Length: 5",), body=b"a=b&c").status == 200
    assert edge.get("/form", method="POST", lines=("Transfer-Encoding: chunked",), body=b"5\r\na=b&c\r\n0\r\n\r\n").status in (200, 411)
    assert edge.get("/", method="HEAD").status in (200, 501)        # the application knows none
    assert edge.get("/", lines=("Expect: 100-continue",)).status in (200, 100, 400, 417)
    assert edge.get("/", lines=("Connection: upgrade", "Upgrade: websocket")).status in (200, 400)


SPELLINGS = [name.format(f) for f in ("User", "Name", "Email", "Groups", "AMR", "JWT") for name in ("Remote-{}", "remote_{}")] + [
    "REMOTE-USER", "rEmOtE-uSeR", "Remote_User", "REMOTE_USER", "Remote.User", "Remote~Groups", "remote_jwt"]


@pytest.mark.parametrize("many", [1, 2])
@pytest.mark.parametrize("blank", [" ", "", "   ", "\t", " \t "])
def test_nobody_says_who_he_is(edge, many, blank):
    """Every name in every spelling, once and twice, with odd blanks around the value; with a cookie and without."""
    lies = [f"{name}:{blank}liar{blank}" for name in SPELLINGS] * many
    told = edge.get("/", lines=lies).told()
    for name in OURS:
        assert len(told.get(name, [])) <= 1 and "liar" not in told.get(name, []), (name, told.get(name))
    assert edge.get("/", lines=lies).text.count("liar") == 0
    nobody = new(edge).get("/", lines=lies)
    assert nobody.status == 401 and "liar" not in nobody.text


@pytest.mark.parametrize("line", ["Remote-User : liar", "Remote-User\t: liar", " Remote-User: liar", "Remote-\x00User: liar", "Remote-User\x0b: liar",
                                  "Remote\xadUser: liar", "X: y\rRemote-User: liar", "X: y\nRemote-User: liar", "Remote.User: liar", "Remote--User: liar"])
def test_names_that_are_none(edge, line):
    """Refused, or lost, or another name than ours: never taken for it."""
    answer = edge.get("/", lines=("X-First: 1", line))
    assert answer.status in (200, 400), answer.status
    if answer.status == 200:
        assert "liar" not in answer.told()["remote-user"]


def test_what_is_for_spom_alone(campus, edge):
    """Neither the edge's secret nor a cookie of ours reaches the application, and nobody steers the question."""
    told = edge.get("/", lines=("X-SPOM-Edge: liar", "X-SPOM-Origin: https://evil.example", "X-Original-URL: https://evil.example/",
                                "X-Original-Method: GET", "X-Forwarded-Host: evil.example", "X-Forwarded-Uri: /-/spom/ticket?t=x",
                                "X-Forwarded-Proto: ftp", "X-Forwarded-Method: POST", "X-Forwarded-User: liar",
                                "X-Auth-Request-User: liar", "X-Remote-User: liar")).told()
    said = " ".join(value for values in told.values() for value in values)
    assert campus.json["edge"]["secret"] not in said and "liar" not in said
    value, nonce = edge.cookies["spom_app"], edge.cookies["spom_nonce"]
    assert value not in said and nonce not in said and not [one for one in told.get("cookie", []) if one.strip()]
    for sent in ("a=1; spom_app={}; b=2", "spom_app={}; a=1; b=2", "a=1; b=2; spom_app={}", "a=1;spom_app={};b=2",
                 "spom_nonce=n; __Host-spom_app=x; a=1; spom_app={}; __Host-spom_nonce=y; b=2"):
        answer = new(edge).raw(("Accept: application/json", "Cookie: " + sent.format(value)))
        got = "; ".join(answer.told()["cookie"])
        assert sorted(part.strip() for part in got.split(";") if part.strip()) == ["a=1", "b=2"], (sent, got)
    kept = new(edge).raw(("Accept: application/json", f"Cookie: xspom_app=1; spom_app={value}; spom_appx=2")).told()["cookie"]
    assert "xspom_app=1" in kept[0] and "spom_appx=2" in kept[0]


def test_scripts_and_forms_are_told_and_not_led(edge):
    for method, accept, lines in (("GET", "application/json", ()), ("POST", "text/html", ("Content-Length: 1",)), ("PUT", "text/html", ("Content-Length: 1",)),
                                  ("GET", "text/html", ("Sec-Fetch-Mode: cors",))):
        answer = new(edge).get("/", accept, lines, method=method, body=b"x" if "Content-Length: 1" in lines else b"")
        assert answer.status == 401 and "Location" not in answer.headers and "Set-Cookie" not in answer.headers, (method, accept)
    assert set(json.loads(new(edge).get("/").text)) == {"error", "text", "trace"}


@pytest.mark.parametrize("path, status", [
    ("/a/../b", 303), ("//evil.example/", 303), ("/a;b=c", 303), ("/%2f", 303), ("/%2e%2e/", 303),
    ("/%5cevil.example", 403), ("/%0d%0aX:y", 403), ("/-/spom/", 404), ("/-/spom/x", 404), ("/-/spom/ticket", 404),
    ("/x/../-/spom/ticket?t=x", 403), ("/%2d/spom/ticket?t=x", 403), ("//-/spom/ticket?t=x", 403), ("/-/spom/ticket?t=x", 403)])
def test_where_it_leads(campus, edge, path, status):
    """Nowhere but to the portal, and from there to the application. Some of it a web server refuses or resolves itself."""
    answer = new(edge).get(path, "text/html")
    assert answer.status in (status, 303, 400, 403, 404), (path, answer.status)
    if answer.status == 303:
        to = urlsplit(answer.headers["Location"])
        assert f"{to.scheme}://{to.netloc}" == campus.portal and to.path == "/hand-over" and status == 303, (path, to)
        assert unquote(parse_qs(to.query)["next"][0]).count("//") == 0
    again = edge.get(path, "application/json")
    assert (again.status == 200) == (status == 303) or again.status in (301, 308, 400), (path, again.status)


def test_its_pages_have_their_look(edge):
    page = new(edge).get("/-/spom/ticket?t=" + "A" * 43, "text/html")
    assert page.status == 403
    sheets = re.findall(r'href="(/static/[\w.-]+\.css)"', page.text)
    assert sheets and all(new(edge).get(sheet).headers["Content-Type"].startswith("text/css") for sheet in sheets)


# --- as Traefik asks ---

class Traefik:
    """The question of its example: what the client sends, what the middleware before sets, and what forwardAuth adds."""

    def __init__(self, campus):
        self.shape, self.check = traefik(campus), campus.json["edge"]["check"]

    def ask(self, uri, method="GET", host=None, proto="http", **client):
        sent = {name.replace("_", "-"): value for name, value in client.items()} | self.shape["sets"]
        passed = {name: value for name, value in sent.items() if name in self.shape["passed"] and value}
        passed |= {"X-Forwarded-Method": method, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host, "X-Forwarded-Uri": uri,
                   "X-Forwarded-For": "192.0.2.7"}
        with requests.Session() as session:         # no cookie is kept
            session.trust_env = False
            return session.get(self.check + self.shape["path"], headers=passed, allow_redirects=False, timeout=5)


@pytest.fixture(scope="module")
def asks(campus):
    asking = Traefik(campus)
    host = urlsplit(campus.json["app"]).netloc
    return lambda uri, **more: asking.ask(uri, **({"host": host, "Accept": "text/html"} | more))


def test_as_traefik_asks(campus, asks, student):
    first = asks("/books")
    assert first.status_code == 303
    nonce = first.headers["Set-Cookie"].split(";")[0]
    ticket = student.browser.get(first.headers["Location"], headers=HTML).headers["Location"]
    opened = asks("/-/spom/ticket" + ticket.split("/-/spom/ticket", 1)[1], Cookie=nonce)
    assert opened.status_code == 303 and opened.headers["Location"] == campus.json["app"] + "/books"
    passed = asks("/books", Cookie=opened.headers["Set-Cookie"].split(";")[0], X_SPOM_Edge="liar")
    assert passed.status_code == 200 and passed.headers["Remote-User"] == student.home().json()["frame"]["user"]
    assert asks("/books", method="POST").status_code == 401 and asks("/books", **JSON).json()["error"] == "sign_in"


@pytest.mark.parametrize("named", ["Remote-User", "Remote_user", "Remote_User", "Remote.user", "Remote-Groups", "Remote-Jwt"])
def test_what_traefik_cleans(campus, named):
    """Go writes names in one case of its own; the example's expression finds them all."""
    assert re.match(traefik(campus)["cleaned"], named)


APP = "app.localhost"
ADDRESSES = [
    # (proto, host, uri): refused, whatever else is right; {p} is the port
    ("http", "evil.example", "/"), ("http", APP, "/"), ("http", APP + ":1", "/"), ("http", APP + ":{p}:{p}", "/"), ("http", APP + ".:{p}", "/"),
    ("http", APP + ":0{p}", "/"), ("http", "a@" + APP + ":{p}", "/"), ("http", APP + ":{p}@evil.example", "/"), ("http", APP + ":{p}/x", "/"),
    ("http", APP + ":{p}, evil.example", "/"), ("http", "äpp.localhost:{p}", "/"), ("http", "xn--pp-uia.localhost:{p}", "/"),
    ("http", APP + "\\:{p}", "/"), ("http", "", "/"), ("https", APP + ":{p}", "/"), ("ftp", APP + ":{p}", "/"), ("", APP + ":{p}", "/"),
    ("http,https", APP + ":{p}", "/"), ("http", APP + ":{p}", "http://app.localhost/"), ("http", APP + ":{p}", "@evil.example/"),
    ("http", APP + ":{p}", ".evil.example/"), ("http", APP + ":{p}", "x"), ("http", APP + ":{p}", "*"), ("http", APP + ":{p}", "/%00"),
    ("http", APP + ":{p}", "/a\\b"), ("http", APP + ":{p}", "/%5c"), ("http", APP + ":{p}", "/a%0a"), ("http", APP + ":{p}", "/%"),
    ("http", APP + ":{p}", "/a#b"), ("http", APP + ":{p}", "/x/../-/spom/ticket?t=x"), ("http", APP + ":{p}", "/%2D/spom/"),
    ("http", APP + ":{p}", "/" + "a" * 8200),
]


@pytest.mark.parametrize("proto, host, uri", ADDRESSES)
def test_addresses_that_could_be_read_in_two_ways(campus, asks, proto, host, uri):
    answer = asks(uri, proto=proto, host=host.format(p=urlsplit(campus.portal).port).encode() if "ä" in host else host.format(
        p=urlsplit(campus.portal).port))
    assert answer.status_code in (400, 403, 413, 431) and "Location" not in answer.headers and "Remote-User" not in answer.headers, answer.status_code


def test_addresses_that_are_one(campus, asks):
    port = urlsplit(campus.portal).port
    assert asks("/x", host=f"APP.LocalHost:{port}").status_code == 303, "hosts know no case"
    for path in ("/a/../b", "//evil.example", "/a;b", "/%2F", "/?next=https://evil.example"):
        answer = asks(path)
        assert answer.status_code == 303 and answer.headers["Location"].startswith(campus.portal + "/hand-over?to=http%3A%2F%2Fapp.localhost")
