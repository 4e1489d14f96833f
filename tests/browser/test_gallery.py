"""Every page in every state that people meet, at every width and in both themes, from the real front (stage.py, scenes.py)."""
import base64
import os
import re
import urllib.parse

import pytest
import requests
from selenium.webdriver.common.keys import Keys

from campus.memory import assert_forgotten, memory
from extremes import extreme, wild
from pixels import scan
from scenes import CODES, GROWING, LEAVING, SCENES, SECRET, URI, ask
from stage import Stage, free_port
from wellmade import assert_fits, assert_html, assert_well_made

WIDTHS = (320, 360, 768, 1280)
COLOURS = ["#8a1538", "#00665e", "#000000", "#767676"]


@pytest.fixture(scope="module")
def stage():
    with Stage(free_port()) as running:
        yield running


def enter(stage, window):
    """With the cookies of somebody who is signed in, and in the middle of another sign-in."""
    window.driver.get(stage.portal + "/static/nothing")
    for name in ("spom", "spom_login"):
        window.driver.add_cookie({"name": name, "value": "somebody"})
    window.complaints()
    return window


@pytest.fixture
def open_window(stage, open_window_on):
    return lambda **options: enter(stage, open_window_on(stage, **options))


def show(stage, window, scene):
    path, says = scene
    stage.says.update(says)
    window.go(path)
    if "profile_save" in says:
        window.click("main form button[type=submit]")
    return window


def source(stage, scene):
    """The page as front wrote it: a browser has mended it already."""
    path, says = scene
    stage.says.update(says)
    form = {"csrf": "form-value", "version": "v1"} if "profile_save" in says else None
    return requests.request("POST" if form else "GET", stage.portal + path, data=form, cookies={"spom": "somebody", "spom_login": "somebody"},
                            headers={"Accept": "text/html", "Accept-Language": "de", "Origin": stage.portal}, timeout=10).text


def look(window, name, widths, themes):
    """At every width and in both themes; folded parts open, too, where there is the least room."""
    for opened in (False, True):
        window.run("document.querySelectorAll('details').forEach(d => { d.open = arguments[0]; })", opened)
        for width in widths[:1] if opened else widths:
            window.resize(width)
            for dark in themes:
                window.media(dark)
                assert_fits(window, f"{name} at {width}{' in the dark' if dark else ''}")


def every_scene(stage):
    return SCENES | {f"{name}-extreme": extreme(stage.tables, SCENES[name]) for name in GROWING}


def photograph(window, name):
    for width, dark in ((360, True), (1280, False)):
        window.resize(width)
        window.media(dark)
        window.run("document.querySelectorAll('details').forEach(d => { d.open = false; })")
        window.screenshot(f"gallery-{name}-{width}{'-dark' if dark else ''}")


def test_every_page_in_every_size_and_theme(stage, open_window):
    acts, stays = open_window(), open_window(scripts=False)
    for name, scene in every_scene(stage).items():
        window = stays if name in LEAVING else acts
        window.resize(1280)
        window.media()
        assert_well_made(show(stage, window, scene), name)
        look(window, name, WIDTHS, (False, True))
        if os.environ.get("SPOM_SCREENS"):
            photograph(window, name)


def test_every_page_in_german(stage, open_window):
    acts, stays = open_window(lang="de", width=320), open_window(lang="de", width=320, scripts=False)
    for name, scene in every_scene(stage).items():
        window = stays if name in LEAVING else acts
        assert_well_made(show(stage, window, scene), f"{name}, de")
        assert window.one("html").get_attribute("lang") == "de"
        look(window, f"{name}, de", (320, 768), (False,))
        if os.environ.get("SPOM_SCREENS"):
            photograph(window, f"{name}-de")


def test_every_page_is_well_formed(stage):
    """And every template has a scene: a page that nobody looks at is none that we would sign."""
    headings = set()
    for name, scene in every_scene(stage).items():
        html = source(stage, scene)
        assert_html(html, name)
        headings.add(re.search("<h1>([^<]*)", html).group(1))
    assert len(headings) >= 22, headings


def test_an_institution_with_a_long_name_and_a_logo(stage, open_window):
    window = open_window()
    logo = re.search(r'href="(/static/door[^"]+)"', source(stage, SCENES["sign-in"])).group(1)
    with Stage(free_port(), institution=wild(120), help=wild(200), logo=logo) as other:
        window.portal = other.portal
        for name in ("sign-in", "recovery-sheet", "home", "not-found"):
            assert_well_made(show(other, window, SCENES[name]), f"{name} of another institution")
            look(window, f"{name} of another institution", (320, 1280), (False,))
            assert window.one(".institution img").get_property("naturalWidth") > 0
            if os.environ.get("SPOM_SCREENS"):
                photograph(window, f"{name}-grand")


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_of_an_institution(open_window, colour):
    window = open_window()
    with Stage(free_port(), colour=colour, help="https://help.example.edu/") as other:
        window.portal = other.portal
        for name in ("sign-in", "code-used", "security", "activity"):
            look(show(other, window, SCENES[name]), f"{name} in {colour}", (320,), (False, True))
        assert not window.all(".institution img")


def test_wishes_for_colours(stage, open_window):
    """High contrast and forced colours: everything is there, and the QR code stays dark on white."""
    window = open_window()
    for wish in ({"forced_colors": "active"}, {"prefers_contrast": "more"}):
        window.media(**wish)
        for name in ("code-used", "security", "sessions", "activity"):
            show(stage, window, SCENES[name])
            assert_fits(window, f"{name} with {wish}")
            for button in window.all("main .button"):
                assert button.value_of_css_property("border-top-style") == "solid"
    window.media(dark=True, forced_colors="active")
    show(stage, window, SCENES["enrol"])
    assert window.one(".qr").value_of_css_property("forced-color-adjust") == "none"


@pytest.mark.parametrize("name", ["sign-in", "code-used", "enrol-wrong", "profile-problem", "security"])
def test_the_focus_can_be_seen_on_its_way(stage, open_window, name):
    """Every stop has a ring, lies in the window, and comes once, in the order of the page."""
    window = show(stage, open_window(width=360, dark=True), SCENES[name])
    window.run("document.querySelector('.skip').focus()")
    stops = []
    while len(stops) < 60:
        window.press(Keys.TAB)
        where, ring, top = window.run("""const n = document.activeElement, style = getComputedStyle(n), box = n.getBoundingClientRect();
            return [[...document.querySelectorAll('*')].indexOf(n), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
                box.bottom > 0 && box.top < innerHeight]""")
        if window.focused().tag_name == "body" or where in stops:
            break
        assert ring and top, f"{name}: {window.focused().get_attribute('outerHTML')[:100]}"
        stops.append(where)
    assert len(stops) > 4 and stops == sorted(stops)


def test_the_code_is_typed_at_once(stage, open_window):
    window = show(stage, open_window(), SCENES["code"])
    field = window.focused()
    assert field.get_attribute("id") == "answer"
    assert [field.get_attribute(name) for name in ("inputmode", "autocomplete")] == ["numeric", "one-time-code"]
    assert "Telephone" in window.text("#device")
    show(stage, window, SCENES["code-used"])
    assert "That code has been used. Wait for the next one (12 s)." in window.text("#summary")
    window.one("#summary a").click()
    assert window.focused().get_attribute("id") == "answer"


def test_another_way(stage, open_window):
    window = show(stage, open_window(), SCENES["code"])
    stage.says["turn"] = SCENES["choose"][1]["turn"]
    window.click("button[value=choose]")
    assert [button.get_attribute("value") for button in window.all(".choice")] == ["totp", "recovery"]
    assert "7 are left" in window.text(".choices")


def test_enrolment_can_be_done_without_a_camera(stage, open_window):
    window = show(stage, open_window(scripts=False), SCENES["enrol"])
    assert not window.one(".secret").is_displayed()
    window.one("summary").click()
    assert window.text(".secret code").replace(" ", "") == SECRET and " " in window.text(".secret code")
    assert window.one(".qr title").get_attribute("textContent")
    assert [step.text for step in window.all(".progress")] == ["1 of 3", "2 of 3", "3 of 3"]


@pytest.mark.parametrize("width, dark", [(320, True), (1280, False)])
def test_the_picture_can_be_scanned(stage, open_window, width, dark):
    """By a camera that looks at the whole screen: with its white edge, also on a dark page."""
    window = show(stage, open_window(width=width, dark=dark), SCENES["enrol"])
    window.run("document.querySelector('.qr').scrollIntoView({block: 'center'})")
    assert scan(window.driver.get_screenshot_as_png()) == [URI]
    assert window.one(".touch a").get_attribute("href") == URI and not window.one(".touch a").is_displayed()


def test_the_sign_in_page_is_small(stage, open_window):
    """With everything that it loads, heads too, not compressed. What is loaded once is kept by its name."""
    window = show(stage, open_window(), SCENES["sign-in"])
    window.command("Network.enable")
    window.command("Network.setCacheDisabled", cacheDisabled=True)
    window.driver.refresh()
    window.command("Network.disable")
    loaded = window.run("return performance.getEntries().filter(e => e.transferSize).map(e => [e.name, e.transferSize])")
    icon = window.one("link[rel=icon]").get_attribute("href")
    sizes = dict(loaded) | {icon: len(requests.get(icon, timeout=10).content)}
    assert len(sizes) == 5 and sum(sizes.values()) < 20 * 1024, sizes
    sheet = requests.get(window.one("link[href*=portal]").get_attribute("href"), timeout=10)
    assert len(sheet.content) < 12 * 1024 and "immutable" in sheet.headers["Cache-Control"]


def test_nothing_of_a_secret_stays_in_front(open_window_on):
    """Not where its picture was drawn either."""
    with Stage(free_port(), os.environ.get("SPOM_PLAIN_BIN_DIR")) as plain:
        window = open_window_on(plain)
        window.go("/static/nothing")
        window.driver.add_cookie({"name": "spom_login", "value": "somebody"})
        show(plain, window, SCENES["enrol"])
        path = window.one(".qr path").get_attribute("d")
        show(plain, window, SCENES["recovery-sheet"])
        window.go("/static/nothing")
        assert plain.institution.encode() in memory(plain.pid), "it is read at all"
        assert_forgotten(plain.pid, {"secret": SECRET, "picture": path[:200], "code": CODES[0]["code"]})


@pytest.mark.parametrize("scripts", [False, True])
def test_recovery_codes_have_to_be_kept(stage, open_window, scripts):
    window = show(stage, open_window(scripts=scripts), SCENES["recovery-sheet"])
    assert window.one(".print").is_displayed() == scripts
    stage.says["turn"] = SCENES["code"][1]["turn"]
    before = len(stage.asked)
    window.one("form button").click()
    assert "turn" not in stage.asked[before:], "the box has to be ticked first"
    window.one("label[for=kept]").click()
    window.click("form button")
    assert "turn" in stage.asked[before:]


def test_recovery_codes_as_a_file_and_on_paper(stage, open_window):
    window = show(stage, open_window(), SCENES["recovery-sheet"])
    link = window.one("a[download]").get_attribute("href")
    saved = urllib.parse.unquote(link.split(",", 1)[1])
    assert link.startswith("data:text/plain;charset=utf-8,") and all(row["code"] in saved.split("\n") for row in CODES)
    assert "Example University" in saved and "Made on" in saved
    window.media(media="print")
    assert window.one(".paper").is_displayed() and not window.one("form").is_displayed() and not window.one("h1").is_displayed()
    lefts = {item.location["x"] for item in window.all(".codes li")}
    assert len(lefts) == 2, "two columns"
    pdf = base64.b64decode(window.command("Page.printToPDF", printBackground=False)["data"])
    assert pdf.count(b"/Type /Page\n") == 1, "one sheet of paper"


def test_a_new_password_is_typed_twice_only_where_it_cannot_be_shown(stage, open_window):
    plain = show(stage, open_window(scripts=False), SCENES["new-password"])
    for name, value in (("old", "the old one"), ("answer", "a new one"), ("again", "another one")):
        plain.one(f"#{name}").send_keys(value)
    plain.click("form button[type=submit]")
    assert "was not the same both times" in plain.text("#summary")
    window = show(stage, open_window(), SCENES["new-password"])
    assert not window.one("#again").is_displayed()
    window.one("#old").send_keys("the old one")
    window.one("#answer").send_keys("a new one")
    stage.says["turn"] = SCENES["code"][1]["turn"]
    window.click("form button[type=submit]")
    assert window.text("h1") == "Type the code"
    show(stage, window, ask("new_password", reason="password_must_change", problem="password_old_wrong"))
    window.one("#summary a").click()
    assert window.focused().get_attribute("id") == "old"


@pytest.mark.parametrize("width, folded", [(360, True), (1280, False)])
def test_the_menu(stage, open_window, width, folded):
    window = show(stage, open_window(width=width, scripts=False), SCENES["sessions"])
    assert window.one(".fold").is_displayed() == folded and window.one(".side").is_displayed() != folded
    assert {link.get_attribute("href") for link in window.all("nav [aria-current=page]")} == {stage.portal + "/sessions"}
    if folded:
        before = window.one("h1").location["y"]
        window.one(".fold summary").click()
        assert window.one("h1").location["y"] > before + 5 * 40, "five entries to hit with a thumb"


def test_what_was_typed_stays(stage, open_window):
    window = show(stage, open_window(scripts=False), SCENES["profile"])
    fields = window.all("input[name=phone]")
    assert len(fields) == 3, "two numbers, and a row for one more"
    fields[2].send_keys("<b>three</b>")
    stage.says.update(SCENES["profile-problem"][1])
    window.click("main form button[type=submit]")
    assert [field.get_attribute("value") for field in window.all("input[name=phone]")][2] == "<b>three</b>"
    window.one("#summary a").click()
    assert window.focused().get_attribute("id") == "f-phone" and "invalid per syntax" in window.text("#p-phone")


OLD = ["Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)",
       "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
       "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
       "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
       "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de; Galaxy S II) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
       "Mozilla/5.0 (Windows NT 5.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/36.0.1985.143 Safari/537.36"]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_old_browsers_get_what_they_can_show(stage, lang):
    """Nothing that came after HTML 4 but its first line, no scripts, nowhere to type a password; and the same for scripts as ever."""
    for agent in OLD:
        answer = requests.get(stage.portal + "/login", headers={"User-Agent": agent, "Accept": "*/*", "Accept-Language": lang}, timeout=10)
        html = answer.text
        assert answer.status_code == 200 and all(f"<li>{name}</li>" in html for name in ("Chrome", "Edge", "Firefox", "Safari")), agent
        assert set(re.findall(r"<([a-z0-9]+)", html)) <= {"html", "head", "meta", "link", "title", "body", "div", "p", "h1", "ul", "li"}
        sheet = requests.get(stage.portal + re.search(r'href="([^"]+)"', html).group(1), headers={"User-Agent": agent}, timeout=10).text
        assert "font" in sheet and not re.search(r"var\(|calc|flex|grid|rem|@|-inline|-block", sheet), "what IE knows"
        assert_html(html, agent)


def test_the_page_for_old_browsers(stage, open_window):
    window = open_window(agent=OLD[2])
    for path in ("/", "/login"):
        window.go(path)
        text = window.text()
        assert all(name in text for name in ("Chrome", "Edge", "Firefox", "Safari")) and "Example University" in text
        assert not window.all("a") and not window.all("form") and not window.all("script")
        for width in WIDTHS:
            window.resize(width)
            assert_fits(window, f"unsupported at {width}")
    window.screenshot("gallery-unsupported")
