"""Prompts: versioned files with the text by which a language model is asked for a view's caption.

A prompt has a ``user`` part in which ``{tags}`` stands for the view's tags and ``{categories}`` for the same
with their categories; ``{ordered}`` for the tags in the order in which an English phrase would name them (*slow Irish
jig for fiddle in major*), which leaves a small model less to do. It may have a ``system`` part and ``examples`` (tags
and their caption). A version is the name and a hash of all that the model reads, so an edited prompt is another prompt.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adsw.augment.captions.protocol import TagView, canonical
from adsw.errors import Fault, Faults, InputError, faults_of, unknown
from adsw.fingerprint import fingerprint
from adsw.text_file import NoTextError, read_text
from adsw.yaml_file import read_yaml

FOLDER = Path(__file__).with_name("prompts")
PLACEHOLDERS = ("tags", "categories", "ordered")
SUFFIXES = (".yaml", ".yml", ".txt")


class Example(BaseModel):
    """Tags and the caption that they should get."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tags: dict[str, tuple[str, ...]] = Field(min_length=1)
    caption: str = Field(min_length=1)


class Prompt(BaseModel):
    """The parts of a prompt."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    description: str = ""
    """A note for people; not part of the version."""
    system: str = ""
    user: str
    examples: tuple[Example, ...] = ()

    @property
    def version(self) -> str:
        """``name-hash``."""
        content = self.model_dump(mode="json", exclude={"name", "description"})
        return f"{self.name}-{fingerprint(content)[:8]}"

    def messages(self, view: TagView) -> tuple[dict[str, str], ...]:
        """Return the conversation that ends with the question about a view."""
        turns = [("system", self.system)] if self.system else []
        for example in self.examples:
            turns += [("user", self._asked(example.tags)), ("assistant", example.caption)]
        turns.append(("user", self._asked(view)))
        return tuple({"role": role, "content": content} for role, content in turns)

    def completion(self, view: TagView) -> str:
        """Return one text whose next line is the caption, for models that hold no conversations."""
        shown = [f"{self._asked(example.tags)}\nCaption: {example.caption}" for example in self.examples]
        return "\n\n".join([*filter(None, [self.system]), *shown, f"{self._asked(view)}\nCaption:"])

    def _asked(self, view: TagView) -> str:
        """Return the user part with a view's tags filled in."""
        ordered = canonical(view)
        tags = ", ".join(tag for given in ordered.values() for tag in given)
        categories = "; ".join(f"{category}: {', '.join(given)}" for category, given in ordered.items())
        phrase = ", ".join(tag for category in sorted(ordered, key=_place) for tag in ordered[category])
        asked = self.user.strip().format(tags=tags, categories=categories, ordered=phrase)
        # Tokenizers and servers fail on lone surrogates.
        return asked.encode("utf-8", "replace").decode("utf-8")


_NAMED_IN_ORDER = (
    *("mood", "tempo", "era", "region", "collection", "texture", "genre", "form", "composer", "ensemble"),
    *("instrument", "family", "vocals", "mode", "metre", "register"),
)
"""Categories in the order of a phrase; others come after the first adjectives."""


def _place(category: str) -> int:
    """Return a category's place in an English phrase."""
    return _NAMED_IN_ORDER.index(category) if category in _NAMED_IN_ORDER else _NAMED_IN_ORDER.index("texture")


def prompt_names() -> list[str]:
    """Return the names of the prompts that come with the package, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def prompt_named(name: str) -> Prompt:
    """Return a prompt that comes with the package, or read one from a file (.yaml, or .txt: the user part).

    Raises:
        InputError: no such prompt, or every fault of the file.
    """
    if name in prompt_names():
        return _read(FOLDER / f"{name}.yaml", name)
    path = Path(name)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError("No such prompt", [unknown("--caption-prompt", name, prompt_names(), "prompt")])
    return _read(path, path.stem)


def _read(path: Path, name: str) -> Prompt:
    """Read a prompt's file."""
    content = _text(path) if path.suffix.lower() == ".txt" else read_yaml(path).content
    title = f"The prompt {path} cannot be used"
    faults = Faults(title)
    if not isinstance(content, dict):
        raise InputError(title, [Fault(str(path), "must be a mapping", content, "Write at least: user: '{tags}'")])
    if "name" in content:
        faults.add(f"{path}: name", "is not written in the file", content["name"], "The file's name is used.")
    try:
        prompt = Prompt.model_validate({**content, "name": name})
    except ValidationError as error:
        faults.extend(faults_of(error, Prompt, str(path)))
    _check_parts(path, content, faults)
    faults.raise_if_any()
    return prompt


def _text(path: Path) -> dict[str, str]:
    """Read a text file as the user part."""
    try:
        return {"user": read_text(path)}
    except (OSError, NoTextError) as error:
        fault = Fault(str(path), f"cannot be read: {error}", None, "Give a UTF-8 text file.")
        raise InputError(f"The prompt {path} cannot be used", [fault]) from None


def _check_parts(path: Path, content: dict[str, Any], faults: Faults) -> None:
    """Note a fault for a user part without tags, an unknown placeholder, and an example without tags."""
    user = content.get("user")
    if isinstance(user, str):
        used = _placeholders(f"{path}: user", user, faults)
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        if not user.strip():
            faults.add(f"{path}: user", "is empty", None, f"Write what is asked, with {known}.")
        elif used is not None and not used & set(PLACEHOLDERS):
            faults.add(f"{path}: user", "has no place for the tags", user, f"Write one of {known} in it.")
        for name in sorted((used or set()) - set(PLACEHOLDERS)):
            faults.extend([unknown(f"{path}: user", name, PLACEHOLDERS, "placeholder")])
    examples = content.get("examples")
    for number, example in enumerate(examples if isinstance(examples, list) else []):
        if isinstance(example, dict) and isinstance(example.get("tags"), dict) and not any(example["tags"].values()):
            faults.add(f"{path}: examples.{number}.tags", "holds no tag", None, "Give some, or leave it out.")


def _placeholders(where: str, text: str, faults: Faults) -> set[str] | None:
    """Return the names in braces, or note a fault and return None if the braces do not pair up."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        faults.add(where, f"has braces that do not pair up: {error}", text, "Write {{ and }} for braces themselves.")
        return None
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion):
            faults.add(where, "a placeholder takes no format", f"{{{name}...}}", f"Write {{{name}}}.")
    return {name for _, name, _, _ in parts if name is not None}
