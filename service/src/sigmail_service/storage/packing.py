"""The features of a message as bytes: three a feature, and eight for each run of features of one value.

==================  =======================================
bytes               meaning (little end first)
==================  =======================================
1                   the version of this form, 1
4                   the number of runs
4 + 4 for each run  how many features, and their value
2 for each feature  the lower bits of its slot
1 for each feature  the upper bits: a slot is under 2^24
==================  =======================================

Sorted slots would take a third less room, but sorting costs more than writing what it saves, and the order in
which the features are summed would be lost.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from numpy.typing import NDArray

from sigmail.errors import InvalidValueError
from sigmail.filter import MessageFeatures

__all__ = ["fingerprint", "likeness", "pack", "unpack"]

_VERSION = 1
_HEAD = struct.Struct("<BI")
_RUN = struct.Struct("<If")
_RUNS = np.dtype([("count", "<u4"), ("value", "<f4")])
# Odd numbers with well-mixed bits, from the digits of the golden ratio, of pi and of e.
_MULTIPLIERS = np.array([0x9E3779B1, 0x243F6A89, 0xB7E15163], dtype=np.uint32)


def pack(features: MessageFeatures) -> bytes:
    """Return features as bytes; the same features give the same bytes."""
    slots, values = features.slots, features.values
    # Rows are packed at the rate of the requests: plain numbers are quicker than small arrays.
    ends = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
    ends += [len(values)] if len(values) else []
    runs = (_RUN.pack(end - start, values.item(start)) for start, end in zip([0, *ends], ends, strict=False))
    low = slots.astype("<u2").tobytes()
    high = slots.astype("<u4", copy=False).view(np.uint8)[2::4].tobytes()
    return b"".join((_HEAD.pack(_VERSION, len(ends)), *runs, low, high))


def unpack(data: bytes) -> MessageFeatures:
    """Return the features that bytes hold.

    Raises
    ------
    InvalidValueError
        If the bytes are not of this form.
    """
    try:
        version, count = _HEAD.unpack_from(data)
        runs = np.frombuffer(data, _RUNS, count, _HEAD.size)
    except (struct.error, ValueError):
        raise InvalidValueError("the stored features are damaged") from None
    size = int(runs["count"].sum(dtype=np.int64))
    start = _HEAD.size + runs.nbytes
    if version != _VERSION or len(data) != start + 3 * size:
        raise InvalidValueError("the stored features are damaged, or of a newer version")
    low = np.frombuffer(data, "<u2", size, start).astype(np.uint32)
    high = np.frombuffer(data, np.uint8, size, start + 2 * size).astype(np.uint32)
    values = np.repeat(runs["value"].astype(np.float32), runs["count"])
    return MessageFeatures(low | high << np.uint32(16), values)


def fingerprint(feature_space: str, packed: bytes) -> str:
    """Return a name for a message as the models of a feature space see it: 32 hexadecimal digits."""
    return hashlib.blake2b(packed, digest_size=16, key=feature_space.encode()[:64]).hexdigest()


def likeness(slots: NDArray[np.uint32]) -> int:
    """Return a number that messages with nearly the same features probably share; it is 0 or more.

    Three times the least of a permutation of the slots (MinHash; Broder, 1997): two messages whose features
    overlap by a share J (Jaccard) get the same number with a probability of J^3, 0.73 for 0.9 but 0.008
    for 0.2, as two mails of one mailing list overlap.
    """
    if not len(slots):
        return 0
    mixed = slots[:, None] * _MULTIPLIERS
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    least = mixed.min(axis=0)
    digest = hashlib.blake2b(least.tobytes(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
