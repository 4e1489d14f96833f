"""programs.py - SPOM itself: the authority, the gate, and front in its three instances."""
import os
from pathlib import Path

from campus import directory, mail, store
from campus.layout import BASE, BIN, ETC, INSTITUTION, CampusError, fill
from campus.supervisor import Service, tcp_ready, unix_ready

INSTANCES = ("door", "check", "back")
ROLES = (*INSTANCES, "gate", "pam", "admin", "courier")        # of the authority's sockets


def pam_service(layout, name, role):
    """The text of a PAM service file; `role` says by which socket its pam_spom reaches the authority.

    sshd and sudo (role pam) have no sanitizer in them: SPOM_PLAIN_BIN_DIR has a module without it, when BIN's has one."""
    folder = Path(os.environ.get("SPOM_PLAIN_BIN_DIR", BIN)) if role == "pam" else BIN
    return fill(ETC / "pam.d" / name, module=folder / "pam_spom.so", socket=layout.sockets / role / "authority.sock")


def prepare(layout):
    confdir = layout.folder(layout.dir / "pam.d")
    for name in ("spom", "other"):
        layout.write(confdir / name, pam_service(layout, name, "gate"))
    uids = {f"{role}_uid": layout.account(role).uid for role in (*INSTANCES, "gate", "courier", "root")}
    state = layout.folder(layout.dir / "state", "authority", 0o700)
    layout.write(layout.dir / "spom.conf", fill(ETC / "profile.conf") + "\n" + fill(
        ETC / "spom.conf", **uids, factors_required="yes" if layout.factors else "no", **layout.ports(), sockets=layout.sockets, secrets=layout.dir / "secrets",
        pam_confdir=confdir, institution=INSTITUTION, base=BASE, portal_origin=layout.portal,
        portal_https=layout.portal_https, app_origin=layout.app,
        app_https=layout.application(https=True), reports_origin=layout.application("reports"),
        grades_origin=layout.application("grades"), ldap_uri=layout.ldap_uri, read_dn=directory.service_dn("read"),
        proxy_dn=directory.service_dn("proxy"), decoy_dn=directory.service_dn("decoy"),
        store_dn=directory.service_dn("store"), redis_socket=store.socket(layout), ca=layout.dir / "ca.pem", smtp_user=mail.USER, state=state))


def check_built():
    for name in ("spom-authority", "spom-gate", "spom-front", "spom-judge", "spom-courier", "seedtool", "pam_spom.so"):
        if not os.access(BIN / name, os.R_OK):
            raise CampusError(f"{BIN / name} is not there: run make first, or say --without-programs")


def stages(layout):
    """The authority first: the others ask it for their settings."""
    sockets = ["--sockets", str(layout.sockets)]
    paths = {role: layout.sockets / role / "authority.sock" for role in ROLES}
    turn = layout.sockets / "turn" / "gate.sock"
    authority = _program(layout, "spom-authority", "authority", ["--config", str(layout.dir / "spom.conf")],
                         unix_ready(*paths.values()), given=paths)
    gate = _program(layout, "spom-gate", "gate", sockets, unix_ready(turn), given={"turn": turn})
    proofs = layout.sockets / "judge" / "judge.sock"
    judge = _program(layout, "spom-judge", "judge", [*sockets, "--authority", str(layout.account("authority").uid)], unix_ready(proofs),
                     given={"judge": proofs})
    fronts = [_program(layout, "spom-front", role, ["--instance", role, *sockets], tcp_ready(layout.ports()[role]),
                       f"spom-front-{role}", given={role: layout.ports()[role]}) for role in INSTANCES]
    courier = _program(layout, "spom-courier", "courier", sockets, lambda: True)     # it serves nobody
    return [[authority], [gate, judge, courier], fronts]


def _program(layout, binary, role, arguments, ready, name=None, given=None):
    return Service(name or binary, [str(BIN / binary), *arguments], layout.account(role), ready, restart=True,
                   umask=0o027, given=(given or {}) if layout.hands_sockets else {})
