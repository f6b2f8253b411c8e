"""A second, slow and obvious form of the file format: keyed hash, tokens, features, and the sigmoid.

It is written from the description of the format and shares no code with the core, so that an error in
one of the two shows as a difference. It knows no caps: it is for short texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from itertools import groupby, pairwise
from operator import itemgetter

import numpy as np
from letters import classes_of, fold, lower

FIELDS = {
    name: number
    for number, name in enumerate(
        "subject body link shape hidden sender domain attachment header site".split()  # noqa: SIM905
    )
}
LINK, SHAPE = FIELDS["link"], FIELDS["shape"]
EVIDENCE_FIELDS = {FIELDS[name] for name in ("shape", "domain", "attachment", "header", "site")}
WORD, WRITTEN, DIGITS, MARKS, WHOLE, RUN = range(6)
FORM, EVIDENCE = 16, 17
WORDS, PAIRS, RUNS, LONGER_RUNS, EVIDENCE_FAMILY = range(5)

CAPITALS = "more than one word in capitals"
VIAGRA = "contains the word viagra"
WORD_BYTES = 48

LANES = (0x243F6A8885A308D3, 0x13198A2E03707345, 0xA4093822299F31D1)
MASK = (1 << 64) - 1

# A word that stands alone, in at most 16 letters and digits of ASCII, is hashed without a block; so is the
# shape of a number of at most 16 digits.
SPAN = re.compile("(?:[A-Za-z0-9$]|[^\\x00-\\x7f])+(?:['_-](?:[A-Za-z0-9$]|[^\\x00-\\x7f])+)*")

Later = list[tuple[int, str, bool]]
"""Tokens that come after the words: their kind, their text, and whether they are short."""


def fold_product(a: int, b: int) -> int:
    """The 128-bit product of two 64-bit words, its halves joined by exclusive or."""
    product = a * b
    return (product & MASK) ^ (product >> 64)


def key_words(key: bytes) -> tuple[int, int]:
    return int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")


def keyed_hash(key: bytes, tag: int, data: bytes, *, short: bool = False) -> int:
    """The hash of a token's bytes in the family that ``tag`` names; a short one, at most 16, has no block."""
    first, second = key_words(key)
    state = first ^ (LANES[0] * (tag + 1) & MASK)
    whole = 0 if short else len(data) // 16 * 16
    for start in range(0, whole, 16):
        low, high = key_words(data[start : start + 16])
        state = fold_product(low ^ state, high ^ second)
    low, high = key_words(data[whole:])
    last = fold_product(low ^ state, high ^ second ^ LANES[1])
    return fold_product(last ^ len(data), LANES[2] ^ first)


def pair_hash(key: bytes, first: int, second: int) -> int:
    """The hash of two neighbouring words, from their hashes."""
    turned = (second << 32 | second >> 32) & MASK
    return fold_product(first ^ key_words(key)[1], turned ^ LANES[2])


def run_hash(key: bytes, tag: int, run: bytes) -> int:
    """The hash of a run of bytes, which is read as a number, little end first: multiply and add."""
    first, second = key_words(key)
    multiplier = fold_product(first ^ LANES[1], second ^ LANES[2]) | 1
    addend = fold_product(first ^ (LANES[0] * (tag + 1) & MASK), second ^ LANES[1])
    return int.from_bytes(run, "little") * multiplier + addend & MASK


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


def forms_of(link: str) -> Iterator[str]:
    """What the form of a link tells beyond its host."""
    rest = link.split("://", 1)[-1]
    authority = re.match(r'[^/?#\\"<>]*', rest)[0]
    path = rest[len(authority) :]
    user, _, host = authority.rpartition("@")
    name, _, port = host.partition(":")
    forms = {
        "link to a number in place of a name": re.fullmatch("[0-9.]+", name),
        "link with a user name": user,
        "link with a port": re.match("[0-9]", port),
        "link to a name in Punycode": name[:4].lower() == "xn--" or ".xn--" in name,
        "link with escaped letters": "%" in path,
        "link with a query": "?" in path,
        "long link": len(link.encode()) > 80,
    }
    return (form for form, holds in forms.items() if holds)


class Features:
    """The slots of one message, by family; each slot belongs to the family that names it first."""

    def __init__(self, specification: dict, key: bytes) -> None:
        self.specification = specification
        self.key = key
        self.family_of_slot: dict[int, int] = {}
        self.run_bytes_left = specification["gram_prefix"]
        self.words_in_capitals = 0
        self.has_viagra = False

    def add(self, family: int, hashed: int) -> None:
        self.family_of_slot.setdefault(hashed >> (64 - self.specification["table_bits"]), family)

    def hash_text(self, field: int, kind: int, text: str, *, short: bool = False) -> int:
        return keyed_hash(self.key, field << 8 | kind, text.encode(), short=short)

    def add_word(self, field: int, kind: int, text: str, *, short: bool = False) -> None:
        if self.specification["words"]:
            self.add(WORDS, self.hash_text(field, kind, text, short=short))

    def read(self, field: int, text: str) -> None:
        """Read one stretch of text; neither pairs nor byte runs reach over its ends or over a link."""
        if field in EVIDENCE_FIELDS:
            for chunk in text.split():
                self.add(EVIDENCE_FAMILY, self.hash_text(field, EVIDENCE, chunk))
            return
        start = 0
        for found in re.finditer(r"\S+", text):
            link = split_at_host(found[0])
            if link is None:
                continue
            before, host = link
            self.read_stretch(field, text[start : found.start() + len(before)])
            for form in forms_of(found[0][len(before) :]):
                self.add_word(LINK, FORM, form)
            self.read_stretch(LINK, host)
            start = found.end()
        self.read_stretch(field, text[start:])

    def read_stretch(self, field: int, text: str) -> None:
        if not text:
            return
        self.read_runs(field, text)
        classes = classes_of(text)
        later: Later = []
        hashes = []
        spans = [span for span in SPAN.finditer(text) if span[0].isascii() and len(span[0]) <= 16]
        short_at = {at for span in spans for at in range(*span.span())}
        end = 0
        for kind, group in groupby(zip(classes, text, strict=True), key=itemgetter(0)):
            letters = "".join(letter for _, letter in group)
            start, end = end, end + len(letters)
            if kind == "word" and any(letter.isalnum() or letter == "$" for letter in letters):
                hashes.append(self.read_word(field, letters, later, short=start in short_at))
            else:
                self.read_others(field, kind, letters, later)
        for hashed in hashes if self.specification["words"] else []:
            self.add(WORDS, hashed)
        for kind, letters, short in later:
            self.add_word(field, kind, letters, short=short)
        for first, second in pairwise(hashes) if self.specification["word_pairs"] else []:
            self.add(PAIRS, pair_hash(self.key, first, second))
        for run in ascii_marks(text, classes):
            self.add_word(field, MARKS, run[:4])
        if re.search("[A-Za-z0-9]@[A-Za-z0-9]", text):
            self.add_word(field, FORM, "an e-mail address")

    def read_others(self, field: int, kind: str, letters: str, later: Later) -> None:
        """Read what is no word: letters without spaces, marks beyond ASCII, invisible letters alone."""
        if kind == "word":
            self.add_word(field, MARKS, cut(letters, 4))
        elif kind == "unspaced":
            pairs = [letters[at : at + 2] for at in range(max(1, len(letters) - 1))]
            later += [(WORD, pair, False) for pair in pairs]
        elif kind == "mark":
            for mark in letters:
                if not mark.isascii() and mark != "\u2019":
                    self.add_word(field, MARKS, mark)

    def read_runs(self, field: int, text: str) -> None:
        runs = (" " + " ".join(lower(text).split()) + " ").replace("  ", " ").encode()
        runs = runs[: self.run_bytes_left]
        self.run_bytes_left -= len(runs) if self.specification["gram_lengths"] else 0
        families = zip(self.specification["gram_lengths"], (RUNS, LONGER_RUNS), strict=False)
        for length, family in families:
            for start in range(len(runs) - length + 1):
                self.add(family, run_hash(self.key, field << 8 | RUN + family, runs[start : start + length]))

    def read_word(self, field: int, whole: str, later: Later, *, short: bool) -> int:
        """Read a word; what it tells beyond its letters goes to ``later``."""
        written = cut(whole, WORD_BYTES)
        if written != whole:
            self.add_word(field, FORM, "a very long word")
        word = lower(written)
        self.has_viagra |= word == "viagra"
        if written != word:
            later.append((WRITTEN, written, short))
            in_capitals = len(written) > 1 and not any(letter.islower() for letter in written)
            self.words_in_capitals += in_capitals
        if written.isascii() and re.search("[0-9]", word):
            shape = re.sub("[0-9]", "#", re.sub("[a-z]+", "a", word))
            later.append((DIGITS, shape, not shape.strip("#") and len(shape) <= 16))
        elif not written.isascii() and self.specification["folded_words"]:
            folded, disguised = fold(written)
            self.has_viagra |= folded == "viagra"
            if folded not in {word, ""}:
                later.append((WORD, folded, False))
            if disguised:
                self.add_word(field, FORM, "letters that look like others")
        return self.hash_text(field, WORD, word, short=short)

    def row(self) -> dict[int, np.float32]:
        """Slot to value, slots rising: 1 / sqrt((slots of its family + 30) x families), in float32."""
        sizes = np.bincount(list(self.family_of_slot.values()), minlength=5)
        families = np.count_nonzero(sizes)
        values = {
            family: np.float32(1) / np.sqrt(np.float32((sizes[family] + 30) * families))
            for family in np.flatnonzero(sizes)
        }
        return {slot: values[family] for slot, family in sorted(self.family_of_slot.items())}


def ascii_marks(text: str, classes: list[str]) -> Iterator[str]:
    """The runs of at least two marks of ASCII."""
    signs = [
        letter if letter.isascii() and kind == "mark" else " "
        for letter, kind in zip(text, classes, strict=True)
    ]
    return (run for run in "".join(signs).split() if len(run) > 1)


def features_of(fields: list[tuple[str, str]], specification: dict, key: bytes) -> dict[int, np.float32]:
    """The features of a message that reads as these stretches of text, each with its field."""
    features = Features(specification, key)
    for field, text in fields:
        features.read(FIELDS[field], text)
    for name, holds in ((CAPITALS, features.words_in_capitals > 1), (VIAGRA, features.has_viagra)):
        if holds:
            features.add_word(SHAPE, WHOLE, name)
    return features.row()


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)) in 60 decimal digits, rounded once."""
    if math.isnan(x):
        return x
    if math.isinf(x):
        return float(x > 0)
    with localcontext(prec=60, Emin=-999_999, Emax=999_999):
        return float(1 / (1 + (-Decimal(x)).exp()))
