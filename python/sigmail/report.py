"""A page that shows how good a filter is: its figures and curves in one HTML file, the numbers beside it.

It needs matplotlib and scikit-learn: ``pip install "sigmail[train]"``.
"""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    DetCurveDisplay,
    PrecisionRecallDisplay,
    RocCurveDisplay,
    confusion_matrix,
)

from sigmail.evaluation import Evaluation, reliability_bins

__all__ = ["write_report"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a drawing is made from."""

    labels: NDArray[np.bool_]
    scores: NDArray[np.floating[Any]]
    evaluation: Evaluation


Drawing = Callable[[Axes, Measured], None]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .2rem .8rem; border-bottom: 1px solid #ccc; }}
td {{ text-align: right; font-variant-numeric: tabular-nums; }}
main {{ display: flex; flex-wrap: wrap; gap: 1rem; }}
figure {{ margin: 0; flex: 1 1 24rem; }}
img {{ width: 100%; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{messages} messages: {spam} spam, {ham} ham. Below {ham_below} the filter says ham, from {spam_from} on
spam, between the two unsure. Rates are shares of the messages of one label.</p>
{tables}
<main>
{figures}
</main>
</body>
</html>
"""


def write_report(
    folder: Path,
    labels: NDArray[np.bool_],
    scores: NDArray[np.floating[Any]],
    evaluation: Evaluation,
    model: str,
    *,
    further: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``index.html`` and ``figures.json`` into `folder`, which is made if it isn't there.

    Parameters
    ----------
    folder
        Where to write. Files of these two names are replaced, others are left alone.
    labels
        True for spam, shape (n,); both classes must be there.
    scores
        P(spam), in [0, 1], shape (n,).
    evaluation
        What :func:`sigmail.evaluation.evaluate` made of them.
    model
        The name of the model, for the title.
    further
        More to show, ready for JSON: ``content_only``, figures of the same messages without their headers;
        ``mistakes``, the worst of them; ``stages``, the figures of an on-line run as it went on.

    Returns
    -------
    Path
        The page. It refers to nothing outside itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bins = [part.as_dict() for part in reliability_bins(labels, scores)]
    more = dict(further or {})
    figures = {"model": model, **evaluation.as_dict(), "reliability_bins": bins, **more}
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    page = folder / "index.html"
    page.write_text(_page(Measured(labels, scores, evaluation), model, more), encoding="utf-8")
    return page


def _page(measured: Measured, model: str, further: Mapping[str, Any]) -> str:
    drawings: dict[str, Drawing] = {
        "ROC: spam found against ham lost": _draw_roc,
        "DET: spam missed against ham lost": _draw_det,
        "Precision against recall": _draw_precision_recall,
        "Calibration: the share of spam among messages of like probability": _draw_calibration,
        "How many messages get which probability": _draw_histogram,
        "Verdicts: spam, or not": _draw_confusion,
    }
    images = [_embed(title, drawing, measured) for title, drawing in drawings.items()]
    evaluation = measured.evaluation
    return _PAGE.format(
        title=html.escape(f"Evaluation of the model {model}"),
        messages=evaluation.messages,
        spam=evaluation.spam,
        ham=evaluation.ham,
        ham_below=f"{evaluation.ham_below:.4g}",
        spam_from=f"{evaluation.spam_from:.4g}",
        tables=_confusion_table(evaluation)
        + _figure_table(evaluation.as_dict(), further.get("content_only"))
        + _row_table("How it came along", further.get("stages", ()))
        + _row_table("The worst mistakes", further.get("mistakes", ())),
        figures="\n".join(images),
    )


def _figure_table(figures: Mapping[str, Any], content_only: Mapping[str, Any] | None) -> str:
    """Return the figures, and beside them those of the content alone."""
    columns = [figures] if content_only is None else [figures, content_only]
    head = "" if content_only is None else "<tr><th></th><th>as it is</th><th>headers removed</th></tr>"
    rows = [
        f"<tr><th>{html.escape(name.replace('_', ' '))}</th>"
        f"{''.join(f'<td>{column[name]:.5g}</td>' for column in columns)}</tr>"
        for name, value in figures.items()
        if isinstance(value, (int, float))
    ]
    return f"<table>{head}{''.join(rows)}</table>"


def _row_table(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of rows that have the same names; nothing for none."""
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in rows[0])
    cells = [
        "".join(
            f"<td>{html.escape(f'{value:.5g}' if isinstance(value, float) else str(value))}</td>"
            for value in row.values()
        )
        for row in rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in cells)
    return f"<h2>{html.escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _confusion_table(evaluation: Evaluation) -> str:
    verdicts = ("spam", "unsure", "ham")
    head = "".join(f"<th>called {verdict}</th>" for verdict in verdicts)
    rows = [
        f"<tr><th>is {label}</th>{''.join(f'<td>{counts[verdict]}</td>' for verdict in verdicts)}</tr>"
        for label, counts in evaluation.confusion.items()
    ]
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _embed(title: str, drawing: Drawing, measured: Measured) -> str:
    """Return a drawing as an image within the page; the same data give the same bytes."""
    figure = Figure(figsize=(6.0, 4.5), layout="constrained")
    drawing(figure.subplots(), measured)
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "sigmail"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    caption, source = html.escape(title), f"data:image/svg+xml;base64,{data}"
    return f'<figure><figcaption>{caption}</figcaption><img alt="{caption}" src="{source}"></figure>'


def _draw_roc(axes: Axes, measured: Measured) -> None:
    RocCurveDisplay.from_predictions(measured.labels, measured.scores, name="filter", ax=axes)
    axes.set(xlabel="Share of ham lost", ylabel="Share of spam found")


def _draw_det(axes: Axes, measured: Measured) -> None:
    DetCurveDisplay.from_predictions(measured.labels, measured.scores, name="filter", ax=axes)
    axes.set(xlabel="Share of ham lost", ylabel="Share of spam missed")


def _draw_precision_recall(axes: Axes, measured: Measured) -> None:
    PrecisionRecallDisplay.from_predictions(measured.labels, measured.scores, name="filter", ax=axes)
    axes.set(xlabel="Recall: share of spam found", ylabel="Precision: share of spam among what was called so")


def _draw_calibration(axes: Axes, measured: Measured) -> None:
    bins = reliability_bins(measured.labels, measured.scores)
    shares = np.array([part.spam_share for part in bins])
    means = np.array([part.mean_probability for part in bins])
    CalibrationDisplay(shares, means, measured.scores).plot(ax=axes, name="filter")
    axes.set(xlabel="Mean probability", ylabel="Share of spam")


def _draw_histogram(axes: Axes, measured: Measured) -> None:
    evaluation = measured.evaluation
    for label, chosen in (("ham", ~measured.labels), ("spam", measured.labels)):
        scores = measured.scores[chosen]
        axes.hist(scores, bins=40, range=(0.0, 1.0), histtype="stepfilled", alpha=0.5, label=label)
    thresholds = ("ham below", evaluation.ham_below), ("spam from", evaluation.spam_from)
    for name, threshold in thresholds:
        axes.axvline(threshold, color="black", linestyle=":", label=f"{name} {threshold:.4g}")
    axes.set(xlabel="Probability of spam", ylabel="Messages", yscale="log")
    axes.legend()


def _draw_confusion(axes: Axes, measured: Measured) -> None:
    called_spam = measured.scores.astype(np.float64) >= measured.evaluation.spam_from
    counts = confusion_matrix(measured.labels, called_spam, labels=[False, True])
    ConfusionMatrixDisplay(counts, display_labels=["ham", "spam"]).plot(ax=axes, colorbar=False)
    axes.set(xlabel="Called, unsure counting as ham", ylabel="Is")
