"""Templates of prompts for tags, by category, from a YAML file that users may replace.

Several prompts per tag are averaged after embedding (Radford et al., *Learning transferable visual models from natural
language supervision*, ICML 2021, section 3.1.4), so that the score does not depend on a single wording.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any

from adsw.augment.english import article_for
from adsw.augment.vocabulary import Vocabulary
from adsw.errors import Fault, Faults
from adsw.evaluate.tags.labels import Tag
from adsw.fingerprint import fingerprint
from adsw.yaml_file import read_yaml

BUILTIN_FILE = Path(__file__).with_name("templates.yaml")
DEFAULT = "default"
"""Name of the templates for categories that have none."""
PLACEHOLDERS = ("tag", "a_tag")
"""What a template may hold: the tag, and the tag with *a* or *an* before it."""


@dataclass(frozen=True)
class Templates:
    """Templates by category; those under `DEFAULT` serve every category without any."""

    by_category: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path = BUILTIN_FILE) -> Templates:
        """Read a file of templates, by default the one that comes with the package.

        Raises:
            InputError: with every fault of the file.
        """
        content = read_yaml(path).content
        faults = Faults(f"The prompt templates {path} cannot be used")
        if not isinstance(content, Mapping):
            faults.add(
                path.name, "must map categories to lists of templates", content, "Write `genre: ['{tag} music']`."
            )
            faults.raise_if_any()
        for category, templates in content.items():
            faults.extend(_faults_in(f"{path.name}: {category}", templates))
        if DEFAULT not in content:
            faults.add(path.name, f"must have templates under {DEFAULT!r}", None, "They serve categories not named.")
        faults.raise_if_any()
        return cls({str(category): tuple(templates) for category, templates in content.items()})

    @cached_property
    def identity(self) -> str:
        """Fingerprint of the templates."""
        return fingerprint({category: list(templates) for category, templates in self.by_category.items()})

    def category_for(self, tag: Tag, vocabulary: Vocabulary) -> str:
        """Return the category whose templates a tag takes.

        That is the tag's category if it has templates, else the category that the vocabulary knows the tag by (*film*
        under ``mood/theme`` is a theme) if that has some, else `DEFAULT`.
        """
        category, name = tag
        if category in self.by_category:
            return category
        meant = vocabulary.meaning_of(category, name)
        return meant if meant in self.by_category else DEFAULT


def filled(template: str, tag: str) -> str:
    """Return the prompt that a template makes of a tag.

    >>> filled("This is {a_tag} song.", "indie")
    'This is an indie song.'
    """
    return template.format(tag=tag, a_tag=f"{article_for(tag)} {tag}")


def _faults_in(where: str, templates: Any) -> Iterator[Fault]:
    """Yield the faults of the templates of one category."""
    if not isinstance(templates, list) or not templates:
        yield Fault(where, "must be a list of at least one template", templates, "Write ['{tag} music'].")
        return
    for number, template in enumerate(templates, start=1):
        place = f"{where}, template {number}"
        if not isinstance(template, str):
            yield Fault(place, "must be text", template, "Quote it.")
            continue
        problem = _problem(template)
        if problem:
            yield Fault(place, problem, template, "Write {tag}, or {a_tag} for it with a or an.")
        if templates.index(template) < number - 1:
            yield Fault(place, "must not stand twice", template, "Remove it.")


def _problem(template: str) -> str:
    """Return what is wrong with a template's placeholders, or an empty text."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        return f"is no template: {error}"
    names = [name for _, name, _, _ in parsed if name is not None]
    plain = all(not spec and not conversion for _, name, spec, conversion in parsed if name is not None)
    if not names or not set(names) <= set(PLACEHOLDERS) or not plain:
        return "must hold {tag} or {a_tag}, and no other placeholder"
    return ""
