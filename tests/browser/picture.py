"""picture.py FOLDER - makes docs/images/sign-in.png anew from the running campus whose folder is FOLDER."""
import base64
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from campus.client import Campus            # noqa: E402
from conftest import Window                 # noqa: E402

PAGE = """<body style="margin:0;background:#c9ccd1;display:flex;gap:24px;padding:24px;align-items:center;width:max-content">
<img src="data:image/png;base64,{wide}" style="border-radius:10px" width="800"><img src="data:image/png;base64,{phone}"
style="border-radius:22px" height="520"></body>"""


def shot(campus, url, width, height, dark=False):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        window = Window(campus, profile, width, height, dark)
        try:
            window.driver.get(url)
            return window.driver.get_screenshot_as_base64()
        finally:
            window.driver.quit()


def main(folder):
    campus = Campus(folder)
    url = campus.portal + "/login"
    page = PAGE.format(wide=shot(campus, url, 1000, 650), phone=shot(campus, url, 360, 700, dark=True))
    page = "data:text/html;base64," + base64.b64encode(page.encode()).decode()
    (ROOT / "docs" / "images" / "sign-in.png").write_bytes(base64.b64decode(shot(campus, page, 1163, 568)))


if __name__ == "__main__":
    main(sys.argv[1])
