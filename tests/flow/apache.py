"""apache.py - an Apache of the tests' own, in front of pages that a module closes: /, /staff/, /exams/, /bye/."""
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from campus.client import until
from campus.guard import die_with_parent
from conftest import free_port, is_free
from relying import HTML

PAGES = ("site", "site/staff", "site/exams", "site/bye")
MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "headers", "dir")
SERVER = """
ServerRoot /usr/lib/apache2
{modules}
Listen 127.0.0.1:{port}
ServerName localhost
User www-data
Group www-data
PidFile {folder}/pid
ErrorLog {folder}/error.log
Mutex file:{folder}
DocumentRoot {folder}/site
DirectoryIndex page
{more}
Include {folder}/example.conf
"""


class Apache:
    """example: the file of docs/examples, with what stands for its names; more: settings of the test. FOLDER in them is one of Apache's own, with those
    files."""

    def __init__(self, port, module, example, more, files=None):
        # not below pytest's own folder, which every run of pytest closes to other users
        self.folder, self.origin = Path(tempfile.mkdtemp(prefix="spom-apache-")), f"http://localhost:{port}"
        folder = self.folder
        modules = "\n".join(f"LoadModule {name}_module modules/mod_{name}.so" for name in (*MODULES, module))
        (folder / "example.conf").write_text(example.replace("FOLDER", f"{folder}/kept"), encoding="utf-8")
        (folder / "apache.conf").write_text(SERVER.format(modules=modules, folder=folder, port=port, more=more), encoding="utf-8")
        (folder / "kept").mkdir()
        for name, content in (files or {}).items():
            (folder / "kept" / name).write_bytes(content)
        for path in PAGES:
            (folder / path).mkdir()
            (folder / path / "page").write_text(f"the pages of /{path}\n", encoding="utf-8")
        owner = pwd.getpwnam("www-data")
        for path in (folder, *(child for child in folder.iterdir() if child.is_dir())):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        me = os.getpid()
        self.process = subprocess.Popen(["apache2", "-DFOREGROUND", "-f", str(folder / "apache.conf")],
                                        preexec_fn=lambda: die_with_parent(me, signal.SIGTERM))

    def wait(self):
        until(self._answers, "Apache answers", 10)
        return self.origin

    def _answers(self):
        assert self.process.poll() is None, "another's Apache would answer"
        try:
            return requests.get(self.origin, allow_redirects=False, timeout=5).status_code in (302, 303)
        except requests.RequestException:
            return False

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def next_port():
    """One that no Apache has that runs already."""
    first = free_port() + 400
    return next(port for port in range(first, first + 40) if is_free(port))


def filled(example, names):
    """The text of an example with other names in it, each of which must be there."""
    for name, value in names.items():
        assert name in example, name
        example = example.replace(name, value)
    return example


def follow(browser, answer):
    """As a browser goes on, by Location and by Refresh."""
    while answer.status_code in (302, 303) or "Refresh" in answer.headers:
        to = answer.headers.get("Location") or answer.headers["Refresh"].removeprefix("0;url=")
        answer = browser.get(to, headers=HTML, allow_redirects=False)
    return answer


def enter(door, origin, person, path="/"):
    """Opens a page of the site, signs in where one is led, and comes back; the browser and the last answer."""
    first = door.browser.get(origin + path, headers=HTML, allow_redirects=False)
    login = door.browser.get(first.headers["Location"], headers=HTML, allow_redirects=False)
    onward = parse_qs(urlsplit(login.headers["Location"]).query)["next"][0]
    door.get(next=onward)
    assert door.sign_in(person).json()["next"] == onward
    return door, follow(door.browser, door.browser.get(onward, headers=HTML))
