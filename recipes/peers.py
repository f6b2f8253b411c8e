"""What stands beside our filter in the protocols: scikit-learn's classifiers, set as their users set them."""

from __future__ import annotations

import email
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from sigmail.filter import Message
from sigmail.recipe import Recipe
from sigmail.selection import train_best
from sigmail.training import train_filter

__all__ = [
    "CHOSEN",
    "PEERS",
    "Contestant",
    "Judge",
    "OnlineBogofilter",
    "OnlinePeer",
    "Scorer",
    "content_text",
    "contestants",
    "ours",
    "ours_chosen",
]

Scores = npt.NDArray[np.floating[Any]]

Scorer = Callable[[Sequence[Message]], Scores]
"""What gives P(spam) of messages."""

Judge = tuple[Scorer, tuple[float, float]]
"""That, and the thresholds chosen on training data."""

Contestant = Callable[[Sequence[Message], Sequence[bool]], Judge]
"""What learns from messages and their labels."""

PREFIX = 3000
_TAG = re.compile(r"<[^<>]{0,2000}>")


@lru_cache(maxsize=100_000)
def content_text(message: Message) -> str:
    """Return subject and text of a message, decoded: the content that every contestant may read."""
    if isinstance(message, str):
        return message
    parsed = email.message_from_bytes(message)
    parts = [str(parsed.get("Subject", ""))]
    for part in parsed.walk():
        if part.get_content_maintype() == "text":
            data = part.get_payload(decode=True)
            text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
            parts.append(_TAG.sub(" ", text) if part.get_content_subtype() == "html" else text)
    return "\n".join(parts)


def ours(recipe: Recipe, seed: int) -> Contestant:
    """Return our filter by a recipe."""

    def learn(messages: Sequence[Message], labels: Sequence[bool]) -> Judge:
        trained = train_filter(messages, [int(label) for label in labels], recipe=recipe, seed=seed)
        return lambda others: np.asarray(trained.probabilities(others)), trained.thresholds

    return learn


CHOSEN = "sigmail, recipe chosen"
"""Ours by the better of two recipes, chosen on the folds of what it is trained on."""


def ours_chosen(recipe: Recipe, seed: int) -> Contestant:
    """Return our filter by a recipe or by that for short texts, whichever is better on held-out folds."""
    short = replace(Recipe.short_texts(), table_bits=recipe.table_bits)

    def learn(messages: Sequence[Message], labels: Sequence[bool]) -> Judge:
        marks = [int(label) for label in labels]
        trained = train_best(messages, marks, recipes=(recipe, short), seed=seed)
        return lambda others: np.asarray(trained.probabilities(others)), trained.thresholds

    return learn


def _pipeline(*steps: Callable[[], Any]) -> Contestant:
    """Return a contestant of fresh scikit-learn steps; its threshold is the usual one half."""

    def learn(messages: Sequence[Message], labels: Sequence[bool]) -> Judge:
        pipeline = make_pipeline(*(step() for step in steps))
        pipeline.fit([content_text(message) for message in messages], np.asarray(labels))

        def judge(others: Sequence[Message]) -> Scores:
            texts = [content_text(message) for message in others]
            return np.asarray(pipeline.predict_proba(texts)[:, 1])

        return judge, (0.5, 0.5)

    return learn


def _character_grams() -> Any:
    return HashingVectorizer(
        analyzer="char",
        ngram_range=(4, 4),
        binary=True,
        n_features=2**18,
        alternate_sign=False,
        preprocessor=lambda text: text[:PREFIX].lower(),
    )


PEERS: dict[str, Contestant] = {
    "character-4-gram LR": _pipeline(_character_grams, lambda: LogisticRegression(C=100.0, max_iter=1000)),
    "TF-IDF LR": _pipeline(
        lambda: TfidfVectorizer(sublinear_tf=True), lambda: LogisticRegression(C=100.0, max_iter=1000)
    ),
    "SGDClassifier": _pipeline(
        lambda: TfidfVectorizer(sublinear_tf=True),
        lambda: SGDClassifier(loss="log_loss", alpha=1e-6, random_state=0),
    ),
    "MultinomialNB": _pipeline(lambda: CountVectorizer(binary=True), MultinomialNB),
}


def contestants(recipe: Recipe, seed: int) -> dict[str, Contestant]:
    """Return ours, then the peers."""
    return {"sigmail": ours(recipe, seed), **PEERS}


class OnlinePeer:
    """scikit-learn's SGDClassifier, a message at a time, on hashed character 4-grams."""

    def __init__(self) -> None:
        self._grams = _character_grams()
        self._learner = SGDClassifier(loss="log_loss", alpha=1e-7, random_state=0)
        self._started = False

    def probabilities(self, messages: Sequence[Message]) -> Scores:
        """Return P(spam), one half before the first lesson."""
        if not self._started:
            return np.full(len(messages), 0.5)
        rows = self._grams.transform([content_text(message) for message in messages])
        return np.asarray(self._learner.predict_proba(rows)[:, 1])

    def learn(self, message: Message, label: str) -> None:
        """Learn one message."""
        row = self._grams.transform([content_text(message)])
        self._learner.partial_fit(row, [label == "spam"], classes=[False, True])
        self._started = True


class OnlineBogofilter:
    """bogofilter as Debian has it, a message at a time, with a word list of its own."""

    def __init__(self, program: str, folder: str) -> None:
        self._program, self._folder, self._started = program, folder, False

    @staticmethod
    def program() -> str | None:
        """Return where it is installed, or None."""
        return shutil.which("bogofilter")

    def probabilities(self, messages: Sequence[Message]) -> Scores:
        """Return its spamicity, with more digits than it usually prints, so that the tail has an order."""
        if not self._started:
            return np.full(len(messages), 0.5)
        formats = ["-C", "--terse-format=%p", "--spamicity-formats=%0.15f,%0.15f,%0.15f"]
        return np.array([float(self._run(["-t", *formats], message)) for message in messages])

    def learn(self, message: Message, label: str) -> None:
        """Learn one message."""
        self._run(["-s" if label == "spam" else "-n"], message)
        self._started = True

    def _run(self, options: list[str], message: Message) -> bytes:
        data = message if isinstance(message, bytes) else message.encode()
        command = [self._program, "-d", self._folder, *options]
        done = subprocess.run(command, input=data, capture_output=True, check=False)  # noqa: S603
        if done.returncode > 2:  # 0 to 2 are verdicts.
            raise OSError(f"{self._program} failed: {done.stderr.decode(errors='replace')}")
        return done.stdout
