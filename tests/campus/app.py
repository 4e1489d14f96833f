"""app.py - a campus application that knows nothing about passwords: it believes the headers that the edge sets.

Run as a program it is that application.
"""
import html
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from campus.supervisor import Service, python_module, tcp_ready

# What it shows of a request: who asks, and, so that tests see what arrives and what does not, its cookies and every name that
# somebody might believe.
HEADERS = ("Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-AMR")


def prepare(layout):
    """It keeps nothing."""


def services(layout):
    port = layout.ports()["app"]
    return [Service("app", python_module("campus.app", port), layout.account("app"), tcp_ready(port))]


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"       # the edge keeps its connections

    def do_GET(self):
        # http.server reads headers as Latin-1; these are UTF-8.
        said = [(name, value.encode("latin-1").decode("utf-8", "replace")) for name, value in self.headers.items()]
        if "application/json" in self.headers.get("Accept", ""):
            self.answer("application/json", json.dumps({"path": self.path, "headers": said}))
            return
        rows = [(name, dict(said).get(name, "")) for name in (*HEADERS, "Cookie")]
        table = "".join(f"<tr><th>{name}<td>{html.escape(value)}\n" for name, value in rows)
        self.answer("text/html; charset=utf-8", "<!doctype html><html lang=en><meta charset=utf-8><title>Library</title>"
                    f"<h1>Library</h1><table>\n{table}</table>")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def answer(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *arguments):
        print(form % arguments, file=sys.stderr, flush=True)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
