"""The recipe that suits the messages at hand: each is tried on what it had not seen, the best is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sigmail.errors import InvalidValueError
from sigmail.filter import Message, SpamFilter, as_list
from sigmail.recipe import Recipe
from sigmail.training import train_filter, train_from

__all__ = ["CANDIDATES", "train_best", "train_best_from"]

CANDIDATES = (Recipe(), Recipe.short_texts())
"""What is tried by default: what suits mail, and what suits messages of a line or two."""


def train_best(
    messages: Iterable[Message],
    labels: Iterable[object],
    *,
    recipes: Sequence[Recipe] = CANDIDATES,
    **options: Any,
) -> SpamFilter:
    """Train a filter by each of some recipes; return the one whose held-out probabilities are the best.

    The best have the least log-loss, on the same folds of the messages given, so that no other message is
    needed for the choice. Its facts name its recipe.

    Parameters
    ----------
    messages, labels
        As for :func:`~sigmail.training.train_filter`.
    recipes
        What is tried, at least one; of equals the first is taken. It takes the time of all of them.
    options
        The further parameters of :func:`~sigmail.training.train_filter`.
    """
    listed, marks = as_list(messages), list(labels)
    return _best(recipes, lambda recipe: train_filter(listed, marks, recipe=recipe, **options))


def train_best_from(
    read: Callable[[], Iterable[tuple[Message, object]]],
    *,
    recipes: Sequence[Recipe] = CANDIDATES,
    **options: Any,
) -> SpamFilter:
    """Choose as :func:`train_best` does, among filters trained on any number of messages, in bounded memory.

    A training that is interrupted is the last that is tried.

    Parameters
    ----------
    read
        Called once a recipe; returns the pairs of a message and its label, each time the same.
    recipes
        As for :func:`train_best`.
    options
        The further parameters of :func:`~sigmail.training.train_from`.
    """
    return _best(recipes, lambda recipe: train_from(read(), recipe=recipe, **options))


def _best(recipes: Sequence[Recipe], train: Callable[[Recipe], SpamFilter]) -> SpamFilter:
    if not recipes:
        raise InvalidValueError("there is no recipe to try: give at least one")
    trained = []
    for recipe in recipes:
        trained.append(train(recipe))
        if "interrupted" in trained[-1].facts:
            break
    return min(trained, key=lambda candidate: candidate.facts["held_out"]["log_loss"])
