"""What the documentation shows and needs a campus: commands in blocks marked ```sh campus, run as root beside one, and the applications in Python."""
import os
import re
import subprocess
from html import unescape

import pytest

from apache import filled
from campus.layout import BIN
from conftest import ROOT
from provider import make_key
from relying import HTML, inside, register      # pylint: disable=unused-import
from small_flask import running

PYTHON = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
BLOCK = re.compile(r"^```sh campus\n(?P<commands>.*?)^```$", re.M | re.S)
COMMANDS = [(path.name, line) for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
            for block in BLOCK.finditer(path.read_text(encoding="utf-8")) for line in block["commands"].splitlines() if line]


@pytest.mark.skipif(os.geteuid() != 0, reason="operators' commands, as root")
@pytest.mark.parametrize("document, command", COMMANDS)
def test_the_command_works(campus, document, command):
    env = os.environ | {"SPOM_SOCKETS": campus.json["sockets"], "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", command], cwd=ROOT, env=env, timeout=60, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"{document}: {command}: {done.stdout}{done.stderr}"
    assert done.stdout.strip(), f"{document}: {command}: says nothing"


def test_there_are_such_commands():
    assert len(COMMANDS) >= 5


def example(word, names):
    """The block of docs/services.md that has the word, with other names in it."""
    [source] = [block for block in PYTHON.findall((ROOT / "docs/services.md").read_text(encoding="utf-8")) if word in block]
    return filled(source, names)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """None of the machine's stands between an example and the loopback."""
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")


def sent_back(answer):
    """Where a browser goes on, by a redirect or by a page."""
    return answer.headers.get("Location") or answer.headers["Refresh"].removeprefix("0;url=")


def test_the_application_by_openid_connect(campus, register, inside):
    added = register.add("shown-oidc", "--redirect-uri", "https://wiki.example.edu/oidc-callback", claims="name preferred_username email groups")
    with running(example("authlib", {"https://login.example.edu": campus.portal, "CLIENT-ID": added["client_id"],
                                     "CLIENT-SECRET": added["client_secret"]})) as browser:
        assert browser.get("/") == "/login"
        back = sent_back(inside.browser.get(browser.get("/login"), headers=HTML))
        assert back.startswith("https://wiki.example.edu/oidc-callback?code=") and browser.get(back) == "/"
        assert browser.get("/") == "You are " + campus.person(role="student").name


def test_the_application_by_cas(campus, register, inside):
    register.add("shown-cas", "--cas", "--service-url", "https://wiki.example.edu/app/", claims="name")
    with running(example("serviceValidate", {"https://login.example.edu": campus.portal})) as browser:
        back = sent_back(inside.browser.get(browser.get("/app/"), headers=HTML))
        assert back.startswith("https://wiki.example.edu/app/?ticket=ST-") and browser.get(back) == "https://wiki.example.edu/app/"
        assert browser.get("/app/") == "You are " + campus.person(role="student").user
        browser.get(back)
        assert browser.get("/app/").startswith(campus.portal + "/cas/login?"), "a ticket that is used up is nobody's"


def test_the_application_by_saml(campus, register, inside, tmp_path):
    key, certificate = make_key(tmp_path, "sp")
    names = {}
    exec(example("saml2", {"https://login.example.edu": campus.portal, "sp.key": str(key), "sp.pem": str(certificate)}), names)     # pylint: disable=exec-used
    metadata = tmp_path / "library.xml"
    metadata.write_text(names["metadata"](), encoding="utf-8")
    register.add("shown-saml", "--saml-metadata", str(metadata), claims="name preferred_username email groups pairwise_id")
    request, to = names["sign_in"]()
    fields = dict(re.findall(r'name="(SAMLResponse|RelayState)" value="([^"]*)"', inside.browser.get(to, headers=HTML).text))
    person = names["person_of"]({"SAMLResponse": unescape(fields["SAMLResponse"])}, request)
    assert person["uid"] == [campus.person(role="student").user] and person["displayName"] and person["pairwise-id"] and person["isMemberOf"]
