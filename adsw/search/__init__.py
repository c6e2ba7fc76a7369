"""Search by ear and by word: tracks near to texts, to other tracks and to audio files."""
