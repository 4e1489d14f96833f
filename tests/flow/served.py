"""served.py - a server of ours that stands outside: for what SPOM asks others, or tells them."""
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def give(self, status, body, headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Served(ThreadingHTTPServer):
    """On a port of its own, from now on; tls: certificate and key. connections: how often somebody connected."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, handler, tls=None, address="127.0.0.1"):
        super().__init__((address, 0), handler)
        self.connections = 0
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def verify_request(self, *_):
        self.connections += 1
        return True

    def handle_error(self, *_):
        pass

    def close(self):
        self.shutdown()
        self.server_close()
