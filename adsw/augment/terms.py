"""Terms of the vocabulary and the YAML they are written in.

A vocabulary file maps a category to its terms; a term is a word, or a mapping where more is to be said::

    genre:
      - vaporwave
      - {term: drum and bass, aliases: [d&b, dnb], parents: [electronic]}
    mood:
      grammar: adjective
      single: false                 # whether music has one of them at a time, as it has one metre
      groups:                       # terms of one group mean nearly the same: none replaces another
        sad: [{term: sad, forms: {noun: sadness, adverb: sadly}}, sorrowful]

Every term has *forms* by grammatical slot (singular, plural, adjective, noun, ...). A swap replaces a form by
the other term's form of the same slot, so that plurals stay plurals and adjectives stay adjectives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from adsw.augment.english import plural_of, words_of
from adsw.errors import Fault, Faults, InputError, faults_of, unknown
from adsw.spelling import folded, one_text
from adsw.yaml_file import read_yaml

Grammar = Literal["noun", "mass", "adjective", "modifier", "name"]
Origin = Literal["builtin", "corpus", "user"]
PLURAL = "plural"
MOST_WORDS = 12
"""Largest number of words of a term; anything longer is a sentence. The number of spellings of a term grows with its
words: a tag of 100 kB would never be done."""
PREPOSITIONS = ("from ", "in ", "of ", "for ", "by ", "with ", "at ", "on ", "like ", "after ")


class TermModel(BaseModel):
    """One term of a vocabulary file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    term: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    """Other spellings and synonyms, of the same grammar."""
    plural: str | Literal[False] | None = None
    """Plural of a noun: made by rule if not given; false if there is none."""
    forms: dict[str, str | tuple[str, ...]] = {}
    """Further forms by slot; swaps write the first of a slot."""
    parents: tuple[str, ...] = ()
    """Broader terms, of any category: a flute is a woodwind."""
    near: tuple[str, ...] = ()
    """Terms that mean nearly the same."""
    grammar: Grammar | None = None
    """Its grammar, if it differs from the category's."""
    slot: str | None = None
    """The slot of the term and its aliases, if it differs from its grammar's: only terms that share it replace
    each other in running text (a *restaurant* is a ``venue``)."""
    tag_only: bool = False
    """Known as a tag, too ambiguous to be looked for in running text (*deep*, *beat*)."""
    unless_after: tuple[str, ...] = ()
    """Words that, standing before the term, show another meaning: *to* before *rock*."""
    unless_before: tuple[str, ...] = ()
    """The same for words after it: *label* after *major*."""


def _as_mapping(value: Any) -> Any:
    """Return a term as a mapping; a bare word is one with a `term` only."""
    if not isinstance(value, str | dict | TermModel):
        raise ValueError("must be a term or a mapping; quote what YAML reads as another type, such as yes or 1980")
    return {"term": value} if isinstance(value, str) else value


_Member = Annotated[TermModel, BeforeValidator(_as_mapping)]
"""A term of a file: a word, or a mapping."""


class CategoryModel(BaseModel):
    """One category of a vocabulary file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    grammar: Grammar | None = None
    """Grammar of its terms; by default ``modifier`` for a new category, the built-in one's for a known category."""
    names: tuple[str, ...] = ()
    """Other names of the category."""
    terms: tuple[_Member, ...] = ()
    groups: dict[str, tuple[_Member, ...]] = {}
    """Name of a group -> terms that mean nearly the same."""
    single: bool | None = None
    """Whether music has one value of it at a time (a tempo, a metre), so that a caption which states another than the
    tags give is never let pass; by default no for a new category, the built-in one's for a known category."""
    kindred: tuple[tuple[str, ...], ...] = ()
    """Groups of which a text could be true at once (joyful music is often lively): no term of one replaces one of
    another."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that can be said of music, in one category."""

    term: str
    category: str
    grammar: Grammar
    forms: dict[str, tuple[str, ...]]
    """Slot -> surfaces; swaps write the first of each. The first slot is that of the term itself."""
    parents: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tag_only: bool = False
    origin: Origin = "builtin"
    in_corpus: bool = False
    unless_after: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()
    count: int = 0
    """Number of the corpus's tracks that have it; 0 for all terms if they were not counted."""

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Every form, the written ones first."""
        return tuple(dict.fromkeys(surface for forms in self.forms.values() for surface in forms))

    def written_as(self, surface: str, tag: str) -> Term:
        """Return the same term with one of its forms written as a corpus writes it, and its plural likewise."""
        slot = next(slot for slot, forms in self.forms.items() if surface in forms)
        forms = dict(self.forms)
        forms[slot] = tuple(dict.fromkeys([tag, *forms[slot]]))
        plural = plural_of(surface)
        if slot == "singular" and plural in forms.get(PLURAL, ()):
            forms[PLURAL] = tuple(dict.fromkeys([plural_of(tag), *forms[PLURAL]]))
        return replace(self, term=tag, forms=forms)

    def merged_with(self, other: Term) -> Term:
        """Return this term with another's forms and relations added after its own."""
        slots = dict.fromkeys([*self.forms, *other.forms])
        forms = {slot: (*self.forms.get(slot, ()), *other.forms.get(slot, ())) for slot in slots}
        return replace(
            self,
            forms={slot: tuple(dict.fromkeys(surfaces)) for slot, surfaces in forms.items()},
            parents=tuple(dict.fromkeys([*self.parents, *other.parents])),
            near=tuple(dict.fromkeys([*self.near, *other.near])),
            groups=tuple(dict.fromkeys([*self.groups, *other.groups])),
            tag_only=self.tag_only and other.tag_only,
            in_corpus=self.in_corpus or other.in_corpus,
            unless_after=tuple(dict.fromkeys([*self.unless_after, *other.unless_after])),
            unless_before=tuple(dict.fromkeys([*self.unless_before, *other.unless_before])),
        )


_SLOT_OF_GRAMMAR: dict[Grammar, str] = {
    "noun": "singular",
    "mass": "mass",
    "adjective": "adjective",
    "modifier": "modifier",
    "name": "name",
}


def tag_term(tag: str, category: str, grammar: Grammar) -> Term:
    """Return the term of a tag of which nothing else is known.

    A phrase in a category of adjectives is not an adjective: it gets a separate slot, so that it replaces other phrases
    only.
    """
    slot = None
    if tag.strip().lower().startswith(PREPOSITIONS):
        slot = "prepositional"
    elif grammar == "adjective" and " " in tag.strip():
        slot = "label"
    return make_term(TermModel(term=tag, slot=slot), category, grammar, "corpus")


def make_term(model: TermModel, category: str, grammar: Grammar, origin: Origin, groups: Iterable[str] = ()) -> Term:
    """Return a term made from its model, with plurals by rule."""
    kind = model.grammar or grammar
    main_slot = model.slot or _SLOT_OF_GRAMMAR[kind]
    surfaces = (model.term, *model.aliases)
    forms: dict[str, list[str]] = {main_slot: list(surfaces)}
    if kind == "noun" and model.plural is not False:
        regular = [plural_of(surface) for surface in surfaces]
        forms[PLURAL] = [model.plural, *regular[1:]] if model.plural else regular
    for slot, given in model.forms.items():
        more = (given,) if isinstance(given, str) else given
        forms.setdefault(slot, []).extend(more)
    return Term(
        term=model.term,
        category=category,
        grammar=kind,
        forms={slot: tuple(dict.fromkeys(written)) for slot, written in forms.items()},
        parents=model.parents,
        near=model.near,
        groups=tuple(groups),
        tag_only=model.tag_only,
        origin=origin,
        in_corpus=origin == "corpus",
        unless_after=_folded(model.unless_after),
        unless_before=_folded(model.unless_before),
    )


@dataclass(frozen=True, slots=True)
class TermFile:
    """A vocabulary file's contents."""

    terms: tuple[Term, ...]
    grammars: dict[str, Grammar]
    """Category -> grammar, in the file's order."""
    single: dict[str, bool]
    """Category -> whether music has one value of it at a time, where the file says so."""
    names: dict[str, tuple[str, ...]]
    """Another name of a category -> the categories it may mean, the likeliest first."""


def read_terms(path: Path, origin: Origin, known: Mapping[str, Grammar] | None = None) -> TermFile:
    """Read a vocabulary file.

    Args:
        path: a YAML file as in this module's description.
        origin: where the terms come from.
        known: grammars of known categories, for those that the file adds to.

    Raises:
        InputError: with every fault of the file.
    """
    document = _load_yaml(path)
    faults = Faults(f"The vocabulary {path} cannot be used")
    terms: list[Term] = []
    grammars: dict[str, Grammar] = {}
    single: dict[str, bool] = {}
    names: dict[str, tuple[str, ...]] = {}
    for category, content in document.items():
        where = f"{path.name}: {category}"
        if not isinstance(category, str) or not category.strip():
            faults.add(where, "a category's name must be text", category, "Quote it.")
            continue
        model = _category(content, where, faults)
        if model is None:
            continue
        grammar = model.grammar or (known or {}).get(category, "modifier")
        grammars[category] = grammar
        if model.single is not None:
            single[category] = model.single
        for name in map(folded, model.names):
            names[name] = (*names.get(name, ()), category)
        for group in sorted({name for groups in model.kindred for name in groups} - model.groups.keys()):
            faults.extend([unknown(f"{where}.kindred", group, model.groups, "group")])
        terms.extend(_terms_of(model, category, grammar, origin))
    faults.extend(_form_faults(terms, path.name))
    faults.raise_if_any()
    return TermFile(tuple(terms), grammars, single, names)


def _load_yaml(path: Path) -> dict[Any, Any]:
    """Return the mapping that a YAML file holds.

    Raises:
        InputError: the file cannot be read, or is not a mapping in YAML.
    """
    title = f"The vocabulary {path} cannot be used"
    try:
        document = read_yaml(path).content
    except InputError as error:
        raise InputError(title, error.faults) from None
    if not isinstance(document, dict):
        fix = "Write `category: [term, term]`."
        raise InputError(title, [Fault(path.name, "must map categories to terms", document, fix)])
    faults = Faults(title)
    made: dict[Any, Any] = _plain(document, path.name, faults)
    faults.raise_if_any()
    return made


def _plain(content: Any, where: str, faults: Faults) -> Any:
    """Return what a file holds with every string as `adsw.spelling.one_text`, so that swaps write no other.

    Keys that are then the same are noted: of two categories of one name the first would be lost silently.
    """
    if isinstance(content, dict):
        plain = {}
        for given, value in content.items():
            key = one_text(given) if isinstance(given, str) else given
            if key in plain:
                faults.add(f"{where} {key}", "stands twice, in two Unicode forms", given, "Keep one.")
            plain[key] = _plain(value, where, faults)
        return plain
    if isinstance(content, list):
        return [_plain(value, where, faults) for value in content]
    return one_text(content) if isinstance(content, str) else content


def _category(content: Any, where: str, faults: Faults) -> CategoryModel | None:
    """Return a category's model, or note its faults and return None; a bare list is its terms."""
    if not isinstance(content, list | dict):
        faults.add(where, "must be a list of terms, or a mapping with `terms`", content, "Write `[term, term]`.")
        return None
    try:
        return CategoryModel.model_validate({"terms": content} if isinstance(content, list) else content)
    except ValidationError as error:
        faults.extend(faults_of(error, CategoryModel, where))
        return None


def _terms_of(model: CategoryModel, category: str, grammar: Grammar, origin: Origin) -> Iterable[Term]:
    """Return a category's terms; a word in several groups is one term of all of them."""
    made: dict[tuple[str, ...], Term] = {}
    for group, members in [(None, model.terms), *model.groups.items()]:
        circles = [] if group is None else _circles(model, category, group)
        for member in members:
            term = make_term(member, category, grammar, origin, circles)
            key = words_of(term.term)
            made[key] = made[key].merged_with(term) if key in made else term
    return made.values()


def _circles(model: CategoryModel, category: str, group: str) -> list[str]:
    """Return the names of the circles of near terms that a group is part of: its own, and those of its kindred."""
    kindred = [f"{category}/{'+'.join(groups)}" for groups in model.kindred if group in groups]
    return [f"{category}/{group}", *kindred]


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    """Return the folded words of some texts, each once."""
    return tuple(dict.fromkeys(word for text in words for word in words_of(text)))


def _form_faults(terms: Iterable[Term], file: str) -> Iterable[Fault]:
    """Yield a fault for every form without a letter or a digit, and for every form that is a sentence."""
    for term in terms:
        for surface in term.surfaces:
            where, words = f"{file}: {term.category}.{term.term}", len(words_of(surface))
            if not words:
                yield Fault(where, "must have a letter or a digit in every form", surface, "Remove it.")
            elif words > MOST_WORDS:
                yield Fault(where, f"must have at most {MOST_WORDS} words in every form", surface, "Shorten it.")
