"""A captioner of known faults behind the OpenAI protocol: it forgets tags and invents others at the rates it is told.

    python -m benchmarks.scripted_captioner --forget 0.5 --invent 0.5 --port 8123 &
    adsw prepare stores/quickstart/corpus/manifest.parquet --store stores/careless --reuse stores/quickstart \\
        --captioner openai:http://127.0.0.1:8123/v1#careless --caption-prompt categories \\
        --caption least_coverage=0 --caption most_added=99 --caption attempts=1

It stands where a language model would, so that stores whose captions differ in quality, and in nothing else, can be
made anywhere: `search_spaces/captioners.yaml` compares them. Every tag but the first is forgotten with probability
`--forget`; for every tag a term of its category that is not among the track's is added with probability `--invent`.
The sentence is worded by the project's template. The same view always gets the same caption.
"""

from __future__ import annotations

import argparse
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import builtin
from adsw.draws import generator

_ASKED = re.compile(r"What is known of the track: (.*)\.\nDescribe it", re.DOTALL)
PROBE = "Yes."


def view_in(question: str) -> dict[str, tuple[str, ...]] | None:
    """The view that a question with the prompt ``categories`` asks about; None for another question.

    >>> view_in("What is known of the track: mood: calm, sad; tempo: slow.\\nDescribe it in one sentence.")
    {'mood': ('calm', 'sad'), 'tempo': ('slow',)}
    """
    found = _ASKED.search(question)
    if found is None:
        return None
    pairs = (part.partition(": ") for part in found.group(1).split("; "))
    return {category: tuple(tags.split(", ")) for category, _, tags in pairs}


def careless(view: dict[str, tuple[str, ...]], forget: float, invent: float) -> dict[str, tuple[str, ...]]:
    """The view as such a captioner sees it: tags lost, others of the same category added.

    Args:
        view: category -> tags.
        forget: probability of losing a tag; one tag always stays.
        invent: probability, for every tag, of adding a term of its category.
    """
    tags = [(category, tag) for category, given in view.items() for tag in given]
    rng = generator("scripted captioner", json.dumps(tags))
    chances = rng.random((len(tags), 2))
    kept = [pair for pair, chance in zip(tags, chances[:, 0], strict=True) if chance >= forget]
    kept = kept or [tags[int(rng.integers(len(tags)))]]
    own = {tag for _, tag in tags}
    for (category, _), chance in zip(tags, chances[:, 1], strict=True):
        others = [term for term in builtin().terms_in(category) if term not in own]
        if chance < invent and others:
            kept.append((category, others[int(rng.integers(len(others)))]))
    seen: dict[str, list[str]] = {}
    for category, tag in kept:
        if tag not in seen.setdefault(category, []):
            seen[category].append(tag)
    return {category: tuple(given) for category, given in seen.items()}


def answer(question: str, forget: float, invent: float, captioner: TemplateCaptioner) -> str:
    """What the captioner says."""
    view = view_in(question)
    if view is None:
        return PROBE
    (caption,) = captioner.caption([careless(view, forget, invent)], [question])
    return caption.text


def serve(port: int, forget: float, invent: float) -> None:
    """Answer until the process is ended."""
    captioner = TemplateCaptioner()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            text = answer(str(request["messages"][-1]["content"]), forget, invent, captioner)
            message = {"role": "assistant", "content": text}
            document: dict[str, Any] = {
                "id": "scripted",
                "object": "chat.completion",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0},
            }
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scripted_captioner", description=__doc__.split("\n")[0])
    parser.add_argument("--forget", type=float, default=0.5, help="probability of losing a tag")
    parser.add_argument("--invent", type=float, default=0.5, help="probability, per tag, of adding another")
    parser.add_argument("--port", type=int, default=8123)
    asked = parser.parse_args()
    serve(asked.port, asked.forget, asked.invent)


if __name__ == "__main__":
    main()
