"""measure_feeds.py - sign-ons at a registered service at a steady rate, while hundreds of other services are fetched from a feed; and without that."""
import base64
import json
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from urllib.parse import quote

from ctl import Ctl
from feed import Feed
from measure_signon import ENTITY, METADATA
from relying import REASON
from rows import Row
from turning import settings

ENTITIES, AT_ONCE = 300, 4
A_SECOND, FOR_S, WARM_S = 50, 2, 1
MOST = 3.0                      # times as long, for the slowest of a hundred
SAML = '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{}" ' \
       'Version="2.0" IssueInstant="{}"><saml:Issuer>{}</saml:Issuer></samlp:AuthnRequest>'


def feeds(ground):
    campus, ctl = ground.campus, Ctl(ground.campus)
    feed = Feed(campus.dir, "bench-feed")
    names = [f"https://sp{time.monotonic_ns()}.example.org/saml" for _ in range(ENTITIES)]
    cookie = ground.some()[0].portal_cookie
    try:
        _register(campus, ctl)
        feed.has = {name: feed.made(name) for name in names}
        with settings(campus, ctl, metadata_OF_bench_DOT_url=feed.url, metadata_OF_bench_DOT_certificate_file=str(feed.certificate)):
            _steady(campus, cookie, WARM_S)
            quiet = _steady(campus, cookie)
            fetching = threading.Thread(target=_fetch, args=(campus, cookie, names))
            fetching.start()
            busy = _steady(campus, cookie)
            fetching.join()
            quiet += _steady(campus, cookie)
    finally:
        feed.close()
        ctl.close()
    fetched = sum(feed.n_asked(name) > 0 for name in names)
    yield _row("quiet", f"SAML, {A_SECOND} sign-ons a second, nothing fetched, before and after", quiet)
    yield _row("busy", f"  the same, while {fetched} services of a feed are fetched", busy, goal=f"p99 {MOST:.0f} times at most",
               reached=fetched == ENTITIES and _p(busy, 99) <= MOST * _p(quiet, 99))


def _row(name, what, times, **more):
    good = [took for took in times if took is not None]
    return Row(f"feeds.{name}", what, A_SECOND * len(good) / len(times), p50_ms=_p(times, 50), p99_ms=_p(times, 99), failed=len(times) - len(good), **more)


def _p(times, part):
    good = sorted(took for took in times if took is not None)
    return good[min(len(good) - 1, len(good) * part // 100)] * 1000


def _register(campus, ctl):
    metadata = campus.dir / "bench-saml.xml"
    metadata.write_text(METADATA)
    ctl("service", "remove", "bench-saml", *REASON)         # of a run before
    done = ctl("--json", "service", "add", "bench-saml", "--label", "bench", "--saml-metadata", str(metadata), *REASON)
    if done.returncode != 0 or json.loads(done.stdout)["client_id"] != ENTITY:
        raise SystemExit(f"spomctl: {done.stdout}{done.stderr}")


def _ask(browser, cookie, entity_id):
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
    text = SAML.format(time.monotonic_ns(), now, entity_id).encode()
    request = quote(base64.b64encode(squeeze.compress(text) + squeeze.flush()), safe="")
    return browser.get(f"/saml/sso?SAMLRequest={request}", headers={"Cookie": cookie, "Accept": "text/html"}, allow_redirects=False)


def _steady(campus, cookie, seconds=FOR_S):
    """How long each took, from the moment at which it was due; None: no answer."""
    begin = time.monotonic() + 0.1

    def one(number):
        due = begin + number / A_SECOND
        time.sleep(max(0, due - time.monotonic()))
        answer = _ask(campus.browser(), cookie, ENTITY)
        return time.monotonic() - due if 'name="SAMLResponse"' in answer.text else None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(A_SECOND * seconds)))


def _fetch(campus, cookie, names):
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda name: _ask(campus.browser(), cookie, name), names))
