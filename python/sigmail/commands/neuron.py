"""``sigmail neuron``: the picture that all of this grew out of."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import click

from sigmail import sigmoid
from sigmail.commands._output import can_write, echo_json
from sigmail.errors import InvalidValueError

__all__ = ["neuron"]


@dataclasses.dataclass(frozen=True, slots=True)
class Strokes:
    """What a drawing is made of: `joins` are the joints of the top row, the rows between, and the last."""

    line: str
    joins: str
    joins_with_arrow: str
    arrow: str
    times: str
    total: str


_BOX = Strokes(
    line="─", joins="╮┤╯", joins_with_arrow="┬┼┴", arrow="──▶", times="\N{MULTIPLICATION SIGN}", total="Σ"
)
_ASCII = Strokes(line="-", joins="+++", joins_with_arrow="+++", arrow="-->", times="x", total="sum")


def _number(value: float) -> str:
    return f"{value + 0.0:.6g}"  # Adding 0 turns -0 into 0.


def _probability(value: float) -> str:
    """Return four decimals, or the distance to 0 or 1 where four decimals would hide it."""
    if 0.0 < value < 0.0001:
        return f"{value:.3g}"
    if 0.9999 < value < 1.0:
        return f"1 - {1.0 - value:.3g}"
    return f"{value:.4f}"


def _weighted_sum(inputs: Sequence[float], weights: Sequence[float], bias: float) -> float:
    """Return inputs times weights plus bias, or say why that is no number."""
    total = sum(value * weight for value, weight in zip(inputs, weights, strict=True)) + bias
    if math.isnan(total):
        raise InvalidValueError(
            "the sum is not a number: it holds infinity times zero, or infinities of both signs; "
            "give finite inputs and weights"
        )
    return total


def draw(inputs: Sequence[float], weights: Sequence[float], bias: float, strokes: Strokes) -> list[str]:
    """Return the lines of the drawing: a row for each input, one for the bias, the arrow from the middle."""
    total = _weighted_sum(inputs, weights, bias)
    output = float(sigmoid(total))
    labels = [*map(_number, inputs), "bias"]
    factors = [*(f"{strokes.times} {_number(weight)}" for weight in weights), _number(bias)]
    label_width, factor_width = max(map(len, labels)), max(map(len, factors))
    middle, last = len(labels) // 2, len(labels) - 1
    rows = []
    for row, (label, factor) in enumerate(zip(labels, factors, strict=True)):
        place = 0 if row == 0 else 2 if row == last else 1
        joint = (strokes.joins_with_arrow if row == middle else strokes.joins)[place]
        rows.append(
            f"  {label:>{label_width}} {strokes.line * 3} {factor:<{factor_width}} {strokes.line * 2}{joint}"
        )
    parts = f"{strokes.total} = {_number(total)}", f"sigmoid = {_probability(output)}", _rounded(output)
    rows[middle] += "".join(f"{strokes.arrow} {part} " for part in parts).rstrip()
    return rows


def _rounded(output: float) -> str:
    """Return the output rounded to 0 or 1, one half upwards, and what it stands for."""
    return "1: spam" if output >= 0.5 else "0: ham"


def written_out(inputs: Sequence[float], weights: Sequence[float], bias: float, times: str) -> list[str]:
    """Return the sum, its sigmoid and the rounding, as one would write them by hand."""
    total = _weighted_sum(inputs, weights, bias)
    output = float(sigmoid(total))
    products = " + ".join(
        f"{_number(value)} {times} {_number(weight)}" for value, weight in zip(inputs, weights, strict=True)
    )
    return [
        f"sum      {products} + {_number(bias)} = {_number(total)}".replace("+ -", "- "),
        f"sigmoid  1 / (1 + exp({_number(-total)})) = {_probability(output)}",
        f"rounded  {_rounded(output)}",
    ]


def _not_nan(
    _: click.Context, parameter: click.Parameter, value: Sequence[float] | float
) -> Sequence[float] | float:
    values = value if isinstance(value, tuple) else (value,)
    if any(isinstance(item, float) and math.isnan(item) for item in values):
        raise click.BadParameter("NaN is no number that a neuron could weigh.", param=parameter)
    return value


@click.command(
    epilog='\b\nExample, one word in capitals weighing 7 and one "viagra" weighing 3:\n'
    "  sigmail neuron --input 1 --input 0 --weight 7 --weight 3 --bias -2"
)
@click.option(
    "--input",
    "inputs",
    type=float,
    multiple=True,
    required=True,
    callback=_not_nan,
    metavar="NUMBER",
    help="An input; once for each.",
)
@click.option(
    "--weight",
    "weights",
    type=float,
    multiple=True,
    required=True,
    callback=_not_nan,
    metavar="NUMBER",
    help="The weight of the input in the same place.",
)
@click.option(
    "--bias",
    type=float,
    default=0.0,
    show_default=True,
    callback=_not_nan,
    metavar="NUMBER",
    help="What is added to the sum.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the sum and its sigmoid as one object of JSON.")
def neuron(inputs: tuple[float, ...], weights: tuple[float, ...], bias: float, as_json: bool) -> None:
    """Draw and compute one neuron.

    The inputs times their weights, plus the bias, through the sigmoid: one half and more is spam.
    """
    if len(inputs) != len(weights):
        raise click.UsageError(
            f"the inputs are {len(inputs)} and the weights {len(weights)}: give a --weight for each --input."
        )
    if as_json:
        total = _weighted_sum(inputs, weights, bias)
        if math.isinf(total):
            raise InvalidValueError("the sum is infinite, which JSON can't write; give finite numbers")
        output = float(sigmoid(total))
        echo_json({"sum": total, "sigmoid": output, "label": "spam" if output >= 0.5 else "ham"})
        return
    strokes = _BOX if can_write("".join(dataclasses.astuple(_BOX))) else _ASCII
    for line in [
        *draw(inputs, weights, bias, strokes),
        "",
        *written_out(inputs, weights, bias, strokes.times),
    ]:
        click.echo(line)
