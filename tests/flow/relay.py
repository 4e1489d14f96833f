"""relay.py - a neighbour seen through a relay of the test's own: it passes, delays, hangs or dies as it is told."""
import contextlib
import selectors
import socket
import threading
import time


class Relay:
    """Listens on the loopback and passes what comes to a port there. In a test's hand it is the neighbour's bad days."""

    def __init__(self, port, own_port=0):
        self.to, self.delay_s, self.hangs, self.passed = port, 0.0, False, 0
        self.lock, self.pairs, self.over = threading.Lock(), set(), False
        self.listener, self.thread, self.port = None, None, own_port
        self.back()

    @property
    def uri(self):
        return f"ldap://127.0.0.1:{self.port}"

    def die(self):
        """As a process that was killed: connections end, new ones are refused."""
        with self.lock:
            listener, self.listener = self.listener, None
            pairs, self.pairs = self.pairs, set()
        if listener is None:
            return
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def hang(self):
        """As a process that was stopped: connections are taken, and nothing comes of it."""
        self.hangs = True

    def back(self):
        self.hangs, self.delay_s = False, 0.0
        if self.listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def end(self):
        self.over = True
        self.die()

    def _accept(self, listener):
        while True:
            try:
                here, _ = listener.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.to), timeout=5)
            except OSError:
                here.close()
                continue
            there.settimeout(None)
            with self.lock:
                if self.listener is not listener:
                    here.close(), there.close()
                    continue
                self.pairs.add((here, there))
            threading.Thread(target=self._pass, args=[here, there], daemon=True).start()

    def _pass(self, here, there):
        with selectors.DefaultSelector() as both, here, there:
            both.register(here, selectors.EVENT_READ, there)
            both.register(there, selectors.EVENT_READ, here)
            with contextlib.suppress(OSError):
                while not self.over:
                    for key, _ in both.select(1):
                        while self.hangs and not self.over:
                            time.sleep(0.01)
                        told = key.fileobj.recv(65536)
                        if not told:
                            return
                        time.sleep(self.delay_s)
                        self.passed += 1
                        key.data.sendall(told)
        with self.lock:
            self.pairs.discard((here, there))
