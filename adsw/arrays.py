"""The types of arrays that many modules pass on."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

Ints: TypeAlias = NDArray[np.int64]

Halves = NDArray[np.float16]

Float32s = NDArray[np.float32]
