"""``sigmail evaluate``: every figure of a filter on labelled messages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sigmail.commands._inputs import LabelledInput, labelled_options, load_filter, model_option
from sigmail.commands._output import echo_json, figure_lines, one_line
from sigmail.commands._progress import Progress, progress_bar

if TYPE_CHECKING:
    from sigmail.corpus import LabelledMessage
    from sigmail.evaluation import Mistake, Scored, WorstMistakes
    from sigmail.filter import SpamFilter
    from sigmail.online import OnlineNeuron

__all__ = ["evaluate"]

_BATCH_MESSAGES = 512
_REPORTED_MISTAKES = 20


@click.command(
    epilog="\b\nExamples:\n"
    "  sigmail evaluate --model my.sigmail --spam held-out/spam --ham held-out/ham\n"
    "  sigmail evaluate --table comments.csv --report report/\n"
    "  sigmail evaluate --online --index trec/full/index"
)
@labelled_options
@model_option
@click.option(
    "--online",
    is_flag=True,
    help="Learn each message once it is judged, in the order of the index or table, else of the dates.",
)
@click.option("--from-nothing", is_flag=True, help="With --online: begin with a filter that knows nothing.")
@click.option(
    "--headers",
    is_flag=True,
    help="Measure a second time with no header left but the subject, side by side.",
)
@click.option(
    "--mistakes",
    type=click.IntRange(0, 10_000),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="List so many of the worst mistakes.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the figures as one object of JSON.")
@click.option("--report", metavar="DIR", help="Write a page of figures and curves there, and figures.json.")
def evaluate(
    labelled: LabelledInput,
    *,
    model: str | None,
    online: bool,
    from_nothing: bool,
    headers: bool,
    mistakes: int,
    as_json: bool,
    report: str | None,
) -> None:
    """Measure a filter on labelled mail.

    The messages must not be those it was trained on, or the figures flatter it. At its thresholds the filter
    says spam, unsure or ham; the other figures judge its probabilities at any threshold.
    """
    _check_call(model, online=online, from_nothing=from_nothing, headers=headers)
    from sigmail import evaluation  # noqa: PLC0415 - Keeps --help quick.

    spam_filter = _blank_filter() if from_nothing else load_filter(model)
    identity = spam_filter.identity  # Learning gives it another.
    worst = evaluation.WorstMistakes(max(mistakes, _REPORTED_MISTAKES if report is not None else 0))
    with progress_bar() as progress:
        judge = _judge_on_line if online else _judge
        scored, bare = judge(spam_filter, labelled, worst, progress, headers=headers)
        figures = evaluation.evaluate(scored.labels, scored.scores, *spam_filter.thresholds)
        further: dict[str, Any] = {}
        if bare is not None:
            without = evaluation.evaluate(bare.labels, bare.scores, *spam_filter.thresholds)
            further["content_only"] = without.as_dict()
        if online:
            further["stages"] = list(evaluation.stages(scored))
        if worst.listed():
            further["mistakes"] = [mistake.as_dict() for mistake in worst.listed()]
        if report is not None:
            from sigmail.report import write_report  # noqa: PLC0415 - Needs the extra [train].

            progress(0, 0, "Drawing")
            page = write_report(
                Path(report), scored.labels, scored.scores, figures, identity, further=further
            )
    if as_json:
        echo_json({"model": identity, **figures.as_dict(), **further})
    else:
        for line in figure_lines(figures, None if bare is None else without):
            click.echo(line)
        for line in _further_lines(further, worst.listed()[:mistakes]):
            click.echo(line)
    if report is not None:
        click.echo(f"The report is {page}.", err=True)


def _check_call(model: str | None, *, online: bool, from_nothing: bool, headers: bool) -> None:
    if from_nothing and not online:
        raise click.UsageError("--from-nothing needs --online: a filter that learns nothing stays at 0.5.")
    if from_nothing and model is not None:
        raise click.UsageError("--from-nothing and --model exclude each other.")
    if headers and online:
        raise click.UsageError("--headers and --online exclude each other: one filter learns one form.")


def _blank_filter() -> OnlineNeuron:
    from sigmail.online import OnlineNeuron  # noqa: PLC0415 - Needs the extra [train].

    return OnlineNeuron()


def _judge(
    spam_filter: SpamFilter | OnlineNeuron,
    labelled: LabelledInput,
    worst: WorstMistakes,
    progress: Progress,
    *,
    headers: bool,
) -> tuple[Scored, Scored | None]:
    """Return what each message is and got, and the same without headers where that is asked for."""
    import numpy as np  # noqa: PLC0415 - Keeps --help quick.

    from sigmail.corpus import content_alone  # noqa: PLC0415
    from sigmail.evaluation import Scored  # noqa: PLC0415

    labels, scores, bare = bytearray(), [], []
    stream = labelled.stream(lambda count: progress(count, 0, "Classifying"))
    while batch := list(islice(stream, _BATCH_MESSAGES)):
        messages = [item.message for item in batch]
        found = spam_filter.probabilities(messages)
        scores.append(found)
        if headers:
            bare.append(spam_filter.probabilities([content_alone(message) for message in messages]))
        for item, score in zip(batch, found.tolist(), strict=True):
            labels.append(item.label == "spam")
            worst.offer(item.source, item.label, score)
    flags = np.frombuffer(bytes(labels), dtype=np.bool_)
    empty = [np.empty(0, dtype=np.float32)]
    without = Scored(flags, np.concatenate(bare or empty)) if headers else None
    return Scored(flags, np.concatenate(scores or empty)), without


def _judge_on_line(
    spam_filter: SpamFilter | OnlineNeuron,
    labelled: LabelledInput,
    worst: WorstMistakes,
    progress: Progress,
    *,
    headers: bool,  # noqa: ARG001 - Both ways of judging are called alike.
) -> tuple[Scored, None]:
    from sigmail.evaluation import learn_on_line  # noqa: PLC0415 - Keeps --help quick.

    latest: list[LabelledMessage] = []

    def pairs() -> Iterator[tuple[bytes | str, str]]:
        for item in labelled.stream(lambda count: progress(count, 0, "Reading"), by_date=True):
            latest[:] = [item]
            yield item.message, item.label

    def on_score(count: int, score: float) -> None:
        worst.offer(latest[0].source, latest[0].label, score)
        progress(count, 0, "Judging and learning")

    return learn_on_line(spam_filter, pairs(), on_score), None


def _further_lines(further: dict[str, Any], mistakes: list[Mistake]) -> Iterator[str]:
    """Yield how an on-line filter came along, and the worst mistakes."""
    if "stages" in further:
        yield ""
        yield "until message     (1-AUC)%   missed at 1 % ham loss"
        for stage in further["stages"]:
            missed = 100.0 * stage["spam_missed_at_ham_loss_1_percent"]
            yield f"{stage['until']:13d}{stage['one_minus_auc_percent']:13.3f}{missed:23.3f} %"
    if mistakes:
        yield ""
        yield "The worst mistakes:"
    for mistake in mistakes:
        yield f"{mistake.label:<5}{mistake.probability:.4f}  {one_line(mistake.source)}"
