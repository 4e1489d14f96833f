"""edge.py - nginx, before everything: the only one that the world speaks to."""
from campus import ca
from campus.layout import ETC, fill
from campus.supervisor import Service, tcp_ready

PAGES = ETC.parent / "pages"


def prepare(layout):
    home = layout.folder(layout.dir / "nginx", "nginx", 0o700)
    layout.folder(home / "tmp", "nginx", 0o700)
    values = layout.ports() | {"dir": home, "log": layout.dir / "log", "pages": PAGES, "edge": home / "edge.conf",
                               "certificate": ca.certificate(layout, "nginx"), "key": ca.key(layout, "nginx")}
    for name in ("nginx.conf", "http.conf", "server.conf", "portal.conf", "app.conf", "paused.conf", "forward.conf", "check.conf"):
        layout.write(home / name, fill(ETC / name, **values), "nginx", 0o400)
    # By this header front knows that a request came through us. A file of its own, so that one can show the rest.
    layout.write(home / "edge.conf", f'proxy_set_header X-SPOM-Edge "{layout.secret("edge")}";\n', "nginx", 0o400)
    layout.own(layout.write(layout.dir / "log" / "nginx-access.log", ""), "nginx")
    layout.keep_secret("edge", "authority")


def services(layout):
    home = layout.dir / "nginx"
    argv = ["/usr/sbin/nginx", "-p", str(home), "-e", "stderr", "-c", str(home / "nginx.conf")]
    return [Service("nginx", argv, layout.account("nginx"), tcp_ready(layout.port))]
