"""picture.py FOLDER - makes docs/images/sign-in.png anew from the running campus whose folder is FOLDER."""
import base64
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from campus.client import Campus            # noqa: E402
from chromium import chromium               # noqa: E402

PAGE = """<body style="margin:0;background:#c9ccd1;display:flex;gap:24px;padding:24px;align-items:center;width:max-content">
<img src="data:image/png;base64,{wide}" style="border-radius:10px" width="800"><img src="data:image/png;base64,{phone}"
style="border-radius:22px" height="520"></body>"""


def shot(campus, width, height, dark):
    with chromium(width, height, dark=dark) as driver:
        driver.get(campus.portal + "/login")
        return driver.get_screenshot_as_base64()


def main(folder):
    campus = Campus(folder)
    page = PAGE.format(wide=shot(campus, 1000, 650, False), phone=shot(campus, 360, 700, True))
    with chromium(1163, 568) as driver:
        driver.get("data:text/html;base64," + base64.b64encode(page.encode()).decode())
        target = ROOT / "docs" / "images" / "sign-in.png"
        target.write_bytes(driver.get_screenshot_as_png())


if __name__ == "__main__":
    main(sys.argv[1])
