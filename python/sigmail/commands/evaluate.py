"""``sigmail evaluate``: every figure of a filter on labelled messages."""

from __future__ import annotations

from pathlib import Path

import click

from sigmail.commands._inputs import LabelledInput, labelled_options, load_filter, model_option
from sigmail.commands._output import echo_json, figure_lines
from sigmail.commands._progress import progress_bar

__all__ = ["evaluate"]

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
