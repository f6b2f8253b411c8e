"""Posts varied messages in all content types, checks every answer, and judges the run by its objectives."""

from __future__ import annotations

import itertools
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

from checks import Objectives, fault_of
from messages import samples

_numbers = itertools.count()
_seen_ids: set[str] = set()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_options(parser: ArgumentParser) -> None:
    """Add the options of this file to Locust's own."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the messages")
    parser.add_argument(
        "--objectives",
        default=str(Path(__file__).with_name("objectives.toml")),
        help="TOML file of what the run must reach",
    )


class Sender(FastHttpUser):
    """A user who posts one message after another, with a short rest between them."""

    wait_time = between(0.0, 0.05)

    def on_start(self) -> None:
        """Give each user messages of their own."""
        self._samples = samples(self.environment.parsed_options.seed * 100_000 + next(_numbers))

    @task
    def classify(self) -> None:
        """Post one message and check its verdict."""
        sample = next(self._samples)
        path = f"/classify?explain={sample.explain}" if sample.explain else "/classify"
        with self.client.post(
            path,
            data=sample.body,  # type: ignore[arg-type] # It takes bytes.
            headers={"Content-Type": sample.content_type},
            name=sample.media_type,
            catch_response=True,
        ) as response:
            fault = fault_of(sample, response.status_code, _json_of(response), _seen_ids)
            if fault is not None:
                response.failure(fault)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def judge(environment: Environment, **_options: Any) -> None:
    """Set the exit code: 0 if every objective was reached, else 1."""
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


def _json_of(response: Any) -> Any:
    try:
        return response.json()
    except (TypeError, ValueError):
        return None
