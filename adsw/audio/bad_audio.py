"""Reasons why a track's audio cannot be used, the kinds of the quarantine list, and remarks on audio that can."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "no such file or object; or the given embeddings have none of that track",
        "folder": "a folder, or another thing that is no file",
        "loop": "a symbolic link that leads to itself",
        "denied": "no permission to read it",
        "unreachable": "its server does not answer, or fails again and again",
        "empty": "a file of 0 bytes",
        "not-audio": "what is in the file is no audio, whatever its name says",
        "unsupported": "audio in a format that needs a package which is not installed",
        "damaged": "audio that cannot be decoded",
        "truncated": "less audio than its header says",
        "overlong": "a file that goes on after its audio, with data that cannot be heard",
        "joined": "recordings end to end in one file that cannot be heard as one",
        "no-samples": "audio of no length",
        "outside": "the track begins after the end of its file",
        "silent": "nothing louder than 80 dB below full scale",
        "non-finite": "NaN or infinite samples or values",
        "shape": "a given embedding that is no array of the others' shape",
    }
)
"""Kind -> what it means."""


REMARKS: Mapping[str, str] = MappingProxyType(
    {
        "joined": "a file of several recordings, heard one after another",
        "cancelling": "channels that cancel each other, of which the loudest is heard",
    }
)
"""What is said of a track that is heard -> what it means."""


class BadAudioError(Exception):
    """A track's audio cannot be used. Goes to the quarantine list, not to the user as an error."""

    def __init__(self, kind: str, detail: str) -> None:
        """Take kind and detail.

        Raises:
            KeyError: the kind is not one of `KINDS`.
        """
        super().__init__(kind, detail)
        self.meaning = KINDS[kind]
        self.kind = kind
        self.detail = detail
