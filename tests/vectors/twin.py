"""A second, slow and obvious form of the file format: keyed hash, tokens, features, and the sigmoid.

It is written from the description of the format and shares no code with the core, so that an error in
one of the two shows as a difference. It knows no caps: it is for short texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from itertools import groupby

import numpy as np

SUBJECT, BODY, LINK, SHAPE = range(4)
FIELDS = {"subject": SUBJECT, "body": BODY, "link": LINK}
WORD, WRITTEN, DIGITS, PUNCTUATION, WHOLE, GRAM = range(6)
WORDS, PAIRS, GRAMS, LONGER_GRAMS = range(4)

CAPITALS = "more than one word in capitals"
VIAGRA = "contains the word viagra"
WORD_BYTES = 48

LANES = (0x243F6A8885A308D3, 0x13198A2E03707345, 0xA4093822299F31D1)
MASK = (1 << 64) - 1


def fold(a: int, b: int) -> int:
    """The 128-bit product of two 64-bit words, its halves joined by exclusive or."""
    product = a * b
    return (product & MASK) ^ (product >> 64)


def key_words(key: bytes) -> tuple[int, int]:
    return int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")


def keyed_hash(key: bytes, tag: int, data: bytes) -> int:
    """The hash of a token's bytes in the family that ``tag`` names."""
    first, second = key_words(key)
    state = first ^ (LANES[0] * (tag + 1) & MASK)
    whole = len(data) // 16 * 16
    for start in range(0, whole, 16):
        low, high = key_words(data[start : start + 16])
        state = fold(low ^ state, high ^ second)
    low, high = key_words(data[whole:])
    last = fold(low ^ state, high ^ second ^ LANES[1])
    return fold(last ^ len(data), LANES[2] ^ first)


def pair_hash(key: bytes, first: int, second: int) -> int:
    """The hash of two neighbouring words, from their hashes."""
    turned = (second << 32 | second >> 32) & MASK
    return fold(first ^ key_words(key)[1], turned ^ LANES[2])


def split_at_host(chunk: str) -> tuple[str, str] | None:
    """What stands before a link, and the host that it leads to."""
    if "://" in chunk:
        start, rest = chunk.split("://", 1)
        scheme = re.search("[A-Za-z0-9]*$", start)[0]
        if scheme.lower() not in {"http", "https", "ftp"}:
            return None
        before = start[: len(start) - len(scheme)]
    elif chunk[:4].lower() == "www.":
        before, rest = "", chunk
    else:
        return None
    end = min((rest.find(mark) for mark in '/?#\\"<>' if mark in rest), default=len(rest))
    name = rest[:end].rsplit("@", 1)[-1].split(":", 1)[0]
    while name and not name[0].isalnum():
        name = name[1:]
    while name and not name[-1].isalnum():
        name = name[:-1]
    return (before, name) if name else None


def cut(text: str, limit: int) -> str:
    """The longest start of ``text`` that takes at most ``limit`` bytes."""
    while len(text.encode()) > limit:
        text = text[: min(len(text) - 1, limit)]
    return text


def pieces(chunk: str) -> Iterator[str]:
    while chunk:
        piece = cut(chunk, WORD_BYTES)
        yield piece
        chunk = chunk[len(piece) :]


def lower(text: str) -> str:
    """Lower case letter by letter: no letter's case hangs on its neighbours."""
    return "".join(letter.lower() for letter in text)


def is_word_character(letter: str) -> bool:
    return letter.isalnum() or letter in "'-_$"


class Features:
    """The slots of one message, by family; each slot belongs to the family that names it first."""

    def __init__(self, specification: dict, key: bytes) -> None:
        self.specification = specification
        self.key = key
        self.family_of_slot: dict[int, int] = {}
        self.words_in_capitals = 0
        self.has_viagra = False

    def add(self, family: int, hashed: int) -> None:
        self.family_of_slot.setdefault(hashed >> (64 - self.specification["table_bits"]), family)

    def add_text(self, family: int, field: int, kind: int, data: bytes) -> int:
        hashed = keyed_hash(self.key, field << 8 | kind, data)
        self.add(family, hashed)
        return hashed

    def read(self, field: int, text: str) -> None:
        """Read one stretch of text; neither pairs nor byte runs reach over its ends."""
        self.previous: int | None = None
        self.run = b""
        for chunk in text.split():
            link = split_at_host(chunk)
            if link is not None:
                self.read_chunk(field, link[0])
                self.read_chunk(LINK, link[1])
            elif field != LINK:
                self.read_chunk(field, chunk)

    def read_chunk(self, field: int, chunk: str) -> None:
        for piece in pieces(chunk):
            self.read_grams(field, piece)
            for is_word, letters in groupby(piece, key=is_word_character):
                self.read_run(field, "".join(letters), is_word=is_word)

    def read_grams(self, field: int, piece: str) -> None:
        if len(self.run) >= self.specification["gram_prefix"]:
            return
        for byte in (" " + lower(piece)).encode():
            self.run += bytes([byte])
            for length, family in zip(
                self.specification["gram_lengths"], (GRAMS, LONGER_GRAMS), strict=False
            ):
                if len(self.run) >= length:
                    # A window is hashed as one number of eight bytes, its last letter first.
                    window = self.run[-length:][::-1].ljust(8, b"\0")
                    self.add_text(family, field, GRAM + family, window)

    def read_run(self, field: int, run: str, *, is_word: bool) -> None:
        words, pairs = self.specification["words"], self.specification["word_pairs"]
        if not (words or pairs):
            return
        if not is_word:
            if len(run.encode()) > 1:
                self.add_text(WORDS, field, PUNCTUATION, cut(run, 4).encode())
            return
        written = run.strip("'-_")
        if not written:
            return
        word = lower(written)
        hashed = keyed_hash(self.key, field << 8 | WORD, word.encode())
        if words:
            self.add(WORDS, hashed)
            self.read_form(field, written, word)
        if pairs and self.previous is not None:
            self.add(PAIRS, pair_hash(self.key, self.previous, hashed))
        self.previous = hashed

    def read_form(self, field: int, written: str, word: str) -> None:
        self.has_viagra |= word == "viagra"
        if written != word:
            self.add_text(WORDS, field, WRITTEN, written.encode())
            in_capitals = len(written) > 1 and not any(letter.islower() for letter in written)
            self.words_in_capitals += in_capitals
        elif all(letter in "0123456789$" for letter in word):
            self.add_text(WORDS, field, DIGITS, b"#" * min(len(word), 16))

    def row(self) -> dict[int, np.float32]:
        """Slot to value, slots rising: 1 / sqrt((slots of its family + 30) x families), in float32."""
        sizes = np.bincount(list(self.family_of_slot.values()), minlength=4)
        families = np.count_nonzero(sizes)
        values = {
            family: np.float32(1) / np.sqrt(np.float32((sizes[family] + 30) * families))
            for family in np.flatnonzero(sizes)
        }
        return {slot: values[family] for slot, family in sorted(self.family_of_slot.items())}


def features_of(fields: list[tuple[str, str]], specification: dict, key: bytes) -> dict[int, np.float32]:
    """The features of a message that reads as these stretches of text, each with its field."""
    features = Features(specification, key)
    for field, text in fields:
        features.read(FIELDS[field], text)
    for name, holds in ((CAPITALS, features.words_in_capitals > 1), (VIAGRA, features.has_viagra)):
        if holds:
            features.add_text(WORDS, SHAPE, WHOLE, name.encode())
    return features.row()


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)) in 60 decimal digits, rounded once."""
    if math.isnan(x):
        return x
    if math.isinf(x):
        return float(x > 0)
    with localcontext(prec=60, Emin=-999_999, Emax=999_999):
        return float(1 / (1 + (-Decimal(x)).exp()))
