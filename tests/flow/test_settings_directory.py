"""The settings of the directory and of our own records, each turned once; see test_settings.py."""
import os
import signal
import subprocess
import time

import pytest

from application import enter
from campus.client import until
from door import JSON, Door
from turning import ctl, home, own, person, settings, sign_in      # pylint: disable=unused-import

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="restarts programs of other users")


@pytest.mark.parametrize("key, value, status", [
    ("people_base", "ou=nowhere,dc=example,dc=edu", 500), ("people_filter", "(uid=nobody-at-all)", 401)])
def test_who_is_a_person(own, ctl, person, key, value, status):
    with settings(own, ctl, **{f"directory_DOT_{key}": value}):
        assert sign_in(own, person)[2] == status
    assert sign_in(own, person)[1].get("done") is True


def test_directory_name_attributes(own, ctl, person):
    mail = f"{person.user}@example.edu"
    assert sign_in(own, type(person)(user=mail, password=person.password))[1].get("done") is True
    with settings(own, ctl, directory_DOT_name_attributes="uid"):
        assert sign_in(own, type(person)(user=mail, password=person.password))[2] == 401


@pytest.mark.parametrize("key, value", [("uri", "ldap://127.0.0.1:1"), ("read_dn", "cn=nobody,dc=example,dc=edu")])
def test_a_directory_that_is_another(own, ctl, person, key, value):
    with settings(own, ctl, programs=("spom-authority",), serves=False, **{f"directory_DOT_{key}": value}):
        assert sign_in(own, person)[2] == 503


@pytest.mark.parametrize("ca, well", [("ca.pem", True), ("tls/slapd.pem", False)])
def test_directory_start_tls_and_ca_file(own, ctl, person, ca, well):
    other = own.dir / ca
    if not well:
        other = own.dir / "other-ca.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                        "/CN=other", "-keyout", "/dev/null", "-out", str(other)], check=True, capture_output=True)
    with settings(own, ctl, programs=("spom-authority",), serves=False, directory_DOT_start_tls="yes", directory_DOT_ca_file=str(other)):
        until(lambda: (sign_in(own, person)[2] == 200) == well, "as the certificate allows", 10)


def test_directory_id_attribute(own, ctl, person):
    with settings(own, ctl, programs=("spom-authority",), directory_DOT_id_attribute="uid"):
        assert ctl.json("person", "show", person.user)["id"] == person.user


def test_directory_display_name_and_language_attribute(own, ctl):
    person = own.person(role="student")
    assert home(own, person)["frame"]["language"] == "de"
    with settings(own, ctl, directory_DOT_display_name_attribute="sn", directory_DOT_language_attribute="homePhone"):
        frame = home(own, person)["frame"]
        assert frame["name"] == "Keller" and not frame.get("language")


def test_directory_uid_number_attribute(own, ctl):
    operator = own.person(role="operator")
    with settings(own, ctl, directory_DOT_uid_number_attribute="employeeNumber"):
        assert ctl("person", "show", operator.user, user=operator.user).returncode != 0


def headers_of(own, person):
    door, _, _ = sign_in(own, person)
    enter(door.browser, own.json["app"])
    return dict(map(tuple, door.browser.get(own.json["app"] + "/", headers=JSON).json()["headers"]))


def test_directory_mail_attribute(own, ctl, person):
    assert headers_of(own, person)["Remote-Email"] == f"{person.user}@example.edu"
    with settings(own, ctl, directory_DOT_mail_attribute="loginShell"):
        assert "@" not in headers_of(own, person).get("Remote-Email", "")


@pytest.mark.parametrize("key, value, same", [
    ("groups_base", "", []), ("groups_filter", "(cn=no-such-group)", []), ("group_member_attributes", "owner", [])])
def test_groups(own, ctl, key, value, same):
    person = own.person(role="student")
    assert home(own, person)["groups"]
    with settings(own, ctl, **{f"directory_DOT_{key}": value}):
        assert home(own, person)["groups"] == same


def test_group_names_and_depth(own, ctl):
    person = own.person(role="student")
    before = home(own, person)["groups"]
    with settings(own, ctl, directory_DOT_group_name_attribute="description", directory_DOT_group_description_attribute="cn"):
        found = home(own, person)["groups"]
        assert {row["name"] for row in found} != {row["name"] for row in before}
        assert {row.get("description") for row in found} & {row["name"] for row in before}
    deep = own.person(user="iweiss")
    before = home(own, deep)["groups"]
    with settings(own, ctl, directory_DOT_group_depth="0"):
        assert len(home(own, deep)["groups"]) < len(before)


def test_directory_proxy_dn(own, ctl, person):
    with settings(own, ctl, programs=("spom-authority",), directory_DOT_proxy_dn=None, directory_DOT_proxy_password_file=None):
        door, _, _ = sign_in(own, person)
        assert door.browser.get("/profile", headers=JSON).status_code >= 500


def test_directory_timeout(own, ctl, person):
    with settings(own, ctl, directory_DOT_timeout_ms="5000", directory_DOT_network_timeout_ms="4500"):
        door = Door(own)
        door.get()
        own.signal("slapd", signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert door.post(user=person.user, password=person.password).status_code == 503
            assert time.monotonic() - began > 4, "later than the two seconds of the default"
        finally:
            own.signal("slapd", signal.SIGCONT)


@pytest.mark.parametrize("key, value", [("uri", "ldap://127.0.0.1:1"), ("base", "ou=elsewhere,dc=example,dc=edu"),
                                        ("dn", "cn=nobody,dc=example,dc=edu")])
def test_records_elsewhere(own, ctl, person, key, value):
    with settings(own, ctl, programs=("spom-authority",), serves=False, **{f"records_DOT_{key}": value}):
        until(lambda: sign_in(own, person)[2] == 503, "nobody knows who has a second factor", 5)
