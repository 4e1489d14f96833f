"""conftest.py - Chromium against a campus. `open_browser(...)` gives a window as a test wants it; all are closed with the test.

Each window has a profile of its own, so nobody is signed in before the test signs in.
"""
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))         # so that tests find `campus`
SCREENS = ROOT / "build" / "screens"

# Nothing leaves this machine, and nothing asks.
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--remote-debugging-pipe"]         # chromedriver would look up localhost, which a bare Debian does not know


def _flow():
    """tests/flow/conftest.py under a name of its own: it knows how to start a campus."""
    spec = importlib.util.spec_from_file_location("flow_conftest", ROOT / "tests" / "flow" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def campus():
    running = _flow().Running(ROOT / "build" / "browser", env={"SPOM_DEMO_FACTORS": "0"})
    yield running.campus
    running.end()


class Window:
    """A browser window, and what a person does in it."""

    def __init__(self, campus, profile, width=1280, height=800, dark=False, lang="en", scripts=True, https=False, agent=None):
        options = webdriver.ChromeOptions()
        for argument in [*QUIET, f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--lang={lang}"]:
            options.add_argument(argument)
        if agent:
            options.add_argument(f"--user-agent={agent}")
        options.set_capability("acceptInsecureCerts", https)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        preferences = {"intl.accept_languages": lang, "credentials_enable_service": False}
        if not scripts:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        self.portal = campus.json["portal_https"] if https else campus.portal
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(20)
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

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def sign_in(self, user, password, path="/login"):
        self.go(path)
        self.one("#user").send_keys(user)
        self.one("#password").send_keys(password)
        self.click("form button[type=submit]")

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


@pytest.fixture
def open_window_on(tmp_path):
    """A window on a campus, or on whatever has its addresses."""
    windows = []

    def open_one(campus, **options):
        windows.append(Window(campus, tmp_path / f"profile-{len(windows)}", **options))
        return windows[-1]

    yield open_one
    for window in windows:
        window.driver.quit()


@pytest.fixture
def open_browser(campus, open_window_on):
    return lambda **options: open_window_on(campus, **options)
