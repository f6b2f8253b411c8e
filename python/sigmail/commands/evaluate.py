"""``sigmail evaluate``: every figure of a filter on labelled messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sigmail.commands._inputs import LabelledInput, labelled_options, load_filter, model_option
from sigmail.commands._output import echo_json
from sigmail.commands._progress import progress_bar

if TYPE_CHECKING:
    from sigmail.evaluation import Evaluation

__all__ = ["evaluate", "figure_lines"]

_BATCH_MESSAGES = 512


@click.command(
    epilog="\b\nExamples:\n"
    "  sigmail evaluate --model my.sigmail --spam held-out/spam --ham held-out/ham\n"
    "  sigmail evaluate --table comments.csv --report report/"
)
@labelled_options
@model_option
@click.option("--json", "as_json", is_flag=True, help="Write the figures as one object of JSON.")
@click.option("--report", metavar="DIR", help="Write a page of figures and curves there, and figures.json.")
def evaluate(labelled: LabelledInput, model: str | None, as_json: bool, report: str | None) -> None:
    """Measure a filter on labelled mail.

    The messages must not be those it was trained on, or the figures flatter it. At its thresholds the filter
    says spam, unsure or ham; the other figures judge its probabilities at any threshold.
    """
    import numpy as np  # noqa: PLC0415 - Keeps --help quick.

    from sigmail import evaluation  # noqa: PLC0415

    spam_filter = load_filter(model)
    with progress_bar() as progress:
        found = labelled.read(lambda count: progress(count, 0, "Reading"))
        scores = np.empty(len(found), dtype=np.float32)
        for start in range(0, len(found), _BATCH_MESSAGES):
            batch = [item.message for item in found[start : start + _BATCH_MESSAGES]]
            scores[start : start + len(batch)] = spam_filter.probabilities(batch)
            progress(start + len(batch), len(found), "Classifying")
        labels = np.array([item.label == "spam" for item in found])
        figures = evaluation.evaluate(labels, scores, *spam_filter.thresholds)
        if report is not None:
            from sigmail.report import write_report  # noqa: PLC0415 - Needs the extra [train].

            progress(0, 0, "Drawing")
            page = write_report(Path(report), labels, scores, figures, spam_filter.identity)
    if as_json:
        echo_json({"model": spam_filter.identity, **figures.as_dict()})
    else:
        for line in figure_lines(figures):
            click.echo(line)
    if report is not None:
        click.echo(f"The report is {page}.", err=True)


def figure_lines(figures: Evaluation) -> Iterator[str]:
    """Yield the figures for people, in percent where they are rates."""
    yield f"messages            {figures.messages:9d}    {figures.spam} spam, {figures.ham} ham"
    rows = (
        ("(1-AUC)%", figures.one_minus_auc_percent / 100, "0 is a perfect order, 50 a coin"),
        ("ham called spam", figures.false_positive_rate, f"at {figures.spam_from:.4g} and above"),
        ("spam called ham", figures.false_negative_rate, f"below {figures.ham_below:.4g}"),
        ("ham unsure", figures.ham_unsure_rate, "between the two"),
        ("spam unsure", figures.spam_unsure_rate, "between the two"),
        ("spam missed", figures.spam_missed_at_ham_loss_0_1_percent, "if 0.1 % of the ham may be lost"),
        ("spam missed", figures.spam_missed_at_ham_loss_1_percent, "if 1 % of the ham may be lost"),
        ("lam", figures.logistic_average_misclassification, "mean of both error rates, as logits"),
    )
    for name, rate, remark in rows:
        yield f"{name:<20}{100.0 * rate:9.3f} %  {remark}"
    yield f"F1                  {figures.f1:9.4f}"
    yield f"log-loss            {figures.log_loss:9.4f}"
    yield f"Brier score         {figures.brier_score:9.4f}"
    yield f"calibration error   {figures.expected_calibration_error:9.4f}"
