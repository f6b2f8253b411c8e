"""Features of any number of messages: a part in memory, what goes beyond it in a temporary directory."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

__all__ = ["BUNDLE_BYTES", "MEMORY_BYTES", "SHARD_BYTES", "ShardStore"]

SHARD_BYTES = 2 << 20
"""A shard is closed when its indices and values reach this size."""

BUNDLE_BYTES = 32 << 20
"""Shards of about this size are learnt together."""

MEMORY_BYTES = 256 << 20
"""What is kept in memory before shards go to disk."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rows of several shards: their numbers among all rows, and their features as CSR."""

    rows: npt.NDArray[np.intp]
    X: sparse.csr_matrix
    shards: int


class ShardStore:
    """Rows of CSR in shards of bounded size, in the order in which they were appended; a context manager.

    A bundle joins shards from anywhere: messages of one kind mostly come one after the other, and a model
    that sees one kind for long forgets the other. On disk a shard is three arrays in one file, row ends,
    uint32 indices and float32 values, which are read into memory for one bundle at a time. The directory is
    deleted at the end.
    """

    def __init__(
        self,
        width: int,
        *,
        memory_bytes: int = MEMORY_BYTES,
        shard_bytes: int | None = None,
        folder: str | None = None,
    ) -> None:
        self.width, self._room, self._shard_bytes = width, memory_bytes, shard_bytes or SHARD_BYTES
        self._parent = folder
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._open: list[sparse.csr_matrix] = []
        self._open_bytes = 0
        self._kept: list[sparse.csr_matrix | Path] = []
        self._starts = array("q", [0])

    def append(self, rows: sparse.csr_matrix) -> None:
        """Take in rows; they go to the shard that is open."""
        self._open.append(rows)
        self._open_bytes += rows.indices.nbytes + rows.data.nbytes
        if self._open_bytes >= self._shard_bytes:
            self.close_shard()

    def close_shard(self) -> None:
        """End the open shard; after the last rows this has to be called once."""
        if not self._open:
            return
        shard = sparse.vstack(self._open, format="csr") if len(self._open) > 1 else self._open[0]
        self._open, size, self._open_bytes = [], self._open_bytes, 0
        self._starts.append(self._starts[-1] + shard.shape[0])
        if size <= self._room:
            self._room -= size
            self._kept.append(shard)
            return
        self._room = 0
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sigmail-", dir=self._parent)
        path = Path(self._folder.name) / f"{len(self._kept)}.shard"
        with path.open("wb") as file:
            np.save(file, shard.indptr.astype(np.int64))
            np.save(file, shard.indices.astype(np.uint32))
            np.save(file, shard.data.astype(np.float32))
        self._kept.append(path)

    def load(self, number: int) -> sparse.csr_matrix:
        """Return the rows of one shard."""
        kept = self._kept[number]
        if not isinstance(kept, Path):
            return kept
        with kept.open("rb") as file:
            ends, indices, values = (np.load(file, allow_pickle=False) for _ in range(3))
        shape = (len(ends) - 1, self.width)
        return sparse.csr_matrix((values, indices.view(np.int32), ends), shape=shape)

    def rows_of(self, number: int) -> slice:
        """Return where the rows of one shard stand among all."""
        return slice(self._starts[number], self._starts[number + 1])

    def bundles(self, order: Iterable[int], size: int | None = None) -> Iterator[Bundle]:
        """Yield the shards in this order, as many at a time as reach the size in bytes."""
        gathered: list[int] = []
        pieces: list[sparse.csr_matrix] = []
        held = 0
        for number in order:
            gathered.append(number)
            pieces.append(self.load(number))
            held += pieces[-1].indices.nbytes + pieces[-1].data.nbytes
            if held >= (size or BUNDLE_BYTES):
                yield self._bundle(gathered, pieces)
                gathered, pieces, held = [], [], 0
        if gathered:
            yield self._bundle(gathered, pieces)

    def _bundle(self, gathered: list[int], pieces: list[sparse.csr_matrix]) -> Bundle:
        places = [self.rows_of(number) for number in gathered]
        rows = np.concatenate([np.arange(place.start, place.stop) for place in places])
        return Bundle(
            rows, sparse.vstack(pieces, format="csr") if len(pieces) > 1 else pieces[0], len(pieces)
        )

    @property
    def n_rows(self) -> int:
        """How many rows stand in closed shards."""
        return self._starts[-1]

    @property
    def folder(self) -> Path | None:
        """Where the shards on disk lie; None while all are in memory."""
        return None if self._folder is None else Path(self._folder.name)

    def __len__(self) -> int:
        return len(self._kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept, self._open = [], []
        if self._folder is not None:
            self._folder.cleanup()
