"""The campus's other neighbours: store, edge, application, mail, and the host that people reach by ssh."""
import os
import smtplib
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from campus.client import until
from campus.supervisor import tcp_ready

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


# --- the store and the edge ---

def redis(campus, *words, user=True):
    access = campus.json["redis"]
    as_user = ["--user", access["user"], "--pass", access["password"], "--no-auth-warning"] if user else []
    return subprocess.run(["redis-cli", "-s", access["unix"], *as_user, *words], capture_output=True, text=True).stdout


def test_the_store_knows_one_user_with_one_prefix(bare_campus):
    assert redis(bare_campus, "set", "spom:x", "1").strip() == "OK"
    assert "NOPERM" in redis(bare_campus, "set", "x", "1")
    assert "NOPERM" in redis(bare_campus, "flushall") and "NOPERM" in redis(bare_campus, "keys", "*")
    assert "NOAUTH" in redis(bare_campus, "get", "spom:x", user=False)


def test_the_edge_says_calmly_that_nobody_is_behind_it(bare_campus):
    for https in (False, True):
        answer = bare_campus.browser(https).get("/")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Back in a moment" in answer.text
    answer = bare_campus.browser().get("/login", headers={"Accept": "application/json"})
    assert answer.status_code == 503 and set(answer.json()) == {"error", "text", "trace"}


def test_the_edge_answers_no_other_name(bare_campus):
    assert bare_campus.browser().get("/", headers={"Host": "evil.example"}).status_code == 421


def test_the_application_is_closed_while_nobody_can_say_yes(bare_campus):
    host = bare_campus.json["app"].removeprefix("http://")
    answer = bare_campus.browser().get("/", headers={"Host": host, "Remote-User": "mkeller"})
    assert answer.status_code == 503
    assert bare_campus.browser().get("/-/spom/check", headers={"Host": host}).status_code == 404


def front_that_says(port, answer, times=1):
    """As many requests to a front's port; returns what it was told at first."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        listener.settimeout(5)
        first = None
        for _ in range(times):
            connection, _ = listener.accept()
            with connection:
                told = b""
                while b"\r\n\r\n" not in told:
                    told += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                first = first or told.decode()
        return first


def in_background(function, *arguments):
    return ThreadPoolExecutor(1).submit(function, *arguments)


def test_the_edge_sets_what_a_client_may_not_say(bare_campus):
    front = in_background(front_that_says, int(bare_campus.json["edge"]["door"].rpartition(":")[2]), b"200 OK")
    lies = {"X-SPOM-Edge": "lie", "X-SPOM-Origin": "lie", "X-Forwarded-For": "lie", "X-Forwarded-Host": "lie",
            "Forwarded": "for=lie", "X-Real-IP": "lie", "X-Original-URL": "lie", "X_SPOM_Edge": "lie"}
    until(lambda: bare_campus.browser().get("/", headers=lies).status_code == 200, "front is asked")
    told = front.result(5)
    assert "lie" not in told
    assert f"X-SPOM-Edge: {bare_campus.json['edge']['secret']}" in told
    assert f"X-SPOM-Origin: {bare_campus.portal}" in told and "X-Forwarded-For: 127.0.0.1" in told


@pytest.mark.parametrize("said, seen", [(b"200 OK\r\nRemote-User: pweber", 200), (b"401 No", 401), (b"403 No", 403),
                                        (b"503 Later", 503), (b"500 Oops", 503)])
def test_the_application_believes_check_alone(bare_campus, said, seen):
    front = in_background(front_that_says, int(bare_campus.json["edge"]["check"].rpartition(":")[2]), said,
                          2 if seen in (401, 403) else 1)       # a no is asked for again, as a page
    asked = {"Host": bare_campus.json["app"].removeprefix("http://"), "Remote-User": "liar", "Remote-Groups": "liars",
             "X-Other": "not passed on"}
    until(tcp_ready(int(bare_campus.json["edge"]["check"].rpartition(":")[2])), "front listens")
    answer = bare_campus.browser().post("/books?q=1", headers=asked, data="body") if seen != 200 else \
        bare_campus.browser().get("/books?q=1", headers=asked)
    told = front.result(5)
    assert answer.status_code == seen
    assert "liar" not in answer.text and ("pweber" in answer.text) == (seen == 200)
    assert told.startswith("GET /check ") and "X-Other" not in told and "liar" not in told and "body" not in told
    assert f"X-Original-URL: {bare_campus.json['app']}/books?q=1" in told


def test_a_mail_becomes_a_file(bare_campus):
    port = int(bare_campus.portal.rpartition(":")[2]) + 7
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        with pytest.raises(smtplib.SMTPException):
            smtp.sendmail("spom@example.edu", ["mkeller@example.edu"], "Subject: in the clear\r\n\r\n")
        smtp.starttls()
        with pytest.raises(smtplib.SMTPException):
            smtp.sendmail("spom@example.edu", ["mkeller@example.edu"], "Subject: from nobody\r\n\r\n")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login("spom", "wrong")
        smtp.login("spom", bare_campus.secret("smtp-server"))
        smtp.sendmail("spom@example.edu", ["mkeller@example.edu"], "Subject: hello\r\n\r\n.\r\nworld\r\n")
    mail = until(bare_campus.mails, "the mail arrives")[-1].read_text()
    assert "X-Envelope-To: mkeller@example.edu" in mail and "Subject: hello" in mail


# --- the host ---

@needs_root
def test_the_console_account_needs_neither_spom_nor_the_directory(bare_campus):
    user, password = bare_campus.console
    bare_campus.stop("slapd")
    try:
        assert bare_campus.ssh(user, password) == user
        assert bare_campus.ssh(user, "wrong") is None
    finally:
        bare_campus.start("slapd")


@needs_root
def test_nobody_of_the_directory_gets_a_shell_without_spom(bare_campus):
    assert bare_campus.ssh("mkeller", bare_campus.person(user="mkeller").password) is None


@needs_root
def test_accounts_of_the_host_come_from_the_directory(bare_campus):
    user, password = bare_campus.console
    assert bare_campus.ssh(user, password, "id -Gn iivanova") == "campus operators"
    assert bare_campus.ssh(user, password, "id -u HTANAKA").startswith("2000")


@needs_root
def test_the_machines_own_files_are_as_they_were(bare_campus):
    assert "console:" not in Path("/etc/passwd").read_text()
    assert "ldap" not in Path("/etc/nsswitch.conf").read_text()
    assert str(bare_campus.dir) not in Path("/proc/self/mountinfo").read_text()
