"""`sigmail bench`: what it prints and writes, on one short case; and the tables of a record."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sigmail.benchmark.race import OURS, Case, race
from sigmail.benchmark.tables import as_lines
from sigmail.commands import main
from sigmail.errors import InvalidValueError


@pytest.fixture
def record():
    """A record of two cases: one whose bar is met, and one whose bar is not."""

    def outcome(name, ratio):
        return {
            "name": name,
            "seconds": {OURS: 2e-3, "scipy": 2e-3 * ratio, "torch": 1e-2},
            "ratios": {"scipy": ratio, "torch": 5.0},
            "bars": {"scipy": 2.0},
            "rounds": 7,
        }

    return {
        "date": "2026-01-02T03:04:05+00:00",
        "processor": "a processor",
        "cores": 2,
        "load_before": 0.0,
        "load_after": 1.0,
        "build": {"simd": "avx2"},
        "peers": {"scipy": "1.17", "torch": "2.15", "onnxruntime": None},
        "one_thread": [outcome("quick", 2.5), outcome("slow", 1.5)],
        "two_threads": [
            {"name": "quick", "seconds": [2e-3, 1e-3], "ratio": 2.0, "limits": {"copy": 1.1}, "rounds": 7}
        ],
    }


def test_tables_set_the_bars_beside_what_was_measured(record):
    lines = as_lines(record)
    assert "| quick | 2.00 scipy | 2.50 | yes |" in lines
    assert "| slow | 2.00 scipy | 1.50 | no |" in lines
    assert "| quick | 2 ms | torch | 10 ms | 5.00 |" in lines
    assert "| quick | 2 ms | 1 ms | 2.00 | 1.6 | yes | copy 1.10 |" in lines
    assert "Left out, since not installed: onnxruntime." in lines


def test_the_tables_of_a_record_can_be_shown_again(record, tmp_path):
    path = tmp_path / "kernels.json"
    path.write_text(json.dumps(record))
    result = CliRunner().invoke(main, ["bench", "--show", str(path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == as_lines(record)


def test_a_case_is_raced_and_recorded(tmp_path):
    only = "one Python float"
    result = CliRunner().invoke(
        main, ["bench", "--seconds", "0", "--only", only, "--record", str(tmp_path), "--json"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    (path,) = tmp_path.glob("kernels-*.json")
    assert json.loads(path.read_text()) == found
    assert path.with_suffix(".md").read_text().splitlines() == as_lines(found)
    assert only in found["one_thread"][0]["name"]
    assert found["one_thread"][0]["seconds"][OURS] > 0
    assert found["processor"]


def test_another_answer_stops_the_race():
    case = Case("sum", {OURS: lambda: [1.0, 2.0], "peer": lambda: [1.0, 3.0]}, {})
    with pytest.raises(InvalidValueError, match="peer 1 away from sigmail"):
        race(case, 0)
