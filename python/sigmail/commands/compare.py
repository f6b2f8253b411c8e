"""``sigmail compare``: our neuron and network beside scikit-learn's, on one split of the same features."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from sigmail.commands._inputs import LabelledInput, labelled_options
from sigmail.commands._output import echo_json
from sigmail.commands._progress import Progress, progress_bar
from sigmail.errors import InvalidValueError

__all__ = ["compare"]

_FOLDS = 4


@dataclass(frozen=True, slots=True)
class Split:
    """The same rows for every contestant: CSR features, labels of 1 (spam) and 0 (ham)."""

    train_features: Any
    train_labels: Any
    test_features: Any
    test_labels: Any
    groups: int


@dataclass(frozen=True, slots=True)
class Result:
    """How one contestant did on the held-out messages; F1 and ham lost count from a probability of 0.5."""

    name: str
    one_minus_auc_percent: float
    spam_missed_at_ham_loss_1_percent: float
    ham_lost: float
    f1: float
    log_loss: float
    fit_seconds: float
    predict_seconds: float


@click.command(epilog="\b\nExample:\n  sigmail compare --spam spam/ --ham ham/")
@labelled_options
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="Of the split and of each training.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the figures as one object of JSON.")
def compare(labelled: LabelledInput, seed: int, as_json: bool) -> None:
    """Set our classifiers beside scikit-learn's.

    Our neuron and scikit-learn's LogisticRegression, our network and its MLPClassifier are trained on the
    same features of the same messages, a quarter of which is held out. Messages whose text is the same stay
    on one side.
    """
    with progress_bar() as progress:
        split = _split(labelled, seed, progress)
        results = []
        contestants = _contestants(seed)
        for number, (name, classifier) in enumerate(contestants.items()):
            progress(number, len(contestants), f"Training {name}")
            results.append(_measure(name, classifier, split))
    if as_json:
        echo_json(_as_dict(split, results))
    else:
        for line in _table(split, results):
            click.echo(line)


def _contestants(seed: int) -> dict[str, Any]:
    """Return ours as `sigmail train` sets them, and scikit-learn's of the same kind, set alike."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - Keeps --help quick.
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

    from sigmail.recipe import Recipe  # noqa: PLC0415

    neuron: Any = Recipe(algorithm="logistic").classifier(seed)
    network: Any = Recipe(algorithm="network").classifier(seed)
    return {
        "our neuron": neuron,
        # Where the classes nearly part, its gradient is small long before its weights have arrived.
        "LogisticRegression": LogisticRegression(
            C=neuron.C, fit_intercept=neuron.fit_intercept, max_iter=neuron.max_iter, tol=1e-8
        ),
        "our network": network,
        "MLPClassifier": MLPClassifier(
            network.hidden_layer_sizes,
            activation=network.activation,
            alpha=network.alpha * network.batch_size,  # It divides its penalty by the size of the batch.
            batch_size=network.batch_size,
            learning_rate_init=network.learning_rate,
            max_iter=network.max_iter,
            tol=network.tol,
            n_iter_no_change=network.n_iter_no_change,
            random_state=seed,
        ),
    }


def _split(labelled: LabelledInput, seed: int, progress: Progress) -> Split:
    """Read the messages, hold a quarter of their groups out, and turn all into features."""
    import numpy as np  # noqa: PLC0415 - Keeps --help quick.
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415

    from sigmail._core import body_fingerprint  # noqa: PLC0415
    from sigmail.recipe import Recipe  # noqa: PLC0415

    found = labelled.read(lambda count: progress(count, 0, "Reading"))
    progress(0, 0, "Splitting")
    labels = np.array([item.label == "spam" for item in found], dtype=np.int64)
    groups = np.array([body_fingerprint(item.message) for item in found], dtype=np.uint64)
    for label, name in ((1, "spam"), (0, "ham")):
        count = len(np.unique(groups[labels == label]))
        if count < _FOLDS:
            raise InvalidValueError(f"{count} different {name} messages: a comparison needs {_FOLDS} or more")
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    train, test = next(folds.split(labels, labels, groups))
    for side, rows in (("train on", train), ("hold out", test)):
        if len(np.unique(labels[rows])) < 2:
            raise InvalidValueError(
                f"the messages to {side} have one label only: give more messages, or another --seed"
            )
    vectorizer = Recipe(algorithm="network").vectorizer(seed)
    progress(0, 0, "Reading words")
    train_features = vectorizer.fit_transform([found[row].message for row in train])
    test_features = vectorizer.transform([found[row].message for row in test])
    # A column that training never shows teaches nobody anything, and costs scikit-learn's network most.
    seen = np.unique(train_features.indices)
    return Split(
        train_features[:, seen], labels[train], test_features[:, seen], labels[test], len(np.unique(groups))
    )


def _measure(name: str, classifier: Any, split: Split) -> Result:
    """Train one contestant, let it predict, and take its figures and its times."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - Keeps --help quick.

    from sigmail import evaluation  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # All of them get the same number of passes.
        start = time.perf_counter()
        classifier.fit(split.train_features, split.train_labels)
        fitted = time.perf_counter()
    scores = classifier.predict_proba(split.test_features)[:, 1]
    predicted = time.perf_counter()
    labels = split.test_labels
    return Result(
        name=name,
        one_minus_auc_percent=evaluation.one_minus_auc_percent(labels, scores),
        spam_missed_at_ham_loss_1_percent=evaluation.spam_missed_at_ham_loss(labels, scores, 0.01),
        ham_lost=evaluation.false_positive_rate(labels, scores),
        f1=evaluation.f1(labels, scores),
        log_loss=evaluation.log_loss(labels, scores),
        fit_seconds=fitted - start,
        predict_seconds=predicted - fitted,
    )


def _winners(results: Sequence[Result]) -> list[str]:
    """Return the names of those with the best order, all of them if they tie."""
    best = min(result.one_minus_auc_percent for result in results)
    return [result.name for result in results if result.one_minus_auc_percent == best]


def _as_dict(split: Split, results: Sequence[Result]) -> dict[str, Any]:
    test_spam = int(split.test_labels.sum())
    return {
        "train": len(split.train_labels),
        "test": len(split.test_labels),
        "test_spam": test_spam,
        "test_ham": len(split.test_labels) - test_spam,
        "groups": split.groups,
        "features": int(split.train_features.shape[1]),
        "results": [asdict(result) for result in results],
        "won": _winners(results),
    }


def _table(split: Split, results: Sequence[Result]) -> Iterator[str]:
    """Yield the comparison for people; the best of a column is marked."""
    facts = _as_dict(split, results)
    yield (
        f"{facts['train']} messages to train on, {facts['test']} held out ({facts['test_spam']} spam, "
        f"{facts['test_ham']} ham), {facts['features']} features"
    )
    yield ""
    columns = (
        ("(1-AUC)%", "one_minus_auc_percent", 1.0, min),
        ("missed@1%", "spam_missed_at_ham_loss_1_percent", 100.0, min),
        ("ham lost%", "ham_lost", 100.0, min),
        ("F1", "f1", 1.0, max),
        ("log-loss", "log_loss", 1.0, min),
        ("fit s", "fit_seconds", 1.0, min),
        ("predict s", "predict_seconds", 1.0, min),
    )
    yield " " * 20 + "".join(f"{title:>12} " for title, *_ in columns)
    for result in results:
        cells = []
        for _, name, scale, better in columns:
            best = better(getattr(other, name) for other in results)
            value = getattr(result, name)
            cells.append(f"{value * scale:12.4f}{'*' if value == best else ' '}")
        yield f"{result.name:<20}{''.join(cells)}"
    yield ""
    yield f"Won, by (1-AUC)%: {' and '.join(facts['won'])}. A star marks the best of each column."
    for ours, theirs in zip(results[::2], results[1::2], strict=True):
        yield _duel(ours, theirs)


def _duel(ours: Result, theirs: Result) -> str:
    """Say how two of a kind did against each other."""
    ahead = theirs.one_minus_auc_percent - ours.one_minus_auc_percent
    winner = ours if ahead > 0 else theirs
    outcome = "the same (1-AUC)%" if ahead == 0.0 else f"{winner.name} is ahead by {abs(ahead):.2g}"
    times = ours.fit_seconds / theirs.fit_seconds, ours.predict_seconds / theirs.predict_seconds
    return (
        f"{ours.name} against {theirs.name}: {outcome}; ours takes {times[0]:.2f} of the time to fit, "
        f"{times[1]:.2f} to predict."
    )
