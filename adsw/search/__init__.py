"""Search by ear and by word: tracks near to texts, to other tracks and to audio files."""

from adsw.callable_package import make_callable

make_callable(__name__)
