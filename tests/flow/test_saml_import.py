"""spomctl import saml-metadata: the services of a federation from its file, and files that are none."""
import re
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from campus.client import until
from campus.layout import BIN
from feed import BEHIND, CATEGORIES, CATEGORY, DESCRIPTOR, SPACES, role, sign, times
from provider import Provider, make_key
from relying import REASON, Registry, signed_in
from saml_raw import SIG, template

GROUP = DESCRIPTOR.replace("EntityDescriptor", "EntitiesDescriptor")
NAMES = ["fed-wiki-example-edu-saml", "plain-example-org-sp", "deep-example-org-sp"]


@pytest.fixture(scope="module")
def register(campus):
    registry = Registry(campus)
    shutil.copy(BIN / "spom-judge", registry.ctl.folder / "spom-judge")
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def federation(campus, tmp_path_factory):
    """Its key, and a service of it that speaks."""
    folder = tmp_path_factory.mktemp("federation")
    folder.chmod(0o755)
    key, certificate = make_key(folder, "federation")
    certificate.chmod(0o644)
    return SimpleNamespace(folder=folder, key=key, certificate=certificate, wiki=Provider(campus, folder, "fed-wiki"))


def entity(name, inside=None, more=""):
    entity_id = f"https://{name}.example.org/sp"
    return f'<md:EntityDescriptor entityID="{entity_id}"{more}>{inside or role(entity_id)}{BEHIND}</md:EntityDescriptor>'


IDENTITY = entity("idp", '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>')


def group(*inside, when=None, mark=""):
    """Its namespaces are declared at the root alone."""
    return f'<md:EntitiesDescriptor {SPACES} ID="_f1" Name="all"{times() if when is None else when}>{mark}{"".join(inside)}</md:EntitiesDescriptor>'


def whole(federation, when=None, mark=template("_f1")):
    wiki = federation.wiki.metadata.read_text(encoding="utf-8")
    wiki = wiki[wiki.index("<ns0:EntityDescriptor"):]
    wiki = re.sub(r"(<ns0:EntityDescriptor [^>]*>)", rf"\1<md:Extensions>{CATEGORIES.format(CATEGORY)}</md:Extensions>", wiki, count=1)
    return group("<!-- of a federation -->", wiki, entity("plain"), IDENTITY, f'<md:EntitiesDescriptor Name="x">{entity("deep")}{IDENTITY}</md:EntitiesDescriptor>',
                 when=when, mark=mark)


def given(federation, text, key=None, name="aggregate"):
    """The name of a file of that text; signed by a key."""
    path = federation.folder / f"{name}.xml"
    path.write_text(sign(federation.folder, text, key, GROUP) if key else text, encoding="utf-8")
    path.chmod(0o644)
    return str(path)


def take(register, *words):
    return register.ctl("import", "saml-metadata", *words)


def known(register):
    return {row["name"] for row in register.ctl.rows("service", "list")}


def test_a_look_first(register, federation):
    before = known(register)
    file = given(federation, whole(federation), federation.key)
    done = take(register, file, "--dry-run", "--key", str(federation.certificate))
    assert done.returncode == 0 and done.stderr.splitlines()[-1] == "3 would be added, 0 not; 2 in it are no service providers", done
    assert re.findall(r"^service +(.*)$", done.stdout, re.M) == NAMES and "https://deep.example.org/sp/acs" in done.stdout
    assert known(register) == before, "nobody was asked"
    assert take(register, file).returncode == 2, "the real one takes a reason"


def test_what_is_registered(campus, register, federation):
    file = given(federation, whole(federation), federation.key)
    options = ("--key", str(federation.certificate), "--claims", "name", "--category", "personalized anonymous code-of-conduct", "--owner", "the federation", *REASON)
    done = take(register, file, *options)
    register.names += NAMES
    assert done.returncode == 0 and done.stderr.splitlines()[-1] == "3 added, 0 not added; 2 in it are no service providers", done
    wiki, plain = (register.ctl.json("service", "show", name)["service"] for name in NAMES[:2])
    assert wiki["client_id"] == federation.wiki.entity_id and wiki["categories"] == [{"value": "personalized"}, {"value": "code-of-conduct"}], "what its metadata name of that"
    assert plain["label"] == "Archive Ltd" and not plain.get("categories") and plain["owner"] == "the federation"
    door = signed_in(campus, campus.person(role="student"))
    until(lambda: federation.wiki.read(federation.wiki.ask(door.browser)).ava["mail"], "it is signed in to", 5)
    again = take(register, file, *options)
    assert again.returncode == 1 and again.stderr.splitlines()[-1].startswith("0 added, 3 not added;"), again
    assert again.stderr.count("already") == 3 and "https://deep.example.org/sp: not added" in again.stderr


def test_one_service_alone(register, federation):
    file = given(federation, entity("alone").replace("<md:EntityDescriptor", f"<md:EntityDescriptor {SPACES}", 1))
    done = take(register, file, *REASON)
    register.names += ["alone-example-org-sp"]
    assert done.returncode == 0 and "1 added" in done.stderr, done


def named(done):
    return re.findall(r"^service +(.*)$", done.stdout, re.M)


def test_names_that_collide(register, federation):
    """Two of one file, and one with a service that was there before; each is called the same whenever it is imported."""
    file = given(federation, group(entity("one.two"), entity("one-two"), entity("three.four")))
    register("three-four-example-org-sp")
    planned = named(take(register, file, "--dry-run"))
    done = take(register, file, *REASON)
    names = named(done)
    register.names += names
    assert done.returncode == 0 and names[0] == "one-two-example-org-sp" and names[:2] == planned[:2], done
    assert all(re.fullmatch(f"{plain}-example-org-sp-[0-9a-f]{{8}}", name) for plain, name in zip(("one-two", "three-four"), names[1:])), names
    ids = [register.ctl.json("service", "show", name)["service"]["client_id"] for name in names]
    assert ids == [f"https://{host}.example.org/sp" for host in ("one.two", "one-two", "three.four")]
    before = known(register)
    again = take(register, file, *REASON)
    assert again.returncode == 1 and again.stderr.count("entityID or address already") == 3 and known(register) == before, again
    for name in (names[1], names[0]):
        register.remove(name)
        register.names += named(take(register, file, *REASON))
    assert known(register) == before, "what was taken away is called as it was"


def laughs(text):
    return "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>" + text


BAD = {         # what is given, whether a key is named, what is said
    "no XML": (lambda f: "metadata", False, "no XML"),
    "nothing": (lambda f: "", False, "no XML"),
    "another document": (lambda f: "<a/>", False, "no metadata of SAML"),
    "cut": (lambda f: whole(f)[:-9], False, "no XML"),
    "entities": (lambda f: laughs(whole(f)), False, "DTD"),
    "a DTD elsewhere": (lambda f: laughs(whole(f)).replace("<!DOCTYPE r [", "<!DOCTYPE r SYSTEM 'file:///etc/passwd' ["), False, "DTD"),
    "an instruction": (lambda f: whole(f).replace("<md:EntitiesDescriptor Name", "<?php evil?><md:EntitiesDescriptor Name"), False, "instructions"),
    "too deep": (lambda f: group("<md:EntitiesDescriptor>" * 40 + entity("x") + "</md:EntitiesDescriptor>" * 40), False, "too large"),
    "over": (lambda f: whole(f, when=times(-1)), False, "validUntil is over"),
    "no time": (lambda f: whole(f, when=' validUntil="tomorrow"'), False, "no time"),
    "over, though signed": (lambda f: sign(f.folder, whole(f, when=times(-1)), f.key, GROUP), True, "validUntil is over"),
    "unsigned": (lambda f: whole(f, mark=""), True, "not signed as a whole"),
    "another key": (lambda f: sign(f.folder, whole(f), make_key(f.folder, "stranger")[0], GROUP), True, "not signed with that key"),
    "changed": (lambda f: sign(f.folder, whole(f), f.key, GROUP).replace("plain.", "plane."), True, "or was changed"),
    "a service more": (lambda f: sign(f.folder, whole(f), f.key, GROUP).replace("<md:EntitiesDescriptor Name", entity("evil") + "<md:EntitiesDescriptor Name"), True, "was changed"),
    "signed below": (lambda f: group(sign(f.folder, whole(f), f.key, GROUP).partition("?>")[2]), True, "not signed as a whole"),
    "SHA-1": (lambda f: sign(f.folder, whole(f, mark=template("_f1", method=SIG + "rsa-sha1")), f.key, GROUP), True, "algorithm"),
}


def test_files_that_are_refused_as_a_whole(register, federation, monkeypatch):
    monkeypatch.setitem(register.ctl.env, "ASAN_OPTIONS", "detect_leaks=0")        # a second for each; the other tests look
    files = {name: given(federation, make(federation), name=name) for name, (make, _, _) in BAD.items()}

    def one(name):
        return take(register, files[name], "--dry-run", *(("--key", str(federation.certificate)) if BAD[name][1] else ()))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(one, BAD))
    for done, (name, (_, _, words)) in zip(answers, BAD.items()):
        assert done.returncode == 1 and "nothing was added: " in done.stderr and words in done.stderr and not done.stdout, (name, done)
    for key in (federation.key, federation.folder):
        assert "--key names a file with a certificate" in take(register, files["over"], "--dry-run", "--key", str(key)).stderr
    assert take(register, "/nowhere.xml", "--dry-run").returncode == 2


def test_services_that_are_refused_alone(register, federation):
    """Each by itself, with its reason; the last one is taken."""
    post, weak = "bindings:HTTP-POST", make_key(federation.folder, "weak", "rsa:1024")[1].read_text(encoding="utf-8")
    certificate = "".join(weak.split("-----")[2].split())
    keyed = role("https://k.example.org/sp").replace("<md:Assertion", "<md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"" + SIG + f'"><ds:X509Data><ds:X509Certificate>{certificate}'
                                                     "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:Assertion", 1)
    rows = {
        entity("http", role("https://http.example.org/sp").replace("https:", "http:")): "http",
        entity("artifact", role("https://a.example.org/sp").replace(post, "bindings:HTTP-Artifact")): "no metadata of one SAML 2.0 service",
        entity("k", keyed): "too weak",
        entity("gone", more=times(-1)): "validUntil is over",
        f'<md:EntitiesDescriptor{times(-1)}>{entity("within")}</md:EntitiesDescriptor>': "validUntil is over",
        entity("x" * 300): "a value that cannot be",
        entity("twice") + entity("twice"): "already",
        entity("good-" + "long-" * 20): "",
    }
    done = take(register, given(federation, group(*rows)), *REASON)
    register.names += ["twice-example-org-sp"] + [name for name in known(register) if name.startswith("good-long")]
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("2 added, 7 not added;"), done
    for words in rows.values():
        assert words in done.stderr, words
    assert "https://twice.example.org/sp: not added" in done.stderr and "?: not added" in done.stderr, done.stderr
    assert re.search(r"^service +good-(long-)+[a-z-]*[0-9a-f]{8}$", done.stdout, re.M), "another name for each long one"


def test_more_services_than_are_registered_one_by_one(register, federation):
    file = given(federation, group(*(entity(f"many{i}") for i in range(1001))))
    assert "more than 1000" in take(register, file, *REASON).stderr
    assert take(register, file, "--dry-run").stderr.splitlines()[-1].startswith("1001 would be added")


def test_who_reads_it(register, federation, tmp_path):
    """It is shut in before it is asked; where there is none, or one that ends, nothing is added."""
    ours, its = socket.socketpair()
    with subprocess.Popen([BIN / "spom-judge", "--aggregate"], stdin=subprocess.DEVNULL, stdout=its) as judge:
        until(lambda: "\nSeccomp:\t2\n" in Path(f"/proc/{judge.pid}/status").read_text(encoding="utf-8"), "it is shut in", 10)
        ours.close()
        assert judge.wait(10) == 1
    its.close()
    tmp_path.chmod(0o755)
    shutil.copy(register.ctl.folder / "spomctl", tmp_path / "spomctl")
    file = given(federation, whole(federation))
    for program, words in ((None, "no spom-judge beside"), ("#!/bin/sh\nexit 0\n", "ended over the file"), ("#!/bin/sh\nhead -c 500 /dev/zero >&1\n", "ended over the file")):
        if program:
            (tmp_path / "spom-judge").write_text(program, encoding="utf-8")
            (tmp_path / "spom-judge").chmod(0o755)
        done = subprocess.run([tmp_path / "spomctl", "import", "saml-metadata", "--dry-run", file], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and words in done.stderr, done
