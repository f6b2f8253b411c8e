"""``sigmail neuron``: the first picture, drawn and computed."""

# ruff: noqa: RUF001 - The drawing multiplies by the sign that stands for it.

from __future__ import annotations

import pytest

PICTURE = ("neuron", "--input", 1, "--input", 0, "--weight", 7, "--weight", 3, "--bias", -2)


def test_the_first_picture_is_drawn_and_computed(sigmail):
    done = sigmail(*PICTURE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "     1 ─── × 7 ──╮",
        "     0 ─── × 3 ──┼──▶ Σ = 5 ──▶ sigmoid = 0.9933 ──▶ 1: spam",
        "  bias ─── -2  ──╯",
        "",
        "sum      1 × 7 + 0 × 3 - 2 = 5",
        "sigmoid  1 / (1 + exp(-5)) = 0.9933",
        "rounded  1: spam",
    ]


def test_a_terminal_without_boxes_gets_plain_ascii(sigmail):
    done = sigmail(*PICTURE, environment={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "     0 --- x 3 --+--> sum = 5 --> sigmoid = 0.9933 --> 1: spam\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--input", 1, "--weight", -3), "1 × -3 + 0 = -3\n"),
        (("--input", 1, "--weight", -3), "= 0.0474\nrounded  0: ham"),
        (("--input", 0, "--weight", 1), "= 0.5000\nrounded  1: spam"),
        (("--input", 1, "--weight", 20), "= 1 - 2.06e-09\nrounded  1: spam"),
        (("--input", 1, "--weight", -20), "= 2.06e-09\nrounded  0: ham"),
        (("--input", "inf", "--weight", 1), "= inf\n"),
        (("--input", "inf", "--weight", -1), "= 0.0000\nrounded  0: ham"),
        (("--input", "1e308", "--weight", "1e308"), "= 1.0000\nrounded  1: spam"),
        (("--input", "-0", "--weight", 1), "0 × 1 + 0 = 0\n"),
    ],
)
def test_other_neurons(sigmail, arguments, says):
    done = sigmail("neuron", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert says in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--input", 1, "--input", 0, "--weight", 7), "inputs are 2 and the weights 1:"),
        (("--input", 1, "--weight", 7, "--weight", 3), "inputs are 1 and the weights 2:"),
        (("--input", "nan", "--weight", 1), "NaN"),
        (("--input", 1, "--weight", 1, "--bias", "nan"), "NaN"),
        (("--input", "one", "--weight", 1), "'one'"),
        (("--weight", 1), "--input"),
        ((), "--input"),
    ],
)
def test_a_wrong_call_is_exit_code_2(sigmail, arguments, says):
    done = sigmail("neuron", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--input", "inf", "--weight", 0), ("--input", "inf", "--input", "-inf", "--weight", 1, "--weight", 1)],
)
def test_a_sum_that_is_no_number_is_one_clear_line(sigmail, arguments):
    done = sigmail("neuron", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the sum is not a number")
    assert done.stderr.count("\n") == 1
