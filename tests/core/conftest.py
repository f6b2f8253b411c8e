"""What the tests of the numeric core share: matrices in every layout, and strategies for them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import settings

# How long an example takes says what else the machine does, not what the core does.
settings.register_profile("core", deadline=None)
settings.load_profile("core")


def as_csr(dense: np.ndarray, index_type: type = np.int32, *, binary: bool = False) -> SimpleNamespace:
    """A CSR-like object with the attributes that the core reads, and nothing else."""
    rows, columns = np.nonzero(dense)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(dense)))])
    return SimpleNamespace(
        indptr=indptr.astype(index_type),
        indices=columns.astype(index_type),
        data=None if binary else dense[rows, columns],
        shape=dense.shape,
    )


@pytest.fixture(scope="session")
def make_csr():
    """Turns a dense array into a CSR-like object."""
    return as_csr


@pytest.fixture(scope="session")
def make_matrix():
    """Draws a dense matrix with about half of its entries 0."""

    def draw(seed: int, rows: int, columns: int, dtype: type) -> np.ndarray:
        random = np.random.default_rng(seed)
        values = random.normal(size=(rows, columns)).astype(dtype)
        return values * (random.random((rows, columns)) < 0.5)

    return draw
