"""The server: pages, data and events on loopback; read-only unless it was started with a token for orders."""

from __future__ import annotations

import gzip
import hmac
import json
import re
import socket
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from adsw.errors import Fault, InputError
from adsw.json_text import JsonError, parse_json
from adsw.report.page import asset
from sweep.live.status import run_status
from sweep.serve.hearing import Hearing
from sweep.serve.notes import write_notes
from sweep.serve.pages import Pages
from sweep.serve.run_data import Runs, stamp_of
from sweep.serve.trial_data import record_of, trial_document

HOST = "127.0.0.1"
LOOK_S = 1.0
"""Seconds between two looks at a run folder for news."""
ALIVE_S = 15.0
"""Seconds after which a quiet stream says that it is alive."""
MOST_BODY = 65_536
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Route = tuple[str, re.Pattern[str], Callable[..., None]]


class Server(ThreadingHTTPServer):
    """Serves the runs of one folder.

    Args:
        runs: the folder of all runs.
        port: to listen on; 0 for any that is free.
        token: what orders must carry; None if none are taken.
    """

    daemon_threads = True

    def __init__(self, runs: Path, port: int, token: str | None = None) -> None:
        super().__init__((HOST, port), Handler)
        self.runs = Runs(runs)
        self.token = token
        self.pages = Pages(runs)
        self.hearing = Hearing()
        self.closing = False

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.server_address[1]}/"

    @property
    def own_hosts(self) -> frozenset[str]:
        """What a request's Host may be: another would be a foreign name that leads here (DNS rebinding)."""
        port = self.server_address[1]
        return frozenset(f"{name}:{port}" for name in (HOST, "localhost"))

    def shutdown(self) -> None:
        """Stop serving, open streams included."""
        self.closing = True
        super().shutdown()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "sweep"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a request to read."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer an order."""
        self._answer("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a page that follows a sweep asks often."""

    def _answer(self, method: str) -> None:
        self.query = parse_qs(urlsplit(self.path).query)
        if self.headers.get("Host", "") not in self.server.own_hosts:
            self._fail(HTTPStatus.FORBIDDEN, "This server is asked by its own address alone.")
            return
        path = urlsplit(self.path).path
        try:
            for verb, pattern, answer in ROUTES:
                match = pattern.fullmatch(path) if verb == method else None
                if match:
                    answer(self, *map(unquote, match.groups()))
                    return
            self._fail(HTTPStatus.NOT_FOUND, "There is nothing here.")
        except InputError as error:
            self._fail(HTTPStatus.BAD_REQUEST, str(error))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the reader has gone

    # What is read.

    def shell(self, *_: str) -> None:
        """Send the one page, which shows by its address a list, a run or a trial."""
        self._send(asset("sweep.serve", "page.html").encode(), "text/html; charset=utf-8")

    def asset(self, name: str) -> None:
        """Send a script or a style sheet."""
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        self._send(_asset(name), f"{kind}; charset=utf-8", packed=True, fresh=86_400 if name == "plotly.js" else 0)

    def list_runs(self) -> None:
        """Send all runs in a line each."""
        self._json({"runs": self.server.runs.listing(), "orders": self.server.token is not None})

    def show_run(self, name: str) -> None:
        """Send a run: its head, and the trials that the reader lacks."""
        after, generation = self._number("after", 0), self._number("generation", -1)
        document = self.server.runs.document(name, after, generation)
        self._json({**document, "orders": self.server.token is not None})

    def show_trial(self, name: str, trial: str) -> None:
        """Send one trial."""
        folder = self.server.runs.folder(name)
        self._json(trial_document(folder, self.server.runs.records(folder)[0], int(trial)))

    def hear(self, name: str, trial: str) -> None:
        """Send the first tracks for a text."""
        folder, store = self._store(name, int(trial))
        text = self.query.get("text", [""])[0]
        self._json({"hits": self.server.hearing.find(folder, int(trial), store, text, self._number("count", 5))})

    def clip(self, name: str, trial: str) -> None:
        """Send the sound of a track."""
        folder, store = self._store(name, int(trial))
        track = self.query.get("track", [""])[0]
        self._send(self.server.hearing.clip(folder, int(trial), store, track), "audio/mpeg")

    def report(self, name: str) -> None:
        """Send the report as it stands."""
        page = self.server.pages.report(self.server.runs.folder(name))
        self._send(page, "text/html; charset=utf-8", packed=True, policy=False)

    def compare(self) -> None:
        """Send the page that compares runs."""
        page = self.server.pages.comparison(self.query.get("run", []))
        self._send(page, "text/html; charset=utf-8", packed=True, policy=False)

    def events(self) -> None:
        """Send an event whenever a run, or any run, has news (server-sent events)."""
        name = self.query.get("run", [""])[0]
        folder = self.server.runs.folder(name).path if name else None
        self.send_response(HTTPStatus.OK)
        self._headers({"Content-Type": "text/event-stream", "Cache-Control": "no-store", "Connection": "close"})
        self.end_headers()
        self.close_connection = True
        seen: object = None
        said = 0.0
        while not self.server.closing:
            stamp: object = stamp_of(folder) if folder is not None else self.server.runs.stamps()
            if stamp != seen or time.monotonic() - said > ALIVE_S:
                self.wfile.write(b"data: news\n\n" if stamp != seen else b": alive\n\n")
                self.wfile.flush()
                seen, said = stamp, time.monotonic()
            time.sleep(LOOK_S)

    # Orders.

    def stop(self, name: str) -> None:
        """Ask a sweep to stop cleanly."""
        self._order()
        folder = self.server.runs.folder(name)
        if not run_status(folder).running:
            raise InputError("There is nothing to stop", [Fault(name, "is not running")])
        folder.request_stop()
        self._json({"said": f"{name} was asked to stop."})

    def note(self, name: str) -> None:
        """Keep notes and tags on a run."""
        document = self._order()
        self._json(write_notes(self.server.runs.folder(name).path, document).model_dump(mode="json"))

    def _order(self) -> Any:
        """Return the body of an order.

        Raises:
            InputError: the order is not allowed, or its body is no JSON.
        """
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        origin = self.headers.get("Origin")
        title = "The order is refused"
        body = self.rfile.read(min(MOST_BODY, int(self.headers.get("Content-Length") or 0)))
        if self.server.token is None:
            raise InputError(
                title, [Fault("token", "was not given when the server started", None, "Start it with --token.")]
            )
        if not hmac.compare_digest(given.encode(), self.server.token.encode()):
            raise InputError(title, [Fault("token", "is not the server's")])
        if origin is not None and urlsplit(origin).netloc not in self.server.own_hosts:
            raise InputError(title, [Fault("Origin", "must be this server", origin)])
        try:
            return parse_json(body or b"{}")
        except JsonError as error:
            raise InputError(title, [Fault("body", str(error))]) from None

    # How it is sent.

    def _store(self, name: str, trial: int) -> tuple[Any, str]:
        folder = self.server.runs.folder(name)
        return folder, record_of(self.server.runs.records(folder)[0], trial).store

    def _number(self, name: str, default: int) -> int:
        text = self.query.get(name, [""])[0]
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else default

    def _json(self, document: object) -> None:
        text = json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
        self._send(text, "application/json", packed=len(text) > 10_000)

    def _fail(self, status: HTTPStatus, why: str) -> None:
        self._send(json.dumps({"error": why}).encode(), "application/json", status)
        self.close_connection = True

    def _send(
        self,
        body: bytes,
        kind: str,
        status: HTTPStatus = HTTPStatus.OK,
        packed: bool = False,
        fresh: int = 0,
        policy: bool = True,
    ) -> None:
        headers = {"Content-Type": kind, "Cache-Control": f"max-age={fresh}" if fresh else "no-store"}
        if packed and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = _packed(body), "gzip"
        headers["Content-Length"] = str(len(body))
        self.send_response(status)
        self._headers(headers, policy)
        self.end_headers()
        self.wfile.write(body)

    def _headers(self, headers: dict[str, str], policy: bool = True) -> None:
        """Add headers; a report brings its own policy within it."""
        always = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
        for name, value in {**headers, **always, **({"Content-Security-Policy": POLICY} if policy else {})}.items():
            self.send_header(name, value)


@cache
def _asset(name: str) -> bytes:
    if name == "plotly.js":
        return (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    if name == "report.css":
        return asset("adsw.report", "document.css").encode()
    return asset("sweep.serve", name).encode()


@cache
def _packed_once(body: bytes) -> bytes:
    return gzip.compress(body, 6)


def _packed(body: bytes) -> bytes:
    """Return a body compressed; Plotly's script, the largest, once for all."""
    return _packed_once(body) if body is _asset("plotly.js") else gzip.compress(body, 1)


def free(port: int) -> bool:
    """Check whether a port of loopback can be listened on."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True


_RUN, _TRIAL = r"/api/runs/([^/]+)", r"/trials/(\d{1,6})"
ROUTES: tuple[Route, ...] = tuple(
    (method, re.compile(pattern), answer)
    for method, pattern, answer in (
        ("GET", r"/|/runs/[^/]+|/runs/[^/]+/trials/\d{1,6}", Handler.shell),
        ("GET", r"/assets/(plotly\.js|report\.css|page\.css|page\.js|run\.js|trial\.js|parallel\.js)", Handler.asset),
        ("GET", r"/api/runs", Handler.list_runs),
        ("GET", r"/api/events", Handler.events),
        ("GET", _RUN, Handler.show_run),
        ("GET", _RUN + _TRIAL, Handler.show_trial),
        ("GET", _RUN + _TRIAL + "/hear", Handler.hear),
        ("GET", _RUN + _TRIAL + "/clip", Handler.clip),
        ("GET", r"/report/([^/]+)", Handler.report),
        ("GET", r"/compare", Handler.compare),
        ("POST", _RUN + "/stop", Handler.stop),
        ("POST", _RUN + "/notes", Handler.note),
    )
)
