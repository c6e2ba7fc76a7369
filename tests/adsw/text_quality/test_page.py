from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from adsw.store.store import Store
from adsw.text_quality.measure import measure_quality
from adsw.text_quality.page import render, write_page

Make = Callable[..., Any]
_BARE = {"meta", "link", "br", "img"}


class Balance(HTMLParser):
    """Whether every element is closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if tag not in _BARE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def plots_of(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.split('id="figures">')[1].split("</script>")[0])
    return found


def test_the_page_holds_everything_and_loads_nothing(store: Store, tmp_path: Path) -> None:
    write_page(measure_quality(store), tmp_path / "new" / "page.html")
    page = (tmp_path / "new" / "page.html").read_text()
    assert len(page) < 5_000_000
    without_library = re.sub(r'<script type="text/plain".*?</script>', "", page, flags=re.DOTALL)
    assert "http" not in without_library.replace("http-equiv", "")
    assert re.findall(r"<(?:link|img|iframe)\b|\ssrc=", without_library) == []
    parser = Balance()
    parser.feed(without_library)
    assert parser.open == []
    for words in ("stand-in by template@1", "with added terms, %", "adds: sitar", "drawn at random", "5 to 95 %"):
        assert words in page


def test_every_figure_has_its_place_and_its_colours(store: Store) -> None:
    page = render(measure_quality(store))
    plots = plots_of(page)
    assert set(plots) == set(re.findall(r'data-figure="(\w+)"', page))
    assert {"stated", "added", "shared", "fits", "cosine", "lengths", "human", "terms"} <= set(plots)
    names = set(re.findall(r"var\((--\w+)\)", json.dumps(plots)))
    assert all(f"{name}:" in page for name in names)
    line = next(line for line in plots["shared"]["data"] if line["name"] == "caption by local:model@1")
    assert (line["x"], line["y"]) == (["1", "2"], [100.0, 0.0])
    assert plots["terms"]["data"][0]["y"] == ["sitar"]
    assert plots["stated"]["layout"]["yaxis"]["range"] == [-3, 103]
    assert "range" not in plots["shared"]["layout"]["yaxis"]


def test_texts_cannot_break_out_of_the_page(tmp_path: Path, make_store: Make, track_row: Make) -> None:
    bad = '</script><script>alert(1)</script> \u2028 & "x" jazz'
    rows = [track_row(f"t{n}<b>", {"genre": ["jazz"]}, [(bad, ["jazz"], {})], [(bad, {})]) for n in range(3)]
    path = make_store(tmp_path / "<i>", {"test": rows}, captioner="</script>@1")
    page = render(measure_quality(Store.open(path)))
    assert "<script>alert" not in page
    assert "</script>@1" not in page
    assert "<i>:" not in page
    assert plots_of(page)


def test_a_store_of_tag_lists_alone_has_a_page(
    tmp_path: Path, make_store: Make, make_row: Make, make_text: Make
) -> None:
    rows = [make_row(f"t{n}", [make_text("slow", "tags", 1, 0)]) for n in range(2)]
    page = render(measure_quality(Store.open(make_store(tmp_path / "tags", {"test": rows}))))
    assert "There are only tag lists." in page
    assert set(plots_of(page)) == {"lengths"}
