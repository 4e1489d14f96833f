"""conftest.py - Chromium against a campus. `open_browser(...)` and `open_full(...)` give a window as a test wants it, in which nobody
is signed in before the test signs in.
"""
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))         # so that tests find `campus`
SCREENS = ROOT / "build" / "screens"

from campus.codes import Codes          # noqa: E402 pylint: disable=wrong-import-position

# Nothing leaves this machine, and nothing asks.
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-lcd-text",
         "--remote-debugging-pipe"]         # chromedriver would look up localhost, which a bare Debian does not know


def _flow():
    """tests/flow/conftest.py under a name of its own: it knows how to start a campus."""
    spec = importlib.util.spec_from_file_location("flow_conftest", ROOT / "tests" / "flow" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _running(name, **env):
    running = _flow().Running(ROOT / "build" / name, env=env)
    yield running.campus
    running.end()


@pytest.fixture(scope="session")
def campus():
    """Nobody has a second factor, and none is required."""
    yield from _running("browser", SPOM_DEMO_FACTORS="0")


@pytest.fixture(scope="session")
def full():
    """People have authenticators, and everybody needs one."""
    yield from _running("browser-full", SPOM_DEMO_USERS="60")


@pytest.fixture(scope="session")
def codes():
    """The authenticators of the campus `full`."""
    return Codes()


@pytest.fixture
def somebody(full):
    """somebody(): a person with password and authenticator whom no other test has."""
    return full.newcomer


class Window:
    """A browser window, and what a person does in it."""

    def __init__(self, profile, lang="en", scripts=True, agent=None):
        options = webdriver.ChromeOptions()
        for argument in [*QUIET, f"--user-data-dir={profile}", f"--lang={lang}"]:
            options.add_argument(argument)
        if agent:
            options.add_argument(f"--user-agent={agent}")
        options.set_capability("acceptInsecureCerts", True)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        preferences = {"intl.accept_languages": lang, "credentials_enable_service": False}
        if not scripts:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(20)

    def begin(self, site, https=False, width=1280, height=800, dark=False):
        """As one that was opened just now, before a campus or whatever has its addresses."""
        for handle in self.driver.window_handles[1:]:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])
        self.driver.get("about:blank")
        self.command("Network.clearBrowserCookies")
        self.complaints()
        self.portal = site.json["portal_https"] if https else site.portal
        self.resize(width, height)
        self.media(dark)

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def _metrics(self, width, height):
        self.size = width, height
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def resize(self, width, height=800):
        self._metrics(width, height)

    def media(self, dark=False, media="", **features):
        """The person's theme and wishes (forced_colors="active"), or paper (media="print")."""
        features["prefers_color_scheme"] = "dark" if dark else "light"
        self.command("Emulation.setEmulatedMedia", media=media, features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def go(self, path):
        self.driver.get(self.portal + path)

    @property
    def path(self):
        return self.driver.current_url.removeprefix(self.portal)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        """A page that is shown anew between the two questions is asked again."""
        try:
            return self.one(selector).text
        except WebDriverException as gone:
            if "does not belong to the document" not in str(gone) and not isinstance(gone, StaleElementReferenceException):
                raise
            return self.one(selector).text

    def focused(self):
        return self.driver.switch_to.active_element

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def follow(self, act):
        """Does what leads to another page, and waits for that."""
        before = self.one("html")
        act()
        WebDriverWait(self.driver, 10, 0.02).until(lambda _: _is_gone(before))

    def click(self, selector):
        self.follow(self.one(selector).click)

    def double_click(self, selector):
        ActionChains(self.driver).double_click(self.one(selector)).perform()

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def sign_in(self, user, password, path="/login"):
        self.go(path)
        self.one("#user").send_keys(user)
        self.one("#password").send_keys(password)
        self.click("form button[type=submit]")

    def answer(self, text):
        """To the question of a sign-in that waits."""
        self.one("#answer").send_keys(text)
        self.click("form button[type=submit]")

    def sign_in_fully(self, person, codes, path="/login"):
        self.sign_in(person.user, person.password, path)
        self.answer(codes.next(person))

    def screenshot(self, name):
        """The whole page, to build/screens."""
        width, height = self.size
        whole = self.command("Page.getLayoutMetrics")["cssContentSize"]["height"]
        self._metrics(width, max(height, int(whole)))
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENS / f"{name}.png"))
        self._metrics(width, height)

    def complaints(self):
        """What the browser did not like: blocked by the content policy, scripts that failed, files that are not there."""
        return [line["message"] for line in self.driver.get_log("browser")
                if line["level"] == "SEVERE" and not re.search("responded with a status of [45]", line["message"])]


def _is_gone(element):
    try:
        return not element.tag_name
    except WebDriverException:      # stale, or in the middle of becoming so
        return True


class Windows:
    """Starting a browser takes a second, so one that a test is done with begins anew for the next test that wants its like."""

    def __init__(self, folder):
        self._folder, self._free, self._all = folder, {}, []

    def take(self, **options):
        key = tuple(sorted(options.items()))
        free = self._free.setdefault(key, [])
        if not free:
            self._all.append(Window(self._folder / f"profile-{len(self._all)}", **options))
            return key, self._all[-1]
        return key, free.pop()

    def give_back(self, key, window):
        self._free[key].append(window)

    def close(self):
        for window in self._all:
            window.driver.quit()


@pytest.fixture(scope="session")
def windows(tmp_path_factory):
    all_windows = Windows(tmp_path_factory.mktemp("profiles"))
    yield all_windows
    all_windows.close()


@pytest.fixture
def open_window_on(windows):
    """open_window_on(site, ...): a window that nobody is signed in with, and that no cookie is left in."""
    taken = []

    def open_one(site, https=False, width=1280, height=800, dark=False, **options):
        taken.append(windows.take(**options))
        window = taken[-1][1]
        window.begin(site, https, width, height, dark)
        return window

    yield open_one
    for key, window in taken:
        windows.give_back(key, window)


@pytest.fixture
def open_browser(campus, open_window_on):
    return lambda **options: open_window_on(campus, **options)


@pytest.fixture
def open_full(full, open_window_on):
    return lambda **options: open_window_on(full, **options)
