"""``sigmail bench``: the kernels beside their peers on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sigmail.commands._output import echo_json

__all__ = ["bench"]


@click.command(epilog="\b\nExample:\n  sigmail bench --only 'sigmoid float32'")
@click.option(
    "--seconds", type=click.FloatRange(0.0, 600.0), default=2.0, show_default=True, help="For each case."
)
@click.option("--only", default="", metavar="TEXT", help="Only cases whose name holds this text.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Also write the record, with its date, to this folder.",
)
@click.option(
    "--show",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Measure nothing, but print the tables of this record.",
)
def bench(seconds: float, only: str, as_json: bool, record: Path | None, show: Path | None) -> None:
    """Set the kernels beside their peers.

    NumPy, SciPy, scikit-learn, PyTorch and ONNX Runtime do the same work in turn with ours, in one process
    and on one thread; printed are medians, and how many times as fast as each we were, beside what is asked.
    Then our kernels run on one thread and on two in turn. Peers that are not
    installed are named as left out (`pip install 'sigmail[bench]'` brings them). Answers are checked before
    they are timed, and a debug build is refused.
    """
    from sigmail.benchmark.report import measure, write_record  # noqa: PLC0415 - Only this verb needs it.
    from sigmail.benchmark.tables import as_lines  # noqa: PLC0415 - The same.

    if show is not None:
        found = json.loads(show.read_text(encoding="utf-8"))
    else:
        found = measure(seconds, only, lambda text: click.echo(text, err=True))
    if record is not None and show is None:
        click.echo(f"wrote {write_record(found, record)}", err=True)
    if as_json:
        echo_json(found)
    else:
        click.echo("\n".join(as_lines(found)))
