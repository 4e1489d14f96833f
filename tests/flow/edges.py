"""edges.py - web servers of the tests' own before an application, each by its file of docs/examples, and raw requests to them."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from apache import filled, next_port
from campus.client import until
from campus.guard import die_with_parent
from conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
OURS = ("remote-user", "remote-name", "remote-email", "remote-groups", "remote-amr", "remote-jwt")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode("utf-8", "replace")

    def told(self):
        """What the application was sent: all values of each name in lower case, whatever mark stands in it as -."""
        assert self.status == 200, (self.status, self.text[:300])
        names = {}
        for name, value in json.loads(self.text)["headers"]:
            names.setdefault(re.sub("[^a-z0-9]", "-", name.lower()), []).append(value)
        return names


class Edge:
    """A running web server at a port of the loopback; what it is asked is for the host of origin."""

    def __init__(self, origin, port):
        self.host, self.port = urlsplit(origin).netloc, port
        self.cookies = {}

    def raw(self, lines, path="/", method="GET", body=b""):
        """A request with these lines as they stand."""
        head = "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/1.1", f"Host: {self.host}", "Connection: close", *lines))
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(head.encode("latin-1") + b"\r\n" + body)
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            try:
                content = response.read()
            except http.client.IncompleteRead as cut:       # it did not wait for what follows an odd request
                content = cut.partial
            return Answer(response.status, response.headers, content)

    def get(self, path="/", accept="application/json", lines=(), **options):
        """As the browser that has been here before."""
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.raw((f"Accept: {accept}", *([f"Cookie: {sent}"] if sent else ()), *lines), path, **options)
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer


class Server:
    """A program that serves by files in a folder of its own until it is ended."""

    def __init__(self, name, port):
        self.folder, self.port = Path(tempfile.mkdtemp(prefix=f"spom-{name}-")), port
        self.process = None

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, argv):
        me = os.getpid()
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(argv, cwd=self.folder, env={"HOME": str(self.folder), "PATH": os.environ["PATH"]}, stdout=log,
                                            stderr=subprocess.STDOUT, preexec_fn=lambda: die_with_parent(me, signal.SIGTERM))
        until(self._listens, f"{argv[0]} listens\n{(self.folder / 'log').read_text()[-2000:]}", 10)

    def _listens(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def _ports(campus):
    """Where an example's programs are here."""
    edge = campus.json["edge"]
    app = urlsplit(campus.portal).port + 6
    return {"https://login.example.edu": campus.portal, "127.0.0.1:8082": edge["check"].removeprefix("http://"),
            "127.0.0.1:8081": edge["door"].removeprefix("http://"), "127.0.0.1:9000": f"127.0.0.1:{app}"}


def caddy(campus):
    server = Server("caddy", next_port())
    secret = server.write("spom-edge", f"header_up X-SPOM-Edge {campus.json['edge']['secret']}\n")
    text = filled((EXAMPLES / "Caddyfile").read_text(encoding="utf-8"), _ports(campus) | {
        "/etc/caddy/spom-edge": str(secret), "\nlibrary.example.edu {": f"\nhttp://:{server.port} {{\n\tbind 127.0.0.1"})
    text = text.replace("\n(spom) {", "\n{\n\tadmin off\n}\n\n(spom) {", 1)     # what is global stands first
    server.start(["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", str(server.write("Caddyfile", text))])
    return server


def haproxy(campus):
    server = Server("haproxy", next_port())
    ports = _ports(campus)
    portal, check = ports.pop("https://login.example.edu"), ports.pop("127.0.0.1:8082")
    script = filled((EXAMPLES / "haproxy-spom.lua").read_text(encoding="utf-8"), {
        "https://login.example.edu": portal, "127.0.0.1:8082": check,
        "/etc/haproxy/spom-edge": str(server.write("spom-edge", campus.json["edge"]["secret"] + "\n"))})
    text = filled((EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8"), ports | {
        "/etc/haproxy/haproxy-spom.lua": str(server.write("haproxy-spom.lua", script)),
        "bind :443 ssl crt /etc/haproxy/library.example.edu.pem alpn h2,http/1.1": f"bind 127.0.0.1:{server.port}",
        "host_only -i library.example.edu": "host_only -i " + urlsplit(campus.json["app"]).hostname})
    server.start(["/usr/sbin/haproxy", "-db", "-f", str(server.write("haproxy.cfg", text))])
    return server


OLD_CAS = """daemon off;
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 64; }}
http {{
	access_log off;
	client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
	include {campus}/http.conf;
{example}
}}
"""


def old_cas(campus):
    """An nginx for the name of an older CAS server."""
    server, own = Server("old-cas", next_port()), campus.dir / "nginx"
    example = filled((EXAMPLES / "nginx-old-cas.conf").read_text(encoding="utf-8"), {
        "https://login.example.edu": campus.portal, "/usr/share/spom/nginx/": f"{own}/", "\tlisten [::]:443 ssl http2;\n": "",
        "listen 443 ssl http2": f"listen 127.0.0.1:{server.port}", "/etc/ssl/certs/cas.example.edu.pem": str(campus.dir / "tls/nginx.pem"),
        "/etc/ssl/private/cas.example.edu.key": str(campus.dir / "tls/nginx.key")})
    server.start(["/usr/sbin/nginx", "-p", str(server.folder), "-e", "stderr", "-c",
                  str(server.write("nginx.conf", OLD_CAS.format(folder=server.folder, campus=own, example=example)))])
    return server


def traefik(campus):
    """What Traefik would ask by its example (its documentation of forwardAuth): the middlewares in their order. Debian has no package of it."""
    text = filled((EXAMPLES / "traefik.yml").read_text(encoding="utf-8"), {
        "EDGE-SECRET": campus.json["edge"]["secret"], "https://login.example.edu": campus.portal})
    edge = re.search(r"spom-edge:\n.*?customRequestHeaders:\n((?: {10}\S[^\n]*\n)+)", text, re.S)[1]
    sets = dict(re.findall(r'^ +([\w-]+): "(.*)"$', edge, re.M))
    passed = re.search(r"authRequestHeaders: \[(.*)\]", text)[1].split(", ")
    address = re.search(r'address: "(.*)"', text)[1]
    return {"sets": sets, "passed": passed, "path": urlsplit(address).path, "cleaned": re.search(r'authResponseHeadersRegex: "(.*)"', text)[1]}
