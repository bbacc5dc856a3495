"""A web server on this machine that serves files well or badly, as the first part of the path says."""

import http.server
import threading

import pytest


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        behaviour, name = self.path.strip("/").split("/")
        self.server.requests.append((behaviour, name))
        content = self.server.files[name]
        if behaviour == "missing":
            self.send_error(404)
        elif behaviour == "stalled":
            self.server.closing.wait()
        elif behaviour == "redirecting":
            self.send_response(302)
            self.send_header("Location", f"/good/{name}")
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(sent(content, behaviour))
            if behaviour == "stalled-midway":
                self.server.closing.wait()

    def log_message(self, *args):
        pass


def sent(content, behaviour):
    return {
        "good": content,
        "truncated": content[: len(content) // 2],
        "stalled-midway": content[: len(content) // 2],
        "corrupt": content[:-1] + bytes([content[-1] ^ 1]),
    }[behaviour]


class Mirrors(http.server.ThreadingHTTPServer):
    """`files`: what to serve, name -> bytes; `requests`: what was asked for, (behaviour, name)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests, self.closing = {}, [], threading.Event()

    def address(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


@pytest.fixture
def mirrors(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Mirrors() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
