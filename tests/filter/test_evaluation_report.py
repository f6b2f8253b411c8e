"""The page of an evaluation: complete in itself, the same each time, and harmless."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pytest

from sigmail.evaluation import evaluate
from sigmail.report import write_report


class Page(HTMLParser):
    """Collects the tags, their references, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [value for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data):
        self.text += data


def scores(spread, size=400):
    generator = np.random.default_rng(3)
    labels = np.arange(size) % 2 == 0
    return labels, np.clip(0.5 + 0.4 * (2 * labels - 1) + generator.normal(0, spread, size), 0, 1).astype(
        "float32"
    )


@pytest.mark.parametrize(
    "spread", [0.3, 0.0]
)  # An ordinary filter, and a perfect one, whose curves are corners.
def test_the_report_holds_every_figure_and_six_drawings_and_refers_to_nothing(tmp_path, spread):
    labels, probabilities = scores(spread)
    figures = evaluate(labels, probabilities, 0.2, 0.9)
    page = write_report(tmp_path / "deep" / "report", labels, probabilities, figures, "0123456789ab")
    found = Page(page.read_text(encoding="utf-8"))
    assert found.tags.count("img") == 6
    assert all(reference.startswith("data:image/svg+xml;base64,") for reference in found.references)
    assert "script" not in found.tags
    assert "0123456789ab" in found.text
    assert f"{figures.one_minus_auc_percent:.5g}" in found.text
    saved = json.loads((page.parent / "figures.json").read_text(encoding="utf-8"))
    assert {name: saved[name] for name in figures.as_dict()} == figures.as_dict()
    assert sum(part["count"] for part in saved["reliability_bins"]) == len(labels)


def test_the_same_data_give_the_same_bytes(tmp_path):
    labels, probabilities = scores(0.3)
    figures = evaluate(labels, probabilities, 0.2, 0.9)
    first, second = (
        write_report(tmp_path / name, labels, probabilities, figures, "m").read_bytes() for name in ("a", "b")
    )
    assert first == second


def test_what_comes_from_outside_is_escaped(tmp_path):
    labels, probabilities = scores(0.3)
    figures = evaluate(labels, probabilities, 0.2, 0.9)
    page = write_report(tmp_path, labels, probabilities, figures, "<script>alert(1)</script>")
    assert "script" not in Page(page.read_text(encoding="utf-8")).tags
