"""store.py - Redis, on a Unix socket that only the authority's group may reach."""
from campus.layout import ETC, fill
from campus.supervisor import Service, unix_ready

USER = "spom"
MAXMEMORY_MB = 256              # and what each generated person takes who is signed in (docs/redis.md), with room
MAXMEMORY_EACH = 2 << 10


def socket(layout):
    return layout.sockets / "redis" / "redis.sock"


def prepare(layout):
    home = layout.folder(layout.dir / "redis", "redis", 0o700)
    layout.keep_secret("redis", "authority")
    layout.write(home / "redis.conf", fill(ETC / "redis.conf", socket=socket(layout), dir=home, user=USER,
                 password=layout.secret("redis"), maxmemory=MAXMEMORY_MB + (MAXMEMORY_EACH * layout.users >> 20)), "redis", 0o400)


def services(layout):
    argv = ["/usr/bin/redis-server", str(layout.dir / "redis" / "redis.conf")]
    return [Service("redis", argv, layout.account("redis"), unix_ready(socket(layout)))]
