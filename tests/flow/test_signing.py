"""The keys that sign tokens, as operators see them: made once, kept sealed in the directory, replaced, and told apart from what others put there."""
import os
import re
from contextlib import contextmanager

import ldap
import pytest

from campus.client import until
from campus.directory import service_dn
from conftest import ROOT, Running
from ctl import Ctl
from second import authority, machine

ALGS = ["EdDSA", "ES256", "RS256"]
GLASS = ("--break-glass", "--reason", "a test")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="writes the authority's files")


@pytest.fixture(scope="module")
def own():
    running = Running(ROOT / "build" / "flow-signing", env={"SPOM_DEMO_FACTORS": "0", "SPOM_DEMO_USERS": "20"})
    yield running.campus
    running.end()


@pytest.fixture(scope="module")
def ctl(own):
    made = Ctl(own)
    yield made
    made.close()


def keys(ctl):
    return ctl.json("signing", "list")["keys"]


def kids(ctl, state="signs"):
    return {key["alg"]: key["kid"] for key in keys(ctl) if key["state"] == state}


def said(own):
    return own.log("spom-authority")


@pytest.fixture
def shelf(own):
    """What is bound as spom-store, and where the keys lie."""
    return own.ldap(service_dn("store"), own.secret("ldap-store")), f"ou=keys,ou=spom,{own.json['ldap']['base']}"


def restart(own, ctl):
    own.replace("spom-authority")
    until(lambda: ctl("health").returncode != 3, "the new one listens to operators", 10)


@contextmanager
def second_ctl(own, home):
    """spomctl of another machine, on the same directory."""
    with machine(own, home) as sockets, authority(home, sockets):
        made = Ctl(own)
        made.env["SPOM_SOCKETS"] = str(sockets)
        yield made
        made.close()


def test_one_key_of_each_algorithm_is_made_at_first_use(own, ctl, shelf):
    connection, below = shelf
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        connection.search_s(below, ldap.SCOPE_BASE)
    first = keys(ctl)
    assert sorted(key["alg"] for key in first) == sorted(ALGS) and {key["state"] for key in first} == {"signs"}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", key["kid"]) for key in first)
    assert keys(ctl) == first, "there is no other behind it"
    text = ctl("signing", "list")
    assert text.returncode == 0 and all(len(line) <= 80 for line in text.stdout.splitlines()), text.stdout
    whole = repr(connection.search_s(below, ldap.SCOPE_SUBTREE, attrlist=["*"]))
    assert whole.count("spomSigningKey") == 3 and all(key["kid"] not in whole for key in first)


def test_a_restart_and_another_authority_have_the_same(own, ctl, tmp_path):
    first = keys(ctl)
    restart(own, ctl)
    assert keys(ctl) == first
    with second_ctl(own, tmp_path) as other:
        assert keys(other) == first


def test_a_new_one_is_published_and_the_one_before_signs(own, ctl):
    before = kids(ctl)
    assert ctl("signing", "rotate").returncode == 2, "it takes a reason"
    refused = ctl("signing", "rotate", "--reason", "a test")
    assert refused.returncode == 1 and "--break-glass" in refused.stderr
    wrong = ctl("signing", "rotate", "--alg", "HS256", *GLASS)
    assert wrong.returncode == 1 and "ES256" in wrong.stderr
    done = ctl("signing", "rotate", "--alg", "ES256", *GLASS)
    assert done.returncode == 0 and "published, signs from" in done.stdout, done.stderr
    assert kids(ctl) == before
    [coming] = [key for key in keys(ctl) if key["state"] == "comes"]
    assert coming["alg"] == "ES256" and coming["kid"] != before["ES256"]
    [record] = [row for row in ctl.rows("audit", "tail", "20") if row["event"] == "signing_key_rotated"]
    assert record["object"] == "ES256" and record["reason"] == "a test"


def test_one_that_was_stolen_goes_at_once(own, ctl):
    before = kids(ctl)
    done = ctl("signing", "rotate", "--alg", "ES256", "--retire", *GLASS)
    assert done.returncode == 0 and "2 were taken away" in done.stdout, done.stderr
    after = kids(ctl)
    assert after["ES256"] != before["ES256"] and len(keys(ctl)) == 3
    assert {**after, "ES256": None} == {**before, "ES256": None}


def entry_of(connection, below, alg):
    [(dn, entry)] = connection.search_s(below, ldap.SCOPE_ONELEVEL, f"(cn={alg.lower()}-*)")
    return dn, entry


def test_what_a_writer_of_the_directory_puts_there_is_not_used(own, ctl, shelf):
    """Of another key, or of somebody else's making: neither is opened, both are logged; then a rotation takes it away."""
    connection, below = shelf
    before = kids(ctl)
    dn, entry = entry_of(connection, below, "EdDSA")
    _, other = entry_of(connection, below, "ES256")
    for value in (other["spomSealed"], [entry["spomSealed"][0][:-4] + b"AAAA"]):
        seen = said(own).count(" shelf_broken ")
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "spomSealed", value)])
        broken = [key for key in keys(ctl) if key["state"] == "broken"]
        assert [key["alg"] for key in broken] == ["EdDSA"] and "kid" not in broken[0]
        assert said(own).count(" shelf_broken ") > seen and "EdDSA" not in kids(ctl)
    text = ctl("signing", "list").stdout
    assert "CANNOT BE OPENED" in text and broken[0]["name"] in text
    connection.modify_s(dn, [(ldap.MOD_REPLACE, "spomSealed", entry["spomSealed"])])
    assert kids(ctl) == before, "put back, it is as it was"
    connection.modify_s(dn, [(ldap.MOD_REPLACE, "spomSealed", other["spomSealed"])])
    assert ctl("signing", "rotate", "--alg", "EdDSA", *GLASS).returncode == 0
    assert [key["state"] for key in keys(ctl)] == ["signs"] * 3
    assert kids(ctl)["EdDSA"] != before["EdDSA"]


def test_what_is_taken_away_is_made_anew(own, ctl, shelf):
    connection, below = shelf
    before = kids(ctl)
    connection.delete_s(entry_of(connection, below, "ES256")[0])
    after = kids(ctl)
    assert sorted(after) == sorted(ALGS) and after["ES256"] != before["ES256"] and after["RS256"] == before["RS256"]


def test_without_the_directory_nothing_is_changed(own, ctl):
    before = kids(ctl)
    own.stop("slapd")
    try:
        refused = ctl("signing", "list")
        assert refused.returncode == 1 and "does not answer" in refused.stderr
    finally:
        own.start("slapd")
    until(lambda: ctl("signing", "list").returncode == 0, "the directory is back", 20)
    assert kids(ctl) == before


@needs_root
def test_they_outlive_the_master_key(own, ctl):
    """Sealed anew in the background; then the old master key opens nothing any more."""
    before = keys(ctl)
    file = own.dir / "secrets" / "master"
    for words in ((), ("--retire",)):
        until(lambda: not ctl.json("key", "list").get("resealing"), "all is sealed anew", 60)
        done = ctl("key", "rotate", *words, *GLASS)
        assert done.returncode == 0, done.stderr
        if not file.read_text().startswith(done.stdout):
            file.write_text(done.stdout)
            assert ctl("config", "reload").returncode == 0
    assert keys(ctl) == before
    restart(own, ctl)
    assert keys(ctl) == before
