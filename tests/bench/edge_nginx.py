"""edge_nginx.py - an nginx of the measurements' own: forward-auth to SPOM and to an upstream that says yes to everything, and a proxied file.

It serves a file behind each, so that no application's speed is measured.
"""
import subprocess
from http.client import HTTPConnection
from urllib.parse import urlsplit

from conftest import free_port, until

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
	server {{
		listen 127.0.0.1:{yes} backlog=1024;
		root {dir}/www;
		location / {{ return 200; }}
		location /page {{ }}
	}}
	server {{
		listen 127.0.0.1:{limit} backlog=1024;
		root {dir}/www;
		location / {{ auth_request /-/check; }}
		location = /-/check {{ internal; {ask} proxy_pass http://trivial; }}
		location /page {{ proxy_set_header Connection ""; proxy_pass http://trivial; }}
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


class EdgeNginx:
    """`limit` and `spom` are the ports; the file behind both is /, a page of any size is /page behind `limit`."""

    def __init__(self, campus):
        self.dir = campus.dir / "bench-nginx"
        (self.dir / "www").mkdir(parents=True, exist_ok=True)
        (self.dir / "tmp").mkdir(exist_ok=True)
        (self.dir / "www" / "index.html").write_text("x" * 100)
        self.yes = free_port()
        self.limit, self.spom = self.yes + 1, self.yes + 2
        ask = ASK.format(secret=campus.json["edge"]["secret"], portal=campus.portal, app=campus.json["app"])
        conf = CONF.format(dir=self.dir, check=urlsplit(campus.json["edge"]["check"]).port, ask=ask, n=CONNECTIONS,
                           yes=self.yes, limit=self.limit, spom=self.spom)
        (self.dir / "nginx.conf").write_text(conf)
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(self.dir), "-e", "stderr", "-c",
                                         str(self.dir / "nginx.conf")])
        until(lambda: self._answers(), "nginx serves")

    def _answers(self):
        assert self.process.poll() is None, "nginx has ended"
        try:
            connection = HTTPConnection("127.0.0.1", self.limit, timeout=1)
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def put_page(self, size):
        (self.dir / "www" / "page").write_text("x" * size)

    def end(self):
        self.process.terminate()
        self.process.wait(10)
