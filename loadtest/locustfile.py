"""Puts the service under load by users of several kinds, checks every answer, and judges the run."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from checks import Objectives
from shapes import SHAPES, NamedShape
from users import BulkScanner, Corrector, FormPoster, MailGateway, Misbehaver, Sender

# Locust takes its users and its shape from what this file names.
__all__ = [
    "BulkScanner",
    "Corrector",
    "FormPoster",
    "MailGateway",
    "Misbehaver",
    "NamedShape",
    "Sender",
]


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_options(parser: ArgumentParser) -> None:
    """Add the options of this file to Locust's own."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the messages")
    parser.add_argument(
        "--mails", type=Path, help="folder, mbox or archive of mails to send; made ones if unset"
    )
    parser.add_argument(
        "--model-files",
        type=Path,
        nargs="*",
        help="model files or folders of them that answers are checked by",
    )
    parser.add_argument("--key", default="", env_var="LOADTEST_KEY", is_secret=True, help="API key to send")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="steady", help="how the users come and go")
    parser.add_argument("--requests", type=int, default=0, help="end after so many requests; 0 is no limit")
    parser.add_argument(
        "--objectives",
        default=str(Path(__file__).with_name("objectives.toml")),
        help="TOML file of what the run must reach",
    )


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def judge(environment: Environment, **_options: Any) -> None:
    """Set the exit code: 0 if every objective was reached, else 1. Of many processes the master judges."""
    if isinstance(environment.runner, WorkerRunner):
        return
    total = environment.stats.total
    measured = {
        "p50": float(total.get_response_time_percentile(0.5) or 0.0),
        "p95": float(total.get_response_time_percentile(0.95) or 0.0),
        "p99": float(total.get_response_time_percentile(0.99) or 0.0),
        "failure_share": total.fail_ratio,
        "requests_per_second": total.total_rps,
    }
    options: Any = environment.parsed_options
    missed = Objectives.load(Path(options.objectives)).missed(measured)
    for name, value in measured.items():
        print(f"{name:20} {value:g}")
    for line in missed:
        print(f"MISSED {line}")
    environment.process_exit_code = 1 if missed or not total.num_requests else 0
