"""The campus itself: what it says about itself, that it can be controlled, and that it goes when it should."""
import base64
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from campus import people
from campus.client import Campus, holder, until
from campus.codes import code, step_now
from campus.layout import BIN, MARKER, CampusError
from conftest import COMMAND, ROOT, Running, free_port

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def can_be_passed(path):
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


ROLES = ("student", "employee", "coordinator", "manager", "operator", "hr", "guest")


# --- campus.json ---

def test_campus_json_has_the_contracts_names(bare_campus):
    assert set(bare_campus.json) == {"portal", "portal_https", "ca", "app", "ldap", "redis", "ssh", "mail", "edge",
                                     "config", "sockets", "people", "generated", "clients"}
    assert set(bare_campus.json["ldap"]) == {"uri", "base", "admin_dn", "admin_password"}
    assert set(bare_campus.json["redis"]) == {"unix", "user", "password"}
    assert set(bare_campus.json["edge"]) == {"door", "check", "back", "secret"}
    assert set(bare_campus.json["generated"]) == {"count", "user", "password", "totp"}
    for person in bare_campus.json["people"]:
        assert set(person) == {"user", "name", "password", "totp", "recovery", "roles", "state"}


def test_the_first_of_each_role_is_active_with_totp_and_leads_no_other(bare_campus):
    leaders = [bare_campus.person(role=role) for role in ROLES]
    assert len({leader.user for leader in leaders}) == len(ROLES)
    for role, leader in zip(ROLES, leaders):
        assert leader is next(person for person in bare_campus.people if role in person.roles)
        assert leader.totp


def test_every_state_has_somebody_and_no_factor_has_none(bare_campus):
    assert {person.state for person in bare_campus.people} == set(people.STATES)
    assert bare_campus.person(state="no_factor").totp is None


def test_socket_paths_are_short(bare_campus):
    assert len(bare_campus.json["sockets"] + "/check/authority.sock") < 60


def test_campus_json_and_secrets_are_closed(bare_campus):
    assert (bare_campus.dir / "campus.json").stat().st_mode & 0o077 == 0
    for secret in (bare_campus.dir / "secrets").iterdir():
        assert secret.stat().st_mode & 0o077 == 0, secret
    assert (bare_campus.dir / "ca" / "ca.key").stat().st_mode & 0o077 == 0


@needs_root
def test_programs_have_uids_of_their_own(bare_campus):
    uids = {name: Path(f"/proc/{pid}").stat().st_uid for name, pid in bare_campus.services().items()}
    assert uids.pop("sshd", 0) == 0
    assert len(set(uids.values())) == len(uids) and 0 not in uids.values()


# --- control ---

def test_a_neighbour_that_was_stopped_stays_away_until_it_is_started(bare_campus):
    bare_campus.stop("redis")
    time.sleep(0.3)
    assert bare_campus.pid("redis") is None
    bare_campus.start("redis")
    assert bare_campus.pid("redis")


def test_a_hanging_neighbour_can_be_stopped(bare_campus):
    bare_campus.signal("slapd", signal.SIGSTOP)
    bare_campus.stop("slapd")
    bare_campus.start("slapd")
    assert bare_campus.ldap()


def test_an_unknown_service_is_refused(bare_campus):
    with pytest.raises(CampusError, match="no service"):
        bare_campus.stop("spom-nothing")


# --- our programs (stand-ins, so that this holds whatever they do) ---

@pytest.fixture(scope="module")
def standins():
    directory, port = ROOT / "build" / "flow-standins", free_port()
    binaries = directory.with_name("flow-standins-bin")
    shutil.rmtree(binaries, ignore_errors=True)
    binaries.mkdir(parents=True)
    binaries.chmod(0o755)
    for name in ("spom-authority", "spom-gate", "spom-front", "spom-judge", "spom-courier"):
        shutil.copy(Path(__file__).with_name("standin.py"), binaries / name)
        (binaries / name).chmod(0o755)
    (binaries / "pam_spom.so").touch()
    shutil.copy(BIN / "seedtool", binaries / "seedtool")
    (binaries / "ports").write_text(f"door={port + 1} check={port + 2} back={port + 3}")
    (binaries / "ports").chmod(0o644)
    running = Running(directory, port=port, env={"SPOM_BIN_DIR": str(binaries)})
    yield running.campus
    running.end()
    shutil.rmtree(directory)
    shutil.rmtree(binaries)


PROGRAMS = ("spom-authority", "spom-gate", "spom-judge", "spom-courier", "spom-front-door", "spom-front-check", "spom-front-back")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_is_killed_is_back_within_a_second(standins, name):
    for _ in range(3):
        died = standins.kill(name)
        assert standins.wait_back(name, died) != died
    assert standins.pid("slapd")


def test_a_program_that_is_stopped_on_purpose_stays_away(standins):
    standins.stop("spom-gate")
    time.sleep(0.3)
    assert standins.pid("spom-gate") is None
    standins.start("spom-gate")


@needs_root
@pytest.mark.parametrize("name, reached", [
    ("spom-front-door", "door turn"), ("spom-front-check", "check"), ("spom-front-back", "back"),
    ("spom-gate", "gate turn"), ("spom-judge", "judge"), ("spom-courier", "courier"),
    ("spom-authority", "door check back gate pam admin courier judge redis")])
def test_a_program_reaches_its_own_sockets_and_no_others(standins, name, reached):
    standins.wait_back(name, standins.kill(name))       # so that all others listen already
    until(lambda: standins.log(name).splitlines()[-1:] == [f"reaches {reached}"], f"it says that it reaches {reached}", 20)


# --- ends, and company ---

def descendants(pid):
    """pid and everything below it, as the kernel sees it now."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            pass
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return below


def is_alive(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):     # the second: it went between opening and reading
        return False


def gone(pids):
    return not any(is_alive(pid) for pid in pids)


@pytest.mark.parametrize("victim", ["guard", "keeper"])
def test_two_stand_side_by_side_and_kill_9_of_one_leaves_nothing_of_it(bare_campus, victim):
    second = Running(ROOT / "build" / f"flow-{victim}", programs=False)
    assert second.campus.portal != bare_campus.portal and second.campus.json["sockets"] != bare_campus.json["sockets"]
    guard = second.process.pid
    assert holder(second.directory) == guard
    everything = descendants(guard)
    keeper = int(Path(f"/proc/{second.campus.pid('slapd')}/status").read_text().partition("PPid:")[2].split()[0])
    assert len(everything) > 7 and {guard, keeper} <= everything
    os.kill(guard if victim == "guard" else keeper, signal.SIGKILL)
    second.process.wait(10)
    until(lambda: gone(everything), "everything ends")
    until(lambda: not Path(second.campus.json["sockets"]).exists(), "the sockets go")
    assert not (second.directory / "campus.json").exists()
    assert bare_campus.ldap()
    shutil.rmtree(second.directory)


def test_a_folder_holds_one_campus(bare_campus):
    env = os.environ | {"SPOM_DEMO_DIR": str(bare_campus.dir), "SPOM_DEMO_PORT": str(free_port())}
    done = subprocess.run([*COMMAND, "up", "--without-programs"], env=env, capture_output=True, text=True)
    assert done.returncode == 1 and "is running in" in done.stderr


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = subprocess.run([*COMMAND, "up", "--without-programs"], env=os.environ | {"SPOM_DEMO_DIR": str(tmp_path)},
                          capture_output=True, text=True)
    assert done.returncode == 1 and "not a campus" in done.stderr
    assert (tmp_path / "thesis.txt").exists()


def test_up_and_down_with_generated_people():
    directory = ROOT / "build" / "flow-up"
    env = os.environ | {"SPOM_DEMO_DIR": str(directory), "SPOM_DEMO_PORT": str(free_port()), "SPOM_DEMO_USERS": "500"}
    done = subprocess.run([*COMMAND, "up", "--without-programs"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    campus = Campus(directory)
    rule = campus.json["generated"]
    assert rule["count"] == 500
    for number in (1, 500):
        assert campus.bind(rule["user"] % number, rule["password"])[0] == 0
    assert campus.bind(rule["user"] % 501, rule["password"])[0] == 49
    assert subprocess.run([*COMMAND, "down"], env=env).returncode == 0
    assert holder(directory) is None and not (directory / "campus.json").exists()
    shutil.rmtree(directory)


@pytest.mark.skipif(os.geteuid() != 0 or not can_be_passed(ROOT), reason="needs root, and a checkout that all may enter")
def test_an_ordinary_user_has_a_campus_without_ssh():
    # Below /tmp, because this user may not write below the checkout.
    directory = Path(tempfile.mkdtemp(prefix="spom-test-"))
    os.chown(directory, 61500, 61500)
    (directory / MARKER).touch()
    os.chown(directory / MARKER, 61500, 61500)
    running = Running(directory, programs=False, user=61500, group=61500, extra_groups=[])
    try:
        assert running.campus.json["ssh"] is None
        assert running.campus.bind("mkeller", running.campus.person(user="mkeller").password)[0] == 0
        assert running.campus.browser().get("/").status_code == 503
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in running.campus.services().values()} == {61500}
    finally:
        running.end()
        shutil.rmtree(directory)


# --- authenticators ---

def code_tool(campus, user):
    return subprocess.run([ROOT / "tests" / "campus" / "code", user], env=os.environ | {"SPOM_DEMO_DIR": str(campus.dir)},
                          capture_output=True, text=True, check=False)


def test_the_demo_says_the_code_of_a_person(bare_campus):
    person = bare_campus.person(role="student")
    before = step_now()
    shown = code_tool(bare_campus, person.user)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.strip() in {code(person.totp, step) for step in range(before, step_now() + 1)}
    for user in ("nobody", bare_campus.person(state="no_factor").user, "g0000001"):
        refused = code_tool(bare_campus, user)
        assert refused.returncode == 1 and refused.stderr.startswith("code: ") and not refused.stdout


def test_everybody_with_an_authenticator_has_recovery_codes(bare_campus):
    seen = [row for person in bare_campus.people for row in person.recovery]
    assert len(set(seen)) == len(seen) == 10 * sum(person.totp is not None for person in bare_campus.people)


def test_accounts_are_there_under_the_immutable_id(bare_campus):
    """What a person has in campus.json is what the directory holds; in it nothing can be read."""
    base = bare_campus.json["ldap"]["base"]
    accounts = dict(bare_campus.ldap().search_s(f"ou=accounts,ou=spom,{base}", 1))
    ids = {person.user: bare_campus.ldap().search_s(bare_campus.dn(person.user), 0, attrlist=["entryUUID"])[0][1]["entryUUID"][0]
           for person in bare_campus.people}
    assert {f"spomPersonId={ids[person.user].decode()},ou=accounts,ou=spom,{base}"
            for person in bare_campus.people if person.totp} == set(accounts)
    for person in bare_campus.people:
        if person.totp:
            account = accounts[f"spomPersonId={ids[person.user].decode()},ou=accounts,ou=spom,{base}"]
            assert len(account["spomFactor"]) == 1 and len(account["spomRecovery"]) == 10
            written = b"".join(value for values in account.values() for value in values)
            secret = base64.b32decode(person.totp)
            for readable in (secret, person.totp.encode(), base64.b64encode(secret)[:-4], *(row.encode() for row in person.recovery)):
                assert readable not in written



@pytest.mark.parametrize("script, said", [("echo 'no key today' >&2; exit 1", "no key today"), (None, "run make first")])
def test_a_campus_whose_factors_cannot_be_sealed_does_not_start(script, said):
    """It would look as if nobody had one."""
    directory = ROOT / "build" / "flow-unsealed"
    binaries = directory.with_name("flow-unsealed-bin")
    shutil.rmtree(binaries, ignore_errors=True)
    binaries.mkdir(parents=True)
    if script:
        (binaries / "seedtool").write_text(f"#!/bin/sh\n{script}\n")
        (binaries / "seedtool").chmod(0o755)
    env = os.environ | {"SPOM_DEMO_DIR": str(directory), "SPOM_DEMO_PORT": str(free_port()), "SPOM_BIN_DIR": str(binaries)}
    done = subprocess.run([*COMMAND, "run", "--without-programs"], env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
    assert not (directory / "campus.json").exists()
    shutil.rmtree(binaries)
    shutil.rmtree(directory)
