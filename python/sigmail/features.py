"""Messages to sparse features, as a scikit-learn transformer on the code that the filter scores with."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sigmail import _core
from sigmail.errors import InvalidTypeError
from sigmail.filter import Message, as_list

__all__ = ["HASH_KEY_BYTES", "SPECIFICATION_VERSION", "MessageVectorizer"]

SPECIFICATION_VERSION = 2
"""The version of tokenising and hashing that this build writes and reads."""

HASH_KEY_BYTES = 16


class MessageVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Turn messages into rows of a CSR matrix by keyed feature hashing (Weinberger et al. 2009).

    A feature is there or not; it is not counted. Words, pairs and byte runs of each length are normalised
    apart, each family to the same length and the row to nearly 1; the row of a message of few words is
    shorter.

    Parameters
    ----------
    table_bits : int in [8, 24], default 18
        The table, and so the matrix, has 2 ** table_bits columns.
    profile : {"content", "portable", "site"}, default "content"
        What is read. ``"content"``: the decoded subject, the text and its links, and no other header;
        ``"portable"``: also what the sender writes into headers; ``"site"``: also what the receiving site
        writes.
    words, word_pairs : bool, default True, False
        Whether single words and pairs of neighbours become features.
    folded_words : bool, default True
        Whether a word with look-alike or invisible letters also counts as what it passes for.
    gram_lengths : sequence of int in [2, 8], default (3, 4)
        Lengths of the overlapping byte runs, rising: none, one or two.
    gram_prefix : int >= 0, default 3000
        Bytes of the message that the runs are taken from, over all its fields.
    hash_key : bytes of length 16 or None, default None
        Chooses the hash function. None draws one in ``fit``, so that nobody can prepare words that
        collide in every user's table.
    random_state : int, RandomState or None, default None
        Where the key is drawn from; None takes the operating system's randomness.

    Attributes
    ----------
    hash_key_ : bytes
    specification_ : str
        The features' specification as JSON, as it stands in a model file.
    n_features_out_ : int

    Examples
    --------
    >>> from sigmail.features import MessageVectorizer
    >>> rows = MessageVectorizer(table_bits=10, random_state=0).fit_transform(["hello you", "hello me"])
    >>> rows.shape
    (2, 1024)
    """

    hash_key_: bytes
    specification_: str
    n_features_out_: int

    def __init__(
        self,
        *,
        table_bits: int = 18,
        profile: str = "content",
        words: bool = True,
        folded_words: bool = True,
        word_pairs: bool = False,
        gram_lengths: Sequence[int] = (3, 4),
        gram_prefix: int = 3000,
        hash_key: bytes | None = None,
        random_state: Any = None,
    ) -> None:
        self.table_bits = table_bits
        self.profile = profile
        self.words = words
        self.folded_words = folded_words
        self.word_pairs = word_pairs
        self.gram_lengths = gram_lengths
        self.gram_prefix = gram_prefix
        self.hash_key = hash_key
        self.random_state = random_state

    def fit(self, X: Iterable[Message], y: Any = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Draw the hash key; the messages are not looked at."""
        self.hash_key_ = self._draw_key()
        self.specification_ = json.dumps(
            {
                "version": SPECIFICATION_VERSION,
                "profile": self.profile,
                "table_bits": self.table_bits,
                "words": self.words,
                "folded_words": self.folded_words,
                "word_pairs": self.word_pairs,
                "gram_lengths": list(self.gram_lengths),
                "gram_prefix": self.gram_prefix,
            },
            default=_plain_value,
        )
        self._vectorizer = _core.Vectorizer(self.specification_, self.hash_key_)
        self.n_features_out_ = self._vectorizer.n_features
        return self

    def transform(self, X: Iterable[Message]) -> sparse.csr_matrix:
        """Return the features of the messages, float32 (n_messages, 2 ** table_bits)."""
        check_is_fitted(self)
        indptr, indices, values = self._vectorizer.transform(as_list(X))
        return sparse.csr_matrix((values, indices, indptr), shape=(len(indptr) - 1, self.n_features_out_))

    def _draw_key(self) -> bytes:
        if self.hash_key is not None:
            return self.hash_key
        if self.random_state is None:
            return secrets.token_bytes(HASH_KEY_BYTES)
        drawn: np.ndarray[Any, np.dtype[np.uint8]] = check_random_state(self.random_state).randint(
            0, 256, HASH_KEY_BYTES, dtype=np.uint8
        )
        return drawn.tobytes()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the compiled part out of a pickle: it is made again from the specification and the key."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_vectorizer"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "specification_" in state:
            self._vectorizer = _core.Vectorizer(self.specification_, self.hash_key_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags


def _plain_value(value: Any) -> Any:
    """Return what JSON has for a number of NumPy, which a search over parameters sets."""
    if isinstance(value, np.generic):
        return value.item()
    raise InvalidTypeError(f"a choice of features must be a number or a text, got {type(value).__name__}")
