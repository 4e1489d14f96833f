"""chromium.py - a Chromium for tests and pictures: headless, with a profile of its own, and nothing but the loopback to talk to."""
import contextlib
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--no-proxy-server", "--disable-dev-shm-usage",
            "--ignore-certificate-errors",
            "--remote-debugging-pipe"]          # chromedriver would look up localhost, which a bare Debian does not know


@contextlib.contextmanager
def chromium(width=1200, height=800, dark=False, scripts=True, language="en"):
    """A browser window of that size; closed at the end."""
    options = webdriver.ChromeOptions()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for switch in (*SWITCHES, f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--lang={language}"):
            options.add_argument(switch)
        prefs = {"intl.accept_languages": language}
        if not scripts:
            prefs["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", prefs)
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        try:
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
            if dark:
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                    "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
            yield driver
        finally:
            driver.quit()
