"""picture.py FOLDER - makes the pictures of docs/images anew from the running campus whose folder is FOLDER."""
import base64
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from campus.client import Campus            # noqa: E402
from campus.codes import Codes              # noqa: E402
from conftest import Window                 # noqa: E402

IMAGES = ROOT / "docs" / "images"
BOTH = """<body style="margin:0;background:#c9ccd1;display:flex;gap:24px;padding:24px;align-items:center;width:max-content">
<img src="data:image/png;base64,{wide}" style="border-radius:10px" width="800"><img src="data:image/png;base64,{phone}"
style="border-radius:22px" height="520"></body>"""


def shot(window, width, height, dark=False):
    window.resize(width, height)
    window.media(dark)
    return window.driver.get_screenshot_as_base64()


def keep(name, picture):
    (IMAGES / f"{name}.png").write_bytes(base64.b64decode(picture))


def both(window):
    """A page on a wide screen in the light, and on a phone in the dark."""
    page = BOTH.format(wide=shot(window, 1000, 650), phone=shot(window, 360, 700, dark=True))
    window.driver.get("data:text/html;base64," + base64.b64encode(page.encode()).decode())
    return shot(window, 1163, 568)


def main(folder):
    campus, codes = Campus(folder), Codes()
    person = campus.person(role="hr")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        window = Window(profile)
        try:
            window.begin(campus)
            window.go("/login")
            keep("sign-in", both(window))
            window.sign_in_fully(person, codes)         # once before, so that there is a last time
            window.click("header form button")
            window.sign_in(person.user, person.password)
            keep("code", shot(window, 720, 560))
            window.answer(codes.next(person))
            window.go("/")
            keep("home", shot(window, 960, 680))
            window.go("/profile")
            keep("profile", shot(window, 960, 680))
        finally:
            window.driver.quit()


if __name__ == "__main__":
    main(sys.argv[1])
