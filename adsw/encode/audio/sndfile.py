"""Audio that libsndfile reads: wav, flac, ogg, opus, mp3, aiff, caf and more."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from adsw.encode.audio.bad import BadAudioError
from adsw.encode.protocol import Float32Array

if TYPE_CHECKING:
    import soundfile

_BLOCK = 65_536  # samples
ENDLESS = 1 << 48
"""More frames than any file has: libsndfile's answer if a header does not say how many."""


class SoundFile:
    """A file, open for reading."""

    def __init__(self, descriptor: int, stack: ExitStack) -> None:
        """Open a file by its descriptor.

        Raises:
            soundfile.LibsndfileError: it cannot be opened.
        """
        import soundfile

        # By a name, soundfile would guess the format from its ending, and want more arguments for `*.raw`.
        self.sound: soundfile.SoundFile = stack.enter_context(soundfile.SoundFile(descriptor, closefd=False))
        self.rate = int(self.sound.samplerate)
        self.frames = int(self.sound.frames)
        self.is_mp3 = self.sound.format == "MP3"

    def read(self, start: int, count: int) -> Float32Array:
        """Read samples, see `adsw.encode.audio.opened.AudioFile.read`."""
        import soundfile

        try:
            self._go_to(start)
            samples: Float32Array = self.sound.read(count, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise BadAudioError("damaged", error.error_string) from error
        return samples

    def has_its_end(self) -> bool:
        """Return whether the last sample that the header declares can be read."""
        try:
            return not self.frames or len(self.read(self.frames - 1, 1)) == 1
        except BadAudioError:
            return False

    def count(self) -> None:
        """Count the samples by decoding: without a count in the header, libsndfile only estimates."""
        self._go_to(0)
        self.frames = 0
        while read := len(self.sound.read(_BLOCK, dtype="float32", always_2d=True)):
            self.frames += read

    def _go_to(self, start: int) -> None:
        """Seek to a sample; in an MP3 by decoding up to it."""
        # Seeking in an MP3 lands near the sample and not at it.
        at = self.sound.tell()
        if not self.is_mp3 or start < at:
            at = self.sound.seek(0 if self.is_mp3 else start)
        while at < start and (read := len(self.sound.read(min(_BLOCK, start - at), dtype="float32"))):
            at += read
