"""measure_pages.py - pages of the portal, and what the sign-in page weighs."""
from rows import Row, beside, row_of
from weight import weight_of

PAGES = {"home": "/", "profile": "/profile", "sessions": "/sessions"}
READERS = 8


def pages(ground):
    """HTML, each page with a session of its own; beside a file of the same size behind an nginx, and a read of the own entry."""
    cookies = ground.cookies("portal", [session.portal_cookie for session in ground.some()])
    port, host = ground.campus.portal.rsplit(":", 1)[1], ground.campus.portal.split("//")[1]

    def get(*paths, seconds=ground.seconds):
        figure = ground.run("web", *ground.web(port, cookies, *paths, seconds=seconds, host=host))
        figure["failed"] += figure["refused"]
        return figure

    warm = get(*PAGES.values(), seconds=1)
    ground.edge.put_page(warm["bytes"] // max(1, warm["done"]))
    limit, figure = beside(lambda: ground.run("web", *ground.web(ground.edge.limit, cookies, "/page", seconds=ground.seconds / 2)),
                           lambda: get(*PAGES.values()))
    read = ground.read_as_person(READERS, ground.seconds / 2)
    yield row_of("pages.limit", "limit: nginx before a file of the same size, 32 at once", limit)
    yield row_of("pages.read", "limit: the own entry read as the person (RFC 4370), 8 at once", read)
    yield row_of("pages", "pages: home, profile, sessions by turns, 32 at once", figure, limit, goal="3,000/s",
                 reached=figure["rate"] >= 3000)
    for name, path in PAGES.items():
        yield row_of(f"pages.{name}", f"  {name} alone", get(path, seconds=ground.seconds / 2), limit)


def weight(ground):
    parts = weight_of(ground.campus)
    kib = sum(parts.values()) / 1024
    yield Row("weight", "the sign-in page with all that it loads, as transferred", kib, "KiB", goal="20 KiB", reached=kib < 20,
              more=parts)
