"""A site's own module behind ours in the gate's stack: it is asked for each login, and its word is about that login alone."""
import threading
import time

import pytest

from campus.client import until
from door import Door

SCRIPT = """#!/bin/sh
[ "$PAM_TYPE" = auth ] && [ "$PAM_USER" = {slow} ] && sleep 1 && exit 0
[ "$PAM_USER" = {quick} ]
"""


@pytest.fixture
def guarded(campus):
    """The stack with a module that lets in two people only, one of them slowly; and those two, and one whom it refuses."""
    slow, quick, refused = campus.person(role="employee"), campus.person(role="student"), campus.person(role="operator")
    script, stack = campus.dir / "second", campus.dir / "pam.d" / "spom"
    kept = stack.read_text()
    script.write_text(SCRIPT.format(slow=slow.user, quick=quick.user))
    script.chmod(0o755)
    auth = next(line for line in kept.splitlines() if line.startswith("auth"))
    stack.write_text(kept.replace(auth, f"{auth}\nauth required pam_exec.so quiet {script}"))
    restart_gate(campus)
    yield slow, quick, refused
    stack.write_text(kept)
    restart_gate(campus)


def restart_gate(campus):
    campus.stop("spom-gate")
    campus.start("spom-gate")
    until(lambda: Door(campus).get().status_code == 200, "the door is open")


def test_a_foreign_module_decides_behind_ours(campus, guarded):
    slow, quick, refused = guarded
    assert Door(campus).sign_in(quick).json().get("done") is True
    answer = Door(campus).sign_in(refused)
    assert answer.status_code == 401 and answer.json()["denied"] == "account_refused"
    assert Door(campus).sign_in(quick, "wrong").json()["denied"] == "sign_in_failed"


def test_its_yes_to_one_person_is_no_yes_to_another(campus, guarded):
    """Two turns of the same form, interleaved: the slow yes must not open the session of the one who was refused."""
    slow, quick, refused = guarded
    door = Door(campus)
    door.get()
    form, answers = door.ask["id"], {}

    def turn(person):
        other = Door(campus)
        other.browser.cookies.update(door.browser.cookies)
        other.csrf = door.csrf
        answers[person.user] = other.post(user=person.user, password=person.password, ask=form).json(), other.home()

    first = threading.Thread(target=turn, args=(slow,))
    first.start()
    time.sleep(0.4)
    turn(refused)
    first.join()
    body, home = answers[refused.user]
    assert "done" not in body and home.status_code == 401
    body, home = answers[slow.user]
    assert body.get("done") is True and home.json()["frame"]["user"] == slow.user
