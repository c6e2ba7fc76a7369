"""Sentences in which a model speaks of its task or of itself instead of the music.

None of the 6,627 captions of MusicCaps and the Song Describer holds one of the phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# No verbs of listeners: "I would describe this as calm", "you have to give it a listen".
_WRITING = (
    r"(?:write|produce|output|generate|craft|compose|include|mention|answer|respond|caption|phrase|combine|incorporate"
    r"|draft|avoid adding|come up with)"
)
_PHRASES = (
    # What has to be done.
    r"\b(?:we|i) (?:(?:just|only|also|now|still|really) )?(?:need to|need only|have to|must|should|ought to)\b",
    r"\b(?:we|i)(?:'re|'m| are| am| were| was|'ve been| have been) (?:asked|given|told|supposed)\b",
    r"\b(?:you|one|we|i) (?:need to|have to|must|should|ought to|want to) (?:\w+ly |just |only )?"
    rf"(?:{_WRITING}|state|name|describe)\b",
    r"\b(?:we|i)(?:'ll| will| can| could| might| may| would|'d| shall|'m going to| am going to) (?:\w+ly |just )?"
    rf"{_WRITING}\b",
    r"\b(?:need|needs|wants?|asks?|asked|told|has|have|supposed|required) (?:me |us |you )?to (?:just )?"
    r"(?:write|produce|output|generate|craft|mention|answer|respond|describe the (?:music|track|tags))\b",
    r"^(?:okay|ok|alright|hmm+|wait|right|well|so|now|first|let me|let us|let's)\b,? ?(?:so |then |first )?(?:the user"
    rf"|the tags?|the task|the prompt|the caption|we (?:need|have to|must|should)|let me|let's|let us|{_WRITING})\b",
    rf"\blet(?:'s| me| us) (?:\w+ly |just )?(?:{_WRITING}|see|think|try|do|count|check|go with|analy[sz]e)\b",
    # Who asked, and for what.
    r"\b(?:the|this|a|our) user(?:'s)? (?:wants?|asks?|asked|is asking|has|gave|gives|provided|provides|needs?|said"
    r"|says|request(?:s|ed)?|would|prompt|query|message|input|tags)\b",
    r"\b(?:the|these|those|all|given|provided|following|both) (?:(?:given|listed|required|only|other) )?tags\b",
    r"\bthe (?:(?:only|given|single|one) )+tag\b",
    r"\bthe (?:system |user )?(?:prompt|instructions? (?:say|says|are|is|state|require)|system message|constraints?)\b",
    # The caption as such.
    r"\bcaptions?\b",
    r"\b(?:a|the|my|one|this|final|single|short) (?:\w+ )?(?:sentence|description|draft)\b,? (?:"
    r"that (?:names|states|uses|mentions|includes|describes|covers|contains)|should|must|needs|would be|could be|is:"
    r"|for the (?:music|track|song)|of the (?:music|track|song|tags)|based on|using|in english)\b",
    r"\bhere(?:'s| is| are| you go)\b[^.!?]{0,40}\b(?:caption|description|sentence)s?\b",
    # The model itself.
    r"\b(?:as|i am|i'm|being) an? (?:ai|artificial intelligence|language model|large language model|llm|assistant)\b",
    r"\b(?:ai|large|language) (?:language )?model\b",
    r"\bi (?:can't|cannot|can not|am unable to|'m unable to) (?:listen to (?:music|audio|the)|access|provide|create"
    r"|generate)\b",
)
_TASK = re.compile("|".join(_PHRASES), re.IGNORECASE)
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]{1,300}[\"\u201d]")


def speaks_of_task(text: str, tags: Iterable[str] = ()) -> bool:
    """Return whether a text speaks of the task, leaving out what is quoted and the given tags.

    >>> speaks_of_task("We need to name calm."), speaks_of_task('The singer repeats "we need to go".')
    (True, False)
    """
    bare = _QUOTED.sub('""', text.replace("\u2019", "'"))
    for tag in sorted(tags, key=len, reverse=True):  # longest first, since a tag may contain another
        if _TASK.search(tag):
            bare = re.sub(re.escape(tag), " ", bare, flags=re.IGNORECASE)
    return _TASK.search(bare) is not None
