"""The frame of every page."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from adsw.report import page as frame
from adsw.report.page import asset, render

TEMPLATE = """<head><style>{{ style }}</style></head><body><p>{{ words|twice }}</p>
{% for name in names %}<div data-figure="{{ name }}"></div>
{% endfor %}{{ drawing }}</body>"""


@pytest.fixture
def assets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text(TEMPLATE)
    (tmp_path / "page.css").write_text(".own { color: red; }")
    whole = frame.files
    monkeypatch.setattr(frame, "files", lambda package: tmp_path if package == "own" else whole(package))
    return tmp_path


def rendered(figures: dict[str, frame.Figure] | None = None, **context: object) -> str:
    styles = [("adsw.report", "document.css"), ("own", "page.css")]
    filters = {"twice": lambda text: text * 2}
    source = asset("own", "page.html")
    return render(source, figures or {}, styles, filters, names=list(figures or {}), **context)


def test_a_page_has_the_shared_style_and_its_own_after_it(assets: Path) -> None:
    assert assets.exists()
    page = rendered(words="<b>")
    assert page.index("--paper") < page.index(".own")
    assert "<p>&lt;b&gt;&lt;b&gt;</p>" in page
    assert "<script" not in page
    assert "http" not in page


def test_figures_come_with_all_that_draws_them(assets: Path) -> None:
    assert assets.exists()
    hostile = "</script><script>alert(1)</script>\u2028"
    page = rendered({"one": {"data": [{"name": hostile}], "layout": {"height": 120}}}, words="")
    assert 'data-figure="one"' in page
    assert page.count("<script") == page.count("</script>") == 3
    assert "alert(1)" in page
    assert "\u2028" not in page
    assert 500_000 < len(page) < 3_000_000
    assert len(rendered({"one": {"data": [], "layout": {"height": 1}}}, words="")) < len(page)


def test_what_is_not_given_is_told(assets: Path) -> None:
    assert assets.exists()
    with pytest.raises(UndefinedError, match="words"):
        rendered()
    with pytest.raises(ValueError, match="Out of range float"):
        rendered({"one": {"data": [float("nan")], "layout": {"height": 1}}}, words="")
