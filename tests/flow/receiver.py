"""receiver.py - applications that are told of a sign-out, over real TLS: good ones, and those that hang, refuse, lead elsewhere or never end."""
import subprocess
import threading
import time
from urllib.parse import parse_qs

from campus.client import until
from served import Handler, Served


def impostor(folder):
    """One whose certificate nobody has signed."""
    key, certificate = folder / "impostor.key", folder / "impostor.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return Receiver(certificate, key)


class Receiver:
    """What came is in `heard`: (path, fields of the form, headers); when, in `when`, of each path the first."""

    def __init__(self, certificate, key, address="127.0.0.1"):
        self.heard, self.when, self.let_go = [], {}, threading.Event()
        self.statuses = {}              # path: what it answers, in place of what it says
        receiver = self

        class Asked(Handler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):          # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.when.setdefault(self.path, time.monotonic())
                receiver.heard.append((self.path, {name: values for name, values in parse_qs(body, strict_parsing=True).items()}, dict(self.headers)))
                receiver.answer(self)

            def do_GET(self):           # noqa: N802
                path, _, query = self.path.partition("?")
                receiver.heard.append((path, parse_qs(query), dict(self.headers)))
                receiver.answer(self)

        self.server = Served(Asked, (certificate, key), address)
        self.port = self.server.server_port

    def answer(self, handler):
        what = handler.path.split("/")[1].split("?")[0]
        status = self.statuses.get(handler.path) or {"ok": 200, "none": 204, "bad": 400, "gone": 404, "led": 302, "down": 503, "long": 200, "hangs": 200, "slow": 200}[what]
        if what == "slow":
            time.sleep(0.5)
        if what == "hangs":
            self.let_go.wait(30)
        handler.send_response(status)
        if what == "led":
            handler.send_header("Location", f"https://localhost:{self.port}/ok/led-to")
        handler.send_header("Content-Length", str(50_000_000) if what == "long" else "0")
        handler.end_headers()
        try:
            for _ in range(50_000 if what == "long" else 0):
                handler.wfile.write(b"x" * 1000)
        except OSError:
            pass

    def uri(self, path, host="localhost"):
        return f"https://{host}:{self.port}{path}"

    def at(self, path):
        """The forms that came there."""
        return [fields for heard, fields, _ in list(self.heard) if heard == path]

    def until_heard(self, path, n=1, timeout_s=10):
        until(lambda: len(self.at(path)) >= n, f"{path} hears it {n} times", timeout_s)
        return self.at(path)[n - 1]

    def hears_nothing(self, path, for_s=1.0):
        n = len(self.at(path))
        time.sleep(for_s)
        return len(self.at(path)) == n

    def close(self):
        self.let_go.set()
        self.server.close()
