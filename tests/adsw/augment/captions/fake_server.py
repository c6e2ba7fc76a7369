"""A server on this machine that speaks the OpenAI protocol as well or as badly as a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server sends."""

    text: str = ""
    """The message's content; sent as a proper answer unless there is a body."""
    status: int = 200
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    finish: str = "stop"


def tags_in(request: dict[str, Any]) -> list[str]:
    """The tags that a request with the prompt ``paper`` asks about."""
    return str(request["messages"][-1]["content"]).removeprefix("Tags: ").split(", ")


def good(request: dict[str, Any]) -> Reply:
    """A caption that states all tags."""
    if request["messages"][-1]["content"] == "Say yes.":
        return Reply("Yes.")
    return Reply(f"This is a track that one can call {' and '.join(tags_in(request))}.")


class FakeServer:
    """A running server: what it was asked, and what it answers."""

    def __init__(self, behave: Callable[[dict[str, Any]], Reply]) -> None:
        self.behave = behave
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def name(self) -> str:
        """Its model as a captioner."""
        return f"openai:{self.url}#tiny"

    @property
    def asked(self) -> list[list[str]]:
        """Tags of every request that was not the probe."""
        return [tags_in(one) for one in self.requests if one["messages"][-1]["content"] != "Say yes."]

    @contextmanager
    def running(self) -> Iterator[FakeServer]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with server._lock:
                    server.requests.append({**request, "path": self.path})
                    server.headers.append(dict(self.headers))
                    server._at_once += 1
                    server.most_at_once = max(server.most_at_once, server._at_once)
                reply = server.behave(request)
                time.sleep(reply.seconds)
                self._send(reply)
                with server._lock:
                    server._at_once -= 1

            def _send(self, reply: Reply) -> None:
                message = {"role": "assistant", "content": reply.text}
                document = {
                    "id": "1",
                    "object": "chat.completion",
                    "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 5},
                }
                body = (json.dumps(document) if reply.body is None else reply.body).encode()
                try:
                    self.send_response(reply.status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(body)))
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # a client that lost patience

            def log_message(self, *_: object) -> None:
                pass

        return Handler
