"""Queries of the quickstart in English, German, Spanish and Chinese: one sentence from a track's tags, by a template.

The same tags in the same order of phrases in every language, with what its grammar asks for: the article and the
adjectives agree with the noun's gender in German and Spanish; adjectives come before it in German and after it in
Spanish. For retrieval in languages that nothing was trained on, beside the same queries in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from adsw.corpus.languages.translations import PIECE, TERMS
from adsw.corpus.table_files import write_rows
from adsw.corpus.track import Track
from adsw.draws import generator
from adsw.errors import Fault, InputError

Tags = Mapping[str, Sequence[str]]
"""Category -> tags."""

METRE = " time"
"""Ends a tag of the category metre, after its fraction."""

_BEFORE = ("tempo", "texture", "region")
"""Categories of adjectives."""

_DE_ARTICLES = {"m": "ein", "f": "eine", "n": "ein"}
_DE_ENDINGS = {"m": "er", "f": "e", "n": "es"}


def worded(tags: Tags, language: str) -> str:
    """Return a sentence that states all tags of a view, and nothing else.

    Args:
        tags: at least one, all of the quickstart's vocabulary.
        language: one of `LANGUAGES`.

    Raises:
        InputError: tags that have no translation, or no such language.
    """
    check_language(language)
    missing = untranslated([tags])
    if missing:
        raise InputError("The tags cannot be worded in another language", missing)
    return LANGUAGES[language](tags)


def untranslated(tags: Iterable[Tags]) -> list[Fault]:
    """Return a fault for every tag that the word list lacks."""
    fix = "Only the quickstart's own tags have translations; give your own texts with --queries."
    unknown = {
        (category, tag)
        for of_track in tags
        for category, given in of_track.items()
        for tag in given
        if not (category == "metre" and tag.endswith(METRE)) and tag not in TERMS.get(category, {})
    }
    return [Fault(f"{category}: {tag}", "has no translation", None, fix) for category, tag in sorted(unknown)]


def check_language(language: str, where: str = "language") -> None:
    """Refuse a language that there is no grammar of.

    Raises:
        InputError: with those there are.
    """
    if language not in LANGUAGES:
        raise InputError("No such language", [Fault(where, f"must be one of {', '.join(LANGUAGES)}", language)])


def query_views(tags: Tags, track_id: str) -> list[dict[str, tuple[str, ...]]]:
    """Return the views of a track that are queries: all of its tags, and a drawn half of them if it has several."""
    flat = [(category, tag) for category, given in tags.items() for tag in given]
    views = [flat]
    if len(flat) > 1:
        drawn = generator("language queries", track_id).permutation(len(flat))[: len(flat) // 2]
        views.append([flat[index] for index in sorted(drawn.tolist())])
    return [
        {category: tuple(tag for of, tag in view if of == category) for category in dict.fromkeys(of for of, _ in view)}
        for view in views
    ]


def queries(tags: Mapping[str, Tags], language: str) -> list[tuple[str, str]]:
    """Return (track id, text) of every query of some tracks in a language; tracks in the order given.

    Args:
        tags: track id -> its tags; tracks without any have no query.
        language: one of `LANGUAGES`.

    Raises:
        InputError: as `worded`, all tags at once.
    """
    check_language(language)
    missing = untranslated(tags.values())
    if missing:
        raise InputError("The tags cannot be worded in another language", missing)
    return [
        (track_id, LANGUAGES[language](view))
        for track_id, of_track in tags.items()
        if any(of_track.values())
        for view in query_views(of_track, track_id)
    ]


def write_queries(tracks: Iterable[Track], path: Path) -> None:
    """Write the queries of tracks that are not trained on, in every language: rows of track_id, text and set.

    Raises:
        InputError: as `queries`.
    """
    tags = {track.track_id: track.tags for track in tracks if track.split != "train"}
    rows = [
        {"track_id": track_id, "text": text, "set": language}
        for language in LANGUAGES
        for track_id, text in queries(tags, language)
    ]
    write_rows(rows, path)


def _english(tags: Tags) -> str:
    """Word tags in English."""
    noun = tags.get("form", ("piece",))[0]
    before = [tag for category in _BEFORE for tag in tags.get(category, ())]
    said = " ".join([*before, noun])
    # By the letter, which none of these words belies.
    parts = [f"{'An' if said[0].lower() in 'aeiou' else 'A'} {said}"]
    players = [*tags.get("instrument", ()), *(f"a {name}" for name in tags.get("ensemble", ()))]
    if players:
        parts[0] += f" for {_joined(players, 'and')}"
    parts += [f"in {tag}" for tag in tags.get("mode", ())]
    parts += [f"in {tag}" for tag in tags.get("metre", ())]
    parts += [f"in the {tag}" for tag in tags.get("register", ())]
    parts += [_ENGLISH_ERAS[tag] for tag in tags.get("era", ())]
    parts += [f"by {tag}" for tag in tags.get("composer", ())]
    parts += [f"from the collection {tag}" for tag in tags.get("collection", ())]
    parts += [f"of the {tag} family" for tag in tags.get("family", ())]
    return ", ".join(parts) + "."


_ENGLISH_ERAS = {
    "baroque": "from the baroque era",
    "Renaissance": "from the Renaissance",
    "medieval": "from medieval times",
    "classical era": "from the classical era",
    "18th century": "from the 18th century",
}


def _german(tags: Tags) -> str:
    """Word tags in German: the adjectives before the noun, with its gender's endings after *ein*."""
    noun, gender = _noun(tags, "de")
    ending = _DE_ENDINGS[gender]
    adjectives = [f"{word}{ending}" for category in _BEFORE for word in _words(tags, category, "de")]
    parts = [" ".join([_DE_ARTICLES[gender].capitalize(), *adjectives, noun.replace("*", ending)])]
    players = [*_words(tags, "instrument", "de"), *_words(tags, "ensemble", "de")]
    if players:
        parts[0] += f" für {_joined(players, 'und')}"
    parts += _words(tags, "mode", "de")
    parts += [f"im {fraction}-Takt" for fraction in _metres(tags)]
    parts += [*_words(tags, "register", "de"), *_words(tags, "era", "de")]
    parts += [f"von {name}" for name in _words(tags, "composer", "de")]
    parts += [f"aus der Sammlung {name}" for name in _words(tags, "collection", "de")]
    parts += [f"aus der Familie der {word}" for word in _words(tags, "family", "de")]
    return ", ".join(parts) + "."


def _spanish(tags: Tags) -> str:
    """Word tags in Spanish: the adjectives after the noun, in the form of its gender."""
    noun, gender = _noun(tags, "es")
    said = [f"{'Una' if gender == 'f' else 'Un'} {noun}"]
    said += [_form(word, gender) for word in _words(tags, "region", "es")]
    others = [_form(word, gender) for category in ("tempo", "texture") for word in _words(tags, category, "es")]
    if others:
        said.append(_joined(others, "y"))
    parts = [" ".join(said)]
    players = [*_words(tags, "instrument", "es"), *_words(tags, "ensemble", "es")]
    if players:
        parts[0] += f" para {_joined(players, 'y')}"
    parts += _words(tags, "mode", "es")
    parts += [f"en compás de {fraction}" for fraction in _metres(tags)]
    parts += [*_words(tags, "register", "es"), *_words(tags, "era", "es")]
    parts += [f"de {name}" for name in _words(tags, "composer", "es")]
    parts += [f"de la colección {name}" for name in _words(tags, "collection", "es")]
    # *Voces* is feminine, all other families are *instrumentos*.
    parts += [f"de la familia de {'las' if word == 'voces' else 'los'} {word}" for word in _words(tags, "family", "es")]
    return ", ".join(parts) + "."


def _chinese(tags: Tags) -> str:
    """Word tags in Chinese, which inflects nothing."""
    form = (TERMS["form"][tags["form"][0]] if tags.get("form") else PIECE).zh
    parts = ["一首" + "".join(_words(tags, "region", "zh")) + form]
    players = [*_words(tags, "instrument", "zh"), *_words(tags, "ensemble", "zh")]
    if players:
        verb = "演唱" if set(tags.get("instrument", ())) == {"choir"} and not tags.get("ensemble") else "演奏"
        parts.append(f"由{'、'.join(players[:-1])}{'和' if len(players) > 1 else ''}{players[-1]}{verb}")
    parts += [word for category in ("tempo", "texture", "mode") for word in _words(tags, category, "zh")]
    parts += [f"{fraction}拍" for fraction in _metres(tags)]
    parts += [*_words(tags, "register", "zh"), *_words(tags, "era", "zh")]
    parts += [f"{name}作曲" for name in _words(tags, "composer", "zh")]
    parts += [f"选自曲集《{name}》" for name in _words(tags, "collection", "zh")]
    parts += [f"属于{word}" for word in _words(tags, "family", "zh")]
    return "，".join(parts) + "。"


LANGUAGES: Mapping[str, Callable[[Tags], str]] = MappingProxyType(
    {"en": _english, "de": _german, "es": _spanish, "zh": _chinese}
)
"""Language -> its grammar."""


def _words(tags: Tags, category: str, language: str) -> list[str]:
    """Return the words of a category's tags in a language."""
    return [getattr(TERMS[category][tag], language) for tag in tags.get(category, ())]


def _noun(tags: Tags, language: str) -> tuple[str, str]:
    """Return the noun of a view and its gender."""
    words = TERMS["form"][tags["form"][0]] if tags.get("form") else PIECE
    noun, _, gender = getattr(words, language).rpartition(" ")
    return noun, gender


def _form(word: str, gender: str) -> str:
    """Return the form of a Spanish adjective for a gender."""
    masculine, _, feminine = word.partition("|")
    return feminine if gender == "f" and feminine else masculine


def _metres(tags: Tags) -> list[str]:
    """Return the fractions of the metres."""
    return [tag.removesuffix(METRE) for tag in tags.get("metre", ())]


def _joined(words: Sequence[str], conjunction: str) -> str:
    """Join words with commas and a conjunction before the last."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
