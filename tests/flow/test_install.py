"""What `make install` and `make deb` put on a machine: units, users, folders; and that nothing of it starts by itself."""
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("spom-authority", "spom-gate", "spom-judge", "spom-courier", "spom-front", "spomctl")
SERVICES = ("spom-authority", "spom-gate", "spom-judge", "spom-courier", "spom-front@door", "spom-front@check", "spom-front@back")
# socket: the service that gets it, its name there, where it listens, and to whom it belongs
SOCKETS = {f"spom-authority-{role}": ("spom-authority.service", role, f"/run/spom/{role}/authority.sock", "spom-authority", group)
           for role, group in (("door", "spom-door"), ("check", "spom-check"), ("back", "spom-back"), ("gate", "spom-gate"),
                               ("courier", "spom-courier"), ("pam", "root"))}
SOCKETS["spom-authority-admin"] = ("spom-authority.service", "admin", "/run/spom/admin/authority.sock", None, None)   # as its folder
SOCKETS["spom-gate-turn"] = ("spom-gate.service", "turn", "/run/spom/turn/gate.sock", "spom-gate", "spom-door")
SOCKETS["spom-judge"] = ("spom-judge.service", "judge", "/run/spom/judge/judge.sock", "spom-judge", "spom-authority")
SOCKETS |= {f"spom-front-{role}": (f"spom-front@{role}.service", role, f"127.0.0.1:{port}", None, None)
            for role, port in (("door", 8081), ("check", 8082), ("back", 8083))}
EXPOSURE = 2.0      # at most, by systemd's own measure
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users")


def run(*argv, **options):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A root directory with nothing in it but what was installed."""
    root = tmp_path_factory.mktemp("machine")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    run("make", "-s", "install", f"DESTDIR={root}", "PREFIX=/usr", cwd=ROOT, env=environment)
    return root


def units(machine):
    return machine / "usr/lib/systemd/system"


def text_of(machine, name):
    return (units(machine) / name).read_text(encoding="utf-8")


def test_programs_manuals_and_examples_are_there(machine):
    for name in PROGRAMS:
        assert (machine / "usr/sbin" / name).stat().st_mode & 0o777 == 0o755
        assert (machine / f"usr/share/man/man8/{name}.8").is_file()
    assert (machine / "usr/share/man/man5/spom.conf.5").is_file()
    assert list(machine.glob("usr/lib/*/security/pam_spom.so"))
    assert (machine / "usr/share/spom/schema/spom.ldif").is_file()
    assert "pam_spom.so" in (machine / "etc/pam.d/spom").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES)
def test_what_systemd_thinks_of_each_service(machine, service):
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--root={machine}", f"{service}.service")
    measured = re.search(r"Overall exposure level for .*: ([0-9.]+)", said)
    assert float(measured.group(1)) <= EXPOSURE, said


def test_units_have_no_fault(machine):
    """That there is no sysinit.target in this root, and no /bin/kill, is no fault of ours."""
    for name in [*(f"{service}.service" for service in SERVICES), *(f"{socket}.socket" for socket in SOCKETS), "spom.target"]:
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={machine}", name], capture_output=True,
                              text=True, check=False)
        assert not [line for line in done.stderr.splitlines() if line.startswith(str(units(machine)))], done.stderr


def test_a_fault_in_a_unit_is_found(machine, tmp_path):
    """Else the test before this one says nothing."""
    root = tmp_path / "faulty"
    shutil.copytree(units(machine), units(root))
    path = units(root) / "spom-gate-turn.socket"
    path.write_text(path.read_text(encoding="utf-8").replace("SocketUser=", "SocketUsr="), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={root}", path.name], capture_output=True, text=True, check=False)
    assert f"{path}:" in done.stderr and "SocketUsr" in done.stderr


def test_the_target_names_every_unit(machine):
    wanted = set(" ".join(re.findall(r"^Wants=(.*)$", text_of(machine, "spom.target"), re.M)).split())
    assert wanted == {f"{service}.service" for service in SERVICES} | {f"{socket}.socket" for socket in SOCKETS}


def one(machine, name, key):
    """The value of a key that stands once, or None."""
    found = re.findall(rf"^{key}=(.*)$", text_of(machine, name), re.M)
    assert len(found) <= 1, (name, key)
    return found[0] if found else None


def test_sockets_by_role(machine):
    assert {path.name for path in units(machine).glob("*.socket")} == {f"{socket}.socket" for socket in SOCKETS}
    for socket, wanted in SOCKETS.items():
        keys = ("Service", "FileDescriptorName", "ListenStream", "SocketUser", "SocketGroup")
        assert tuple(one(machine, f"{socket}.socket", key) for key in keys) == wanted, socket
        service, _, instance = wanted[0].removesuffix(".service").partition("@")
        text = text_of(machine, f"{service}@.service" if instance else f"{service}.service").replace("%i", instance)
        required = " ".join(re.findall(r"^Requires=(.*)$", text, re.M)).split()
        assert f"{socket}.socket" in required, "a program is not started with half of its sockets"


def test_sockets_are_where_the_folders_are_and_no_wider(machine):
    rows = [line.split() for line in (machine / "usr/lib/tmpfiles.d/spom.conf").read_text().splitlines() if line.startswith("d ")]
    folders = {row[1]: (row[3], row[4]) for row in rows}
    for socket, (_, _, place, user, group) in SOCKETS.items():
        if place.startswith("/"):
            owner = folders[str(Path(place).parent)]
            assert (user or owner[0], group or owner[1]) == owner, socket
    assert one(machine, "spom-.socket.d/10-socket.conf", "SocketMode") == "0660"


def test_ports_are_those_of_the_settings(machine):
    table = (ROOT / "gateway/conf/settings.def").read_text(encoding="utf-8")
    for role, port in re.findall(r'^SETTING\(portal, (\w+)_port, NUMBER, "(\d+)"', table, re.M):
        assert one(machine, f"spom-front-{role}.socket", "ListenStream") == f"127.0.0.1:{port}"


def test_a_restart_of_the_target_leaves_the_sockets_and_its_stop_does_not(machine):
    """PartOf= would close them for a moment, in which who connects is refused."""
    text = text_of(machine, "spom-.socket.d/10-socket.conf")
    assert "StopPropagatedFrom=spom.target" in text and "PartOf=" not in text
    assert "PartOf=spom.target" in text_of(machine, "spom-.service.d/10-sandbox.conf")


def test_nothing_starts_before_it_is_configured(machine):
    assert "ConditionPathExists=/etc/spom/spom.conf" in text_of(machine, "spom-.service.d/10-sandbox.conf")
    assert not (machine / "etc/spom").exists()
    assert not list(machine.glob("etc/systemd/system/*")), "nothing is enabled"
    for script in ("postinst", "prerm"):
        words = (ROOT / "packages/deb" / script).read_text(encoding="utf-8")
        assert not re.search(r"systemctl\s+(--\S+\s+)*(enable|start|restart)\b", words)
        run("sh", "-n", ROOT / "packages/deb" / script)


def members(group, groups):
    """The calls of a group of systemd's, those of the groups in it as well."""
    found = set()
    for name in groups[group]:
        found |= members(name, groups) if name.startswith("@") else {name}
    return found


def test_the_units_leave_what_the_programs_call(machine):
    """Who is refused a call by systemd that the own filter lets through (gateway/sandbox) learns it at the worst time."""
    groups, name = {}, None
    for line in run("systemd-analyze", "syscall-filter", "--no-pager").splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = []
        elif name and re.match(r"^\s+[@a-z]", line):
            groups[name].append(line.strip())
    may = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", text_of(machine, "spom-.service.d/10-sandbox.conf"), re.M):
        words = line.lstrip("~").split()
        calls = set().union(*(members(word, groups) if word.startswith("@") else {word} for word in words))
        may = may - calls if line.startswith("~") else may | calls
    table = (ROOT / "gateway/sandbox/calls.def").read_text(encoding="utf-8").split("#ifdef")[0]
    wanted = set(re.findall(r"^CALL\((\w+),", table, re.M)) | {"seccomp", "close_range", "clone", "mmap", "mprotect", "openat", "socket",
                                                              "listen", "prctl", "execve"}
    gives_way = {"setpriority"}     # refused without harm: who seals anew in the background is not slower then
    assert wanted - may == gives_way


@needs_root
def test_users_and_folders_are_those_of_the_settings(machine):
    run("systemd-sysusers", f"--root={machine}")
    run("systemd-tmpfiles", "--create", f"--root={machine}", machine / "usr/lib/tmpfiles.d/spom.conf")
    users = {row.split(":")[0]: int(row.split(":")[2]) for row in (machine / "etc/passwd").read_text().splitlines()}
    table = (ROOT / "gateway/conf/settings.def").read_text(encoding="utf-8")
    peers = dict(re.findall(r'^SETTING\(peers, (\w+), UID, "(spom-\w+)"', table, re.M))
    assert set(peers) == {"door", "check", "back", "gate", "courier"}
    for role, user in peers.items():
        folder = (machine / "run/spom" / role).stat()
        assert folder.st_uid == users["spom-authority"] and stat.S_IMODE(folder.st_mode) == 0o2750, role
        group = {row.split(":")[0]: int(row.split(":")[2]) for row in (machine / "etc/group").read_text().splitlines()}
        assert folder.st_gid == group[user], role
    turn = (machine / "run/spom/turn").stat()
    assert turn.st_uid == users["spom-gate"] and turn.st_gid == group["spom-door"]
    assert stat.S_IMODE((machine / "etc/spom/secrets").stat().st_mode) == 0o711
    for service in SERVICES:
        name, _, instance = service.partition("@")
        user = re.search(r"^User=(.*)$", text_of(machine, f"{name}@.service" if instance else f"{name}.service"), re.M)
        assert user.group(1).replace("%i", instance) in users, service


def test_the_package(machine, tmp_path):
    package = tmp_path / "spom.deb"
    environment = os.environ | {"BUILD": "build", "VERSION": "0.1.0", "MAKE": "make"}
    environment.pop("MAKEFLAGS", None)
    run("sh", "packages/deb/make.sh", package, cwd=ROOT, env=environment)
    fields = run("dpkg-deb", "--field", package)
    for needed in ("libldap-2.5-0", "libhiredis", "libcivetweb1", "libseccomp2", "libpam0g", "systemd"):
        assert needed in fields, fields
    listed = run("dpkg-deb", "--contents", package)
    rows = [row.split() for row in listed.splitlines()]
    assert all(row[1] == "root/root" for row in rows), "nothing of ours belongs to who built it"
    files = {row[5][1:].removesuffix(".gz") for row in rows if not row[5].endswith("/")}
    installed = {"/" + str(path.relative_to(machine)) for path in machine.rglob("*")
                 if path.is_file() and not str(path.relative_to(machine)).startswith(("etc/passwd", "etc/group", "etc/shadow",
                                                                                     "etc/gshadow", "etc/.pwd"))}
    assert files == installed
    assert not any(row[0][3] == "s" or row[0][6] == "s" for row in rows), "no set-uid program"
