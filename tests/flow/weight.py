"""weight.py - what a page weighs that a browser opens for the first time: with everything it loads, heads included, as transferred."""
import re
from http.client import HTTPConnection
from urllib.parse import urljoin, urlsplit

LOADED = re.compile(r'<(?:link|script|img|source|iframe)\b[^>]*?\b(?:href|src)="([^"]+)"')
LOADED_BY_STYLE = re.compile(r'url\(["\']?([^"\')]+)["\']?\)|@import\s+["\']([^"\']+)["\']')


def _get(campus, path):
    """Body as text, and how many bytes came."""
    portal = urlsplit(campus.portal)
    connection = HTTPConnection("127.0.0.1", portal.port, timeout=10)
    headers = {"Host": portal.netloc, "Accept": "text/html,*/*", "Accept-Language": "en", "Accept-Encoding": "gzip, deflate, br"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"{path}: {answer.status}"
    assert "Content-Encoding" not in answer.headers, "then what it loads cannot be read here"
    connection.close()
    return body.decode("utf-8", "replace"), len(body) + len(f"HTTP/1.1 200 OK\r\n{answer.headers}\r\n\r\n")


def weight_of(campus, page="/login"):
    """{path: bytes}"""
    found, left = {}, [page]
    while left:
        path = left.pop()
        text, found[path] = _get(campus, path)
        names = LOADED.findall(text) if path == page else [a or b for a, b in LOADED_BY_STYLE.findall(text)]
        for name in names:
            if not name.startswith("data:"):
                assert urlsplit(name).netloc in ("", urlsplit(campus.portal).netloc), f"{path} loads from elsewhere: {name}"
                other = urlsplit(urljoin(path, name)).path
                if other not in found and other not in left:
                    left.append(other)
    return found
