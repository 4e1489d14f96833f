"""bad_input.txt, row by row: {input, door, status, text id, record of the audit, counter}, and that the number which the person
sees is the one under which the record stands."""
import json
import os
import re
import time
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import pytest

import inputs
from campus.client import until
from campus.layout import ROOT
from door import JSON
from pam_client import Pam
from web import HTML, Web
from words import is_sentence, number_of, says, shown

COUNTED = ("logins", "checks", "tickets_refused", "store_values_refused", "bad_frames")


def read_table():
    rows = []
    for line in (ROOT / "tests" / "flow" / "bad_input.txt").read_text(encoding="utf-8").splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if not cells[0] or cells[0].startswith("#"):
            continue
        name, doors, status, text, event, counter = cells
        rows += [SimpleNamespace(name=name, door=door, status=status, text=text, event=event, counter=counter)
                 for door in doors.split()]
    return rows


TABLE = read_table()


def records_of(campus):
    files = sorted((campus.dir / "state" / "audit").glob("audit-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]


def settled(campus):
    """How many records there are when none is on its way any more: what is only noted waits a moment for company."""
    before, now = -1, len(records_of(campus))
    while before != now:
        time.sleep(0.3)
        before, now = now, len(records_of(campus))
    return now


def figures_of(campus):
    """{"logins wrong_code": value}"""
    text = campus.browser().get("/metrics").text
    found = re.findall(r'^spom_(\w+)_total(?:\{outcome="(\w+)"\})? (\d+)$', text, re.M)
    return {f"{name} {outcome}".strip(): int(value) for name, outcome, value in found if name in COUNTED}


def test_the_table_is_whole():
    done = {name for name, it in vars(inputs).items() if callable(it) and getattr(it, "__module__", "") == "inputs" and name[0] != "_"
            and isinstance(it, type(read_table))} - {"sessions_of"}
    assert {row.name for row in TABLE} == done, "an input that nobody wrote, or that no row asks"
    assert len(TABLE) > 100


@pytest.fixture(scope="module")
def people(full):
    return full.newcomer


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.name}-{row.door}" for row in TABLE])
def test_what_comes_of_it(full, people, codes, tmp_path, row):
    if row.door == "sshd" and os.geteuid() != 0:
        pytest.skip("PAM for people of the directory needs root")
    case = inputs.Case(full, row.door, people, codes, Pam(full, tmp_path))
    last = getattr(inputs, row.name)(case)
    figures, records = figures_of(full), settled(full)
    answer = last()
    number = check_answer(answer, row)
    wanted = [] if row.event == "-" else [row.event]
    until(lambda: len(records_of(full)) >= records + len(wanted), "it is recorded", 15)
    new = records_of(full)[records:]
    assert [record["event"] for record in new] == wanted, new
    for record in new:
        assert number in (None, record.get("trace")) or record["door"] == "store", (number, record)
        assert row.door in ("socket", "json") or record["door"] == ("web" if row.door == "page" else row.door), record
    risen = {name for name, value in figures_of(full).items() if value > figures.get(name, 0)}
    assert risen == ({row.counter} if row.counter != "-" else set())


def check_answer(answer, row):
    """Status, words, and what no refusal may bring; the number for the help desk."""
    if row.door == "sshd":
        let_in, heard = answer
        assert (not let_in) is (row.status == "no"), heard
        said = [sentence for sentence in heard if not sentence.endswith(": ")]
        assert bool(said) is (row.text != "-") and (row.text == "-" or is_sentence(" ".join(said), row.text)), heard
        return None
    assert str(answer.status_code) == row.status, shown(answer)
    if row.door == "socket":
        return None
    assert says(answer, row.text), shown(answer)
    assert "Location" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
    cookies = answer.headers.get("Set-Cookie", "")
    assert not re.search(r"spom(_app)?=[^;]", cookies.replace("spom_login=", "")), cookies
    assert "<script>alert" not in answer.text
    number = number_of(answer)
    assert number and re.fullmatch(r"[\w-]{11}", number), shown(answer)
    return number


def test_unknown_and_known_names_get_the_same_page(full, people):
    """Byte for byte, but for what is random, and the name that was typed."""
    def shape(kind, user):
        answer = Web(full, kind).start().post(user=user, password="wrong")
        text = answer.text.replace(user, "NAME")
        return answer.status_code, re.sub(r'[\w-]{20,}|<code>[\w-]{11}</code>|"trace":"[\w-]{11}"', "", text), sorted(answer.headers)
    for kind in ("page", "json"):
        assert shape(kind, people().user) == shape(kind, "nobodyx")


# --- where a sign-in leads ---

SPELLINGS = [
    # the start of an address, as a browser reads it
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example",
    "https://evil.example", "http:evil.example", "http:/evil.example", "https:\\\\evil.example", "HTTPS://evil.example", "hTTp:///evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://evil.example", "blob:x",
    # encoded once and twice
    "%2f%2fevil.example", "/%2fevil.example", "/%2f%2fevil.example", "%252f%252fevil.example", "/%5cevil.example", "%68ttps://evil.example",
    # userinfo, ports, look-alikes of our own
    "@evil.example", "//localhost@evil.example", "{portal}@evil.example", "{portal}:80@evil.example", "{portal}.evil.example", "{portal}evil.example",
    "{portal}%2eevil.example", "{portal}\\.evil.example", "{portal}\\@evil.example", "{portal}/\\evil.example/..", "//localhost.evil.example",
    "//evil.example#{portal}", "//evil.example?{portal}", "https://localhost", "http://localhost:1/", "http://127.0.0.1/", "http://[::1]/",
    "http://app.localhost.evil.example/", "http://xapp.localhost/",
    # what is dropped, or read as something else
    "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\r/evil.example", " //evil.example", "\u00a0//evil.example", "/\u200b/evil.example",
    "\x1f//evil.example", "//evil\u3002example", "\uff0f\uff0fevil.example", "/\u2215evil.example", "//\u2025/evil.example",
    "/.//evil.example", "/..//evil.example", "/x/..//evil.example", "./evil", "evil.example", "?next=//evil.example", "#//evil.example", "",
    "/\r\nLocation: https://evil.example", "/x\r\nSet-Cookie: spom=x", "/" + "x" * 3000]


def leads_to(base, location):
    """The origin at which a browser would arrive (the WHATWG's reading, as far as it differs from the RFC's)."""
    location = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    if re.match(r"https?:", location, re.I):
        location = re.sub(r"^(https?:)/*", r"\1//", location, flags=re.I)
    elif location.startswith("//"):
        location = "//" + location.lstrip("/")
    there = urlsplit(urljoin(base, location))
    return f"{there.scheme}://{there.netloc}"


@pytest.mark.parametrize("location, origin", [
    ("/x", "http://localhost"), ("//e", "http://e"), ("/\\e", "http://e"), ("/\t/e", "http://e"), ("http:e", "http://e"), ("x", "http://localhost"),
    ("http://a@e/", "http://a@e"), ("javascript:x", "javascript://")])
def test_how_we_read_addresses(location, origin):
    assert leads_to("http://localhost/login", location) == origin


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("kind", ["page", "json"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_sign_in_leads_elsewhere(campus, kind, https, spelling):
    person, origin = campus.person(role="student"), campus.json["portal_https"] if https else campus.portal
    where = spelling.replace("{portal}", origin)
    web = Web(campus, kind, https=https).start(next=where)
    check_links(web.answer, origin, campus)
    answer = web.post(params={"next": where}, user=person.user, password="wrong")
    assert answer.status_code == 401
    check_links(answer, origin, campus)
    answer = web.post(params={"next": where}, user=person.user, password=person.password)
    to = answer.headers["Location"] if kind == "page" else answer.json()["next"]
    assert answer.status_code == (303 if kind == "page" else 200)
    assert leads_to(origin + "/login", to) == origin, to
    assert "evil" not in answer.headers.get("Set-Cookie", "")
    again = web.browser.get("/login", headers=HTML, params={"next": where})     # "go on as ..." of somebody signed in
    check_links(again, origin, campus)


def check_links(answer, origin, campus):
    """No address of a page leads out of the portal."""
    for address in re.findall(r'(?:href|action|src)="([^"]*)"', answer.text):
        if not address.startswith(("mailto:", "#")):
            assert leads_to(origin + "/login", address.replace("&amp;", "&")) == origin, address
    assert "Location" not in answer.headers


@pytest.mark.parametrize("path", ["/login?next=https://evil.example", "/login?act=x", "/login?done=//evil.example", "/?done=https://evil.example",
                                  "/security?done=<script>", "/login?again=1&next=//evil.example", "/login?next=/&next=//evil.example"])
def test_addresses_with_more_in_them(campus, path):
    for headers in (HTML, JSON):
        answer = campus.browser().get(path, headers=headers)
        assert "evil" not in answer.headers.get("Location", "").split("?")[0] and "<script>" not in answer.text
        if "Location" in answer.headers:
            assert leads_to(campus.portal + "/", answer.headers["Location"]) == campus.portal
