"""Data for the tests of the estimators."""

import numpy as np
import pytest
from scipy import sparse

from sigmail import _core


@pytest.fixture(scope="session")
def word_rows():
    """Rows of a few words each, their labels drawn from a known neuron, and sample weights."""
    random = np.random.default_rng(7)
    n_rows, n_words = 300, 60
    X = sparse.random_array((n_rows, n_words), density=0.15, rng=random, format="csr")
    X.data[:] = random.uniform(0.5, 1.5, X.nnz)
    true_weights = random.normal(0.0, 3.0, n_words)
    spam = random.uniform(size=n_rows) < _core.sigmoid(X @ true_weights - 0.5)
    return X, np.where(spam, "spam", "ham"), random.integers(1, 5, n_rows).astype(float)
