"""forward_auth.py - forward-auth beside its limit: nginx's auth_request to SPOM, and to an upstream that says yes to everything.

An nginx of its own serves a file behind each, so that no application's speed is measured. Load comes from wrk.
"""
import re
import shutil
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "flow"))

from conftest import free_port, until       # noqa: E402
from campus.codes import Codes              # noqa: E402 (conftest knows where)
from door import Door                       # noqa: E402

CONNECTIONS = 32

CONF = """
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {dir}/tmp; proxy_temp_path {dir}/tmp; fastcgi_temp_path {dir}/tmp;
	uwsgi_temp_path {dir}/tmp; scgi_temp_path {dir}/tmp;
	keepalive_requests 1000000;
	proxy_http_version 1.1;
	upstream trivial {{ server 127.0.0.1:{yes}; keepalive {n}; keepalive_requests 1000000; }}
	upstream check {{ server 127.0.0.1:{check}; keepalive {n}; keepalive_requests 1000000; }}
	server {{ listen 127.0.0.1:{yes} backlog=1024; location / {{ return 200; }} }}
	server {{
		listen 127.0.0.1:{limit} backlog=1024;
		root {dir}/www;
		location / {{ auth_request /-/check; }}
		location = /-/check {{ internal; {ask} proxy_pass http://trivial; }}
	}}
	server {{
		listen 127.0.0.1:{spom} backlog=1024;
		root {dir}/www;
		location / {{ auth_request /-/check; }}
		location = /-/check {{ internal; {ask} proxy_pass http://check/check; }}
	}}
}}
"""

ASK = """proxy_pass_request_body off; proxy_pass_request_headers off; proxy_set_header Content-Length "";
	proxy_set_header Host localhost; proxy_set_header Connection ""; proxy_set_header Cookie $http_cookie;
	proxy_set_header X-SPOM-Edge "{secret}"; proxy_set_header X-SPOM-Origin "{portal}"; proxy_set_header X-Original-Method GET;
	proxy_set_header X-Original-URL "{app}$request_uri"; proxy_set_header X-Forwarded-For $remote_addr;"""


def is_possible():
    return shutil.which("wrk") is not None


def cookie(campus):
    """An application's cookie, as a browser comes to it."""
    door, app = Door(campus), campus.json["app"]
    answer = door.sign_in_fully(campus.person(role="student"), Codes())
    if not answer.json().get("done"):
        raise SystemExit(f"bench: the sign-in failed: {answer.text}")
    way = door.browser.get(app + "/", headers={"Accept": "text/html"}).headers["Location"]
    opened = door.browser.get(door.browser.get(way).headers["Location"])
    return opened.headers["Set-Cookie"].split(";")[0]


def write(campus, directory):
    (directory / "www").mkdir(parents=True, exist_ok=True)
    (directory / "tmp").mkdir(exist_ok=True)
    (directory / "www" / "index.html").write_text("x" * 100)
    first = free_port()
    ports = {"yes": first, "limit": first + 1, "spom": first + 2}
    ask = ASK.format(secret=campus.json["edge"]["secret"], portal=campus.portal, app=campus.json["app"])
    conf = CONF.format(dir=directory, check=urlsplit(campus.json["edge"]["check"]).port, ask=ask, n=CONNECTIONS, **ports)
    (directory / "nginx.conf").write_text(conf)
    return ports


def load(port, value, seconds):
    done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H", f"Cookie: {value}",
                           f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]), "p50_ms": _ms(done, "50%"), "p99_ms": _ms(done, "99%"),
            "failed": int(failed[1]) if failed else 0}


def _ms(text, share):
    number, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _answers(port):
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/")
        return connection.getresponse().status
    except OSError:
        return 0


def measure(campus, seconds):
    """(the limit, SPOM's figure)"""
    directory = campus.dir / "bench-nginx"
    ports, value = write(campus, directory), cookie(campus)
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", str(directory), "-e", "stderr", "-c", str(directory / "nginx.conf")])
    try:
        until(lambda: _answers(ports["limit"]) == 200, "nginx serves")
        load(ports["spom"], value, 1)       # so that connections are there
        time.sleep(0.2)
        return load(ports["limit"], value, seconds), load(ports["spom"], value, seconds)
    finally:
        nginx.terminate()
        nginx.wait(10)
