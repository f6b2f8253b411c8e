"""The ways in which a recipe is judged, each with its peers in the same run.

Content only, unless a protocol says else; a test body that repeats a training body is removed. Weights,
calibration and thresholds come from training data alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recipes.lessons import little_data, on_line
from recipes.parts import SEED, Part, Record, figures_of, read
from recipes.peers import CHOSEN, Contestant, contestants, ours, ours_chosen
from recipes.splits import measure, set_split, set_split_with_others
from sigmail import evaluation
from sigmail.recipe import Recipe

__all__ = ["PROTOCOLS", "Protocol"]

LEAST_CURVE = 30
DRAWS = 200
MAIL_CORPORA = ("spamassassin", "enron-spam")
F1_CORPORA = ("spamassassin", "enron-spam", "sms-spam")

Probabilities = npt.NDArray[np.float64]
Protocol = Callable[[Recipe, float], Record]


def compared(recipe: Recipe, train: Part, test: Part) -> Record:
    """Return the figures of all contestants on one split."""
    return _figures(contestants(recipe, SEED), train, test)


def compared_with_choice(recipe: Recipe, train: Part, test: Part) -> Record:
    """Return the same, and those of ours with the recipe chosen on folds of the training part."""
    return _figures({CHOSEN: ours_chosen(recipe, SEED)} | contestants(recipe, SEED), train, test)


def _figures(found: dict[str, Contestant], train: Part, test: Part) -> Record:
    return {name: figures_of(name, contestant, train, test)[1] for name, contestant in found.items()}


def random_split(recipe: Recipe, share: float) -> Record:
    """Train on two thirds of SpamAssassin's groups, test on the third."""
    whole = read("spamassassin", share)
    train, test = evaluation.split_by_group(whole.groups, 1 / 3, SEED)
    return compared(recipe, whole.rows(train), whole.rows(test))


def headers(recipe: Recipe, share: float) -> Record:
    """Test on SpamAssassin's later sets: content alone, then headers that travel too.

    Trained on SpamAssassin's first sets, then on modern mail and, at its small weight, Enron-Spam as well.
    """
    every = max(1, round(1.0 / share))
    first, others = set_split().part(every), set_split_with_others().part(every)
    found: Record = {}
    for name, split in (("", first), (", trained on other mail too", others)):
        for profile in ("content", "portable"):
            chosen = replace(recipe, profile=profile)
            found[profile + name] = measure(split, chosen)[0].as_dict()
    return found


def one_corpus_out(recipe: Recipe, share: float) -> Record:
    """Train on one corpus of mail, test on the other, both ways."""
    first, second = (read(corpus, share) for corpus in MAIL_CORPORA)
    there, back = " -> ".join(MAIL_CORPORA), " -> ".join(reversed(MAIL_CORPORA))
    return {
        there: compared(recipe, first, second.without(first)),
        back: compared(recipe, second, first.without(second)),
    }


def short_messages(recipe: Recipe, share: float) -> Record:
    """Test on each fifth of the distinct SMS, by group; the mean F1 over the folds."""
    whole = read("sms-spam", share).distinct()
    found: dict[str, list[float]] = {}
    for train, test in evaluation.folds_by_group(whole.groups, 5, SEED):
        for name, figures in compared_with_choice(recipe, whole.rows(train), whole.rows(test)).items():
            found.setdefault(name, []).append(figures["f1_at_half"])
    return {name: {"f1": float(np.mean(values)), "folds": values} for name, values in found.items()}


def mean_f1(recipe: Recipe, share: float) -> Record:
    """Test on a random fifth of each of three corpora, by group: F1 at one half, as others publish it."""
    found: Record = {}
    for corpus in F1_CORPORA:
        whole = read(corpus, share)
        train, test = evaluation.split_by_group(whole.groups, 0.2, SEED)
        for name, figures in compared_with_choice(recipe, whole.rows(train), whole.rows(test)).items():
            found.setdefault(name, {})[corpus] = figures["f1_at_half"]
    return {name: values | {"mean": float(np.mean(list(values.values())))} for name, values in found.items()}


def calibration(recipe: Recipe, share: float) -> Record:
    """Return the calibration error on held-out groups of each corpus, then of each corpus by the other.

    Within a corpus each group is held out once: among few messages the error of a filter that is calibrated
    perfectly is not small. What that would be with as many messages stands beside it, as ``by_chance``.
    """
    found: Record = {}
    for corpus in (*MAIL_CORPORA, "modern-mail", "sms-spam"):
        whole = read(corpus, share)
        probabilities = np.zeros(len(whole.labels))
        for train, test in evaluation.folds_by_group(whole.groups, 5, SEED):
            learnt = whole.rows(train)
            judge, _ = ours_chosen(recipe, SEED)(learnt.messages, learnt.labels)
            probabilities[test] = judge(whole.rows(test).messages)
        found[corpus] = {
            "error": evaluation.expected_calibration_error(whole.labels, probabilities),
            "by_chance": _error_by_chance(probabilities),
        }
    parts = {corpus: read(corpus, share) for corpus in MAIL_CORPORA}
    for trained, tested in (MAIL_CORPORA, tuple(reversed(MAIL_CORPORA))):
        test_part = parts[tested].without(parts[trained])
        figures = figures_of(CHOSEN, ours_chosen(recipe, SEED), parts[trained], test_part)[0]
        found[f"{trained} -> {tested}"] = figures.expected_calibration_error
    return found


def _error_by_chance(probabilities: Probabilities) -> float:
    """Return the mean error of labels that are drawn by the probabilities themselves."""
    drawn = np.random.default_rng(SEED).random((DRAWS, len(probabilities))) < probabilities
    return float(np.mean([evaluation.expected_calibration_error(labels, probabilities) for labels in drawn]))


def learning_curve(recipe: Recipe, share: float) -> Record:
    """Return our figures on a third of SpamAssassin's groups after ever more of the rest."""
    whole = read("spamassassin", share)
    train, test = evaluation.split_by_group(whole.groups, 1 / 3, SEED)
    drawn = np.random.default_rng(SEED).permutation(train)

    def points() -> Iterator[tuple[str, Record]]:
        for part in (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0):
            rows = drawn[: round(part * len(drawn))]
            if part * len(drawn) < LEAST_CURVE:
                continue
            found = figures_of("sigmail", ours(recipe, SEED), whole.rows(rows), whole.rows(test))[1]
            yield str(len(rows)), found

    return dict(points())


PROTOCOLS: dict[str, Protocol] = {
    "random split": random_split,
    "headers": headers,
    "one corpus out": one_corpus_out,
    "on-line": on_line,
    "little data": little_data,
    "SMS": short_messages,
    "mean F1": mean_f1,
    "calibration": calibration,
    "learning curve": learning_curve,
}
