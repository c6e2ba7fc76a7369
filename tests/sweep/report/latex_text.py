"""LaTeX taken apart as far as tests need it: balance, environments, columns and rows of tables."""

from __future__ import annotations

import re


class Latex:
    """Checks that braces, dollars and environments close, and collects what tests ask about."""

    def __init__(self, text: str) -> None:
        self.text = text
        bare = re.sub(r"(?m)(?<!\\)%.*$", "", text)
        self._require_balance(re.sub(r"\\[\\&%$#_{}]", "", bare))
        self.environments = self._environments(bare)
        self.labels = re.findall(r"\\label\{([^}]*)\}", bare)
        self.captions = re.findall(r"\\caption\{", bare)
        found = re.findall(r"\\begin\{tabular\}\{([lrc]+)\}(.*?)\\end\{tabular\}", bare, re.DOTALL)
        self.specs = [spec for spec, _ in found]
        self.widths = [self._widths(body) for _, body in found]
        """Of each table: how many fields its rows have."""

    def _require_balance(self, text: str) -> None:
        depth = 0
        for letter in text:
            depth += (letter == "{") - (letter == "}")
            assert depth >= 0, "a brace closes that never opened"
        assert depth == 0, "a brace is left open"
        assert text.count("$") % 2 == 0, "mathematics is left open"

    def _environments(self, text: str) -> list[str]:
        seen, stack = [], []
        for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
            if kind == "begin":
                stack.append(name)
                seen.append(name)
            else:
                assert stack, f"{name} ends and never began"
                assert stack.pop() == name
        assert stack == []
        return seen

    def _widths(self, body: str) -> set[int]:
        rows = re.sub(r"\\(top|mid|bottom)rule", "", body).split(r"\\")
        return {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows if row.strip()}
