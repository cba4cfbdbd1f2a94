"""Names for the arrays of numbers that matching computes with."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int32]
Flags = NDArray[np.bool_]
