"""Settings that must stand before the first test module is imported."""

import os

# SciPy reads it once, at its import; without it scikit-learn skips its checks of array API input.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
