"""Training of the projection heads on the cached bank.

The method is Augment, Drop & Swap (arXiv 2409.11498, ISMIR 2024): two frozen encoders, a small projection head on each,
symmetric InfoNCE over the batch, and three augmentations of the text: tag-to-caption, Augmented View Dropout and
TextSwap.

Axes of arrays and tensors, in docstrings and as suffixes of names (`audio_SBP`):

S   slots: trials trained side by side
B   rows of the whole batch; b: the rows of one worker
T   tokens of an input; T_a of audio, T_t of text
D   features of a frozen encoder's token; D_a of audio, D_t of text; d: features inside a head
P   features of a projected embedding
V   views of a track's tags
N   tracks; n: visits to tracks; M: texts of a block
F   values in the flat parameter vector of one slot
K   most hard negatives of any slot in a step
"""

from adsw.callable_package import make_callable

make_callable(__name__)
