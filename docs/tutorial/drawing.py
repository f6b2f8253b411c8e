"""What the chapters share to draw with: one look, one folder for the plots, one neuron."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

mpl.use("svg")

PLOTS = Path(os.environ.get("SIGMAIL_PLOTS", Path(__file__).parent / "plots"))
"""Where the plots go; a test names a folder of its own."""

PAPER, INK, GREY = "#fbf9f4", "#2b2a33", "#9a97a6"
SPAM, HAM, NEURON = "#d6336c", "#1c7ed6", "#8a3ffc"

mpl.rcParams.update(
    {
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlepad": 12.0,
        "font.size": 11.0,
        "legend.frameon": False,
        "lines.linewidth": 2.4,
        "svg.hashsalt": "sigmail",
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
)


def canvas(columns: int = 1, height: float = 4.0) -> tuple[Figure, list[Axes]]:
    """Return a figure as wide as a page, and its axes from the left to the right."""
    figure, axes = plt.subplots(1, columns, figsize=(8.0, height), squeeze=False, layout="constrained")
    return figure, list(axes[0])


def save(figure: Figure, name: str) -> None:
    """Leave a plot as `name`.svg, the same bytes each time."""
    PLOTS.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOTS / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def draw_neuron(
    axes: Axes, inputs: Sequence[str], contributions: Sequence[float], bias: float, logit: float, answer: str
) -> None:
    """Draw a neuron: a line an input, the thicker the more it adds, red for spam and blue for ham."""
    axes.set_axis_off()
    axes.set(xlim=(-0.62, 1.62), ylim=(-0.08, 1.08))
    entries = [*zip(inputs, contributions, strict=True), ("bias", bias)]
    largest = max(abs(value) for _, value in entries) or 1.0
    for number, (name, value) in enumerate(entries):
        height = 1.0 - number / max(len(entries) - 1, 1)
        colour = SPAM if value > 0 else HAM if value < 0 else GREY
        axes.plot(
            [0.0, 0.72], [height, 0.5], color=colour, linewidth=1.0 + 5.0 * abs(value) / largest, alpha=0.8
        )
        axes.text(-0.03, height, name, ha="right", va="center", fontsize=10)
        along = 0.3
        axes.text(
            along * 0.72,
            height + along * (0.5 - height),
            f"{value:+.3g}",
            ha="center",
            va="center",
            fontsize=9,
            bbox={"boxstyle": "round,pad=0.2", "facecolor": PAPER, "edgecolor": "none"},
        )
    axes.plot([0.8, 1.13], [0.5, 0.5], color=INK, zorder=1)
    axes.scatter([0.78], [0.5], s=2600, color=PAPER, edgecolors=NEURON, linewidths=2.4, zorder=2)
    axes.text(0.78, 0.5, f"Σ\n{logit:.3g}", ha="center", va="center", zorder=3)
    axes.text(1.16, 0.5, answer, ha="left", va="center", fontsize=11)
