"""``sigmail compare``: our neuron and network beside scikit-learn's, on one split of the same features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from sigmail.commands._inputs import LabelledInput, labelled_options
from sigmail.commands._output import echo_json
from sigmail.commands._progress import progress_bar

if TYPE_CHECKING:
    from sigmail.commands._contest import CurvePoint, Result, Split

__all__ = ["compare"]


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
    same features of the same messages, a quarter of which is held out; so are its SGDClassifier and its
    MultinomialNB. Messages whose text is the same stay on one side. At the end stands how our neuron does
    with an eighth, a quarter and half of the messages: whether more of them would help.
    """
    from sigmail.commands import _contest  # noqa: PLC0415 - Keeps --help quick.

    with progress_bar() as progress:
        split = _contest.split_messages(labelled, seed, progress)
        results = []
        contestants = _contest.contestants(seed, len(split.train_labels))
        for number, (name, classifier) in enumerate(contestants.items()):
            progress(number, len(contestants), f"Training {name}")
            results.append(_contest.measure(name, classifier, split))
        progress(0, 0, "Training our neuron on fewer messages")
        curve = _contest.learning_curve(split, seed)
    if as_json:
        echo_json(_as_dict(split, results) | {"learning_curve": [asdict(point) for point in curve]})
    else:
        for line in (*_table(split, results), *_curve(curve)):
            click.echo(line)


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
    for ours, theirs in (results[:2], results[2:4]):
        yield _duel(ours, theirs)


def _curve(points: Sequence[CurvePoint]) -> Iterator[str]:
    """Yield the learning curve, one line a point."""
    yield ""
    yield "Our neuron with fewer messages:"
    for point in points:
        yield f"{point.messages:>8} messages: (1-AUC)% {point.one_minus_auc_percent:.4f}, F1 {point.f1:.4f}"


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
