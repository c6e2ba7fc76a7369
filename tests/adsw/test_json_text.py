"""JSON that has one meaning is read; what has none, or would fail later, says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adsw.json_text import JsonError, JsonSyntaxError, json_lines, parse_foreign_json, parse_json


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, -2.5, 1e300, True, None, {"b": "ü🎻\u2028"}]},
        [],
        "text",
        10**299,
        {"many": [{"n": number, "e000": 0.5} for number in range(100)]},
    ],
)
def test_right_json_is_read_as_python_does(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert parse_json(text) == parse_json(b"\xef\xbb\xbf" + text.encode()) == parse_foreign_json(text) == value


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"a": 1, "a": 1}', "has the key 'a' twice"),
        ('{"b": [{"c": {"a": 1, "x": 0, "a": 2}}]}', "has the key 'a' twice"),
        ("[NaN]", "holds NaN, which is no number in JSON"),
        ("-Infinity", "holds -Infinity, which is no number in JSON"),
        ("[1e999]", "holds the number '1e999', which is too large"),
        ("[-1.5E+400]", "holds the number '-1.5E+400', which is too large"),
        ("9" * 400, "holds a number of 400 digits, more than 300"),
        ("[-" + "9" * 5000 + "]", "holds a number of 5,000 digits, more than 300"),
        ("9" * 400 + ".5", "too large"),
        ("[" * 65 + "]" * 65, "is nested deeper than 64 levels"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "is nested deeper than 64 levels"),
        ('{"a": "x\\ud800"}', r"has half a surrogate pair in 'x\ud800', which is no text"),
        ('{"\\udfff": 1}', r"has half a surrogate pair in '\udfff', which is no text"),
        ('["\\u0000"]', r"has a NUL character in '\x00'"),
    ],
)
def test_what_is_refused(text: str, rule: str) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    assert rule in str(caught.value)
    assert not isinstance(caught.value, JsonSyntaxError)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"a": 1', "is no JSON: Expecting ',' delimiter at character 8"),
        ('{\n"a": x}', "is no JSON: Expecting value at line 2, character 6"),
        ("", "is no JSON: Expecting value at character 1"),
        (b"\xff", "is no text in UTF-8: byte 1 is wrong"),
        ("1".encode("utf-16"), "is in UTF-16, must be in UTF-8"),
        (b'"\0"', "line 1 has a NUL character"),
        (b"\x1f\x8b\x08", "is packed by gzip, must be plain text"),
    ],
)
def test_what_is_no_json(text: str | bytes, rule: str) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        parse_json(text)
    assert rule in str(caught.value)


def test_strings_can_be_left_to_the_caller() -> None:
    assert parse_json('{"a": "\\ud800\\u0000"}', any_strings=True) == {"a": "\ud800\0"}
    assert parse_json('["\\ud83c\\udfbb"]') == ["🎻"]
    assert parse_json("[" * 64 + "]" * 64)


def test_other_programs_may_write_what_python_reads() -> None:
    assert parse_foreign_json('{"a": 1, "a": Infinity}') == {"a": float("inf")}
    for text in ("9" * 5000, "[" * 100_000):
        with pytest.raises(JsonError):
            parse_foreign_json(text)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_of_jsonl_end_where_json_says(ending: str) -> None:
    lines = [f'"a{mark}b"' for mark in ("\u2028", "\u2029", "\x85", "\x0c", "\x1c", "\x1e")]
    assert list(json_lines(ending.join(["", *lines, " "]))) == list(enumerate(lines, start=2))
