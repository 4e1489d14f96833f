"""measure_logins.py - full sign-ins by browser and by PAM, beside a search and a bind at the directory."""
from campus.layout import BIN
from rows import Row, beside, row_of

WEB_AT_ONCE = 8
PAM_AT_ONCE = 2


def login(ground):
    half = ground.seconds / 2
    limit, figure = beside(
        lambda: ground.pair(WEB_AT_ONCE, half),
        lambda: ground.used_up(ground.run("login", *ground.login(WEB_AT_ONCE, ground.seconds, ground.people()))))
    yield row_of("login.limit", "limit: search + bind at the directory, 8 at once", limit)
    yield row_of("login", "sign-in: page, password, code; through nginx, 8 at once", figure, limit, goal="1,500/s, p99 20 ms",
                 reached=figure["rate"] >= 1500 and figure["p99_ms"] < 20)


def pam(ground):
    rule, half = ground.campus.json["generated"], ground.seconds / 2
    limit, figure = beside(
        lambda: ground.pair(PAM_AT_ONCE, half),
        lambda: ground.used_up(ground.run("pam", _folder(ground.campus), "sshd", PAM_AT_ONCE, ground.seconds, ground.people(),
                                          rule["password"], rule["totp"])))
    above = figure["p50_ms"] - limit["p50_ms"]
    yield row_of("pam.limit", "limit: search + bind at the directory, 2 at once", limit)
    yield row_of("pam", "PAM: password and code through pam_spom, 2 at once", figure, limit, goal="1,000/s",
                 reached=figure["rate"] >= 1000)
    yield Row("pam.above", "PAM: its p50 less that of search + bind", above, "ms", goal="1 ms", reached=above < 1)


def _folder(campus):
    """A PAM folder whose service sshd is our module alone, as the campus's host has it."""
    folder = campus.dir / "bench-pam.d"
    folder.mkdir(exist_ok=True)
    module = f"{BIN / 'pam_spom.so'} socket={campus.json['sockets']}/pam/authority.sock"
    (folder / "sshd").write_text(f"auth required {module}\naccount required {module}\n")
    (folder / "other").write_text("auth required pam_deny.so\naccount required pam_deny.so\n")
    return folder
