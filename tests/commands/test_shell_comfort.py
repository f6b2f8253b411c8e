"""Completion, the manual page, colours, and JSON wherever a script would want it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sigmail.commands._group import SECTIONS, VERBS

MANUAL = (
    Path(__file__).parents[2] / "python" / "sigmail.data" / "data" / "share" / "man" / "man1" / "sigmail.1"
)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_taken_by_it(sigmail, shell, tmp_path):
    done = sigmail("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    script = tmp_path / "script"
    script.write_text(done.stdout)
    if shutil.which(shell):
        subprocess.run([shell, "-n", str(script)], check=True)
    assert "_SIGMAIL_COMPLETE" in done.stdout


def test_bash_completes_verbs_and_options(sigmail_command):
    def completions(*words: str) -> list[str]:
        environment = os.environ | {
            "_SIGMAIL_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(["sigmail", *words]),
            "COMP_CWORD": str(len(words)),
        }
        done = subprocess.run(sigmail_command, env=environment, capture_output=True, text=True, check=False)
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert completions("cl") == ["classify"]
    assert completions("classify", "--ex") == ["--explain"]


def test_every_verb_stands_in_one_section_of_the_overview():
    listed = [name for names in SECTIONS.values() for name in names]
    assert len(listed) == len(set(listed))
    assert set(VERBS) <= set(listed)


def test_the_manual_page_in_the_wheel_is_that_of_this_version():
    from recipes.manual import page  # noqa: PLC0415 - It loads every verb.

    assert MANUAL.read_text(encoding="utf-8") == page(), "run `make manual`"


def test_man_reads_the_page_without_a_warning(sigmail, tmp_path):
    done = sigmail("man")
    assert (done.returncode, done.stderr) == (0, "")
    for verb in VERBS:
        assert f".SS sigmail {verb}" in done.stdout
    if shutil.which("groff"):
        source = tmp_path / "sigmail.1"
        source.write_text(done.stdout, encoding="utf-8")
        read = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", str(source)], capture_output=True, text=True, check=True
        )
        assert read.stderr == ""


def output_on_a_terminal(mail: Path, **environment: str) -> bytes:
    """Return what the command writes where its standard output is a terminal."""
    main, side = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "sigmail", "classify", str(mail)],
        stdout=side,
        env={name: value for name, value in os.environ.items() if name != "NO_COLOR"} | environment,
    ) as process:
        os.close(side)
        written = b""
        while True:
            try:
                chunk = os.read(main, 4096)
            except OSError:  # Linux says so when the other side is closed.
                break
            if not chunk:
                break
            written += chunk
        process.wait()
    os.close(main)
    return written


def test_colours_are_for_terminals_and_for_those_who_want_them(sigmail, mails):
    mail = mails.spam / "000.eml"
    assert b"\x1b[" in output_on_a_terminal(mail)
    assert b"\x1b[" not in output_on_a_terminal(mail, NO_COLOR="1")
    assert b"\x1b[" in output_on_a_terminal(mail, NO_COLOR="")
    assert "\x1b[" not in sigmail("classify", mail).stdout


def test_the_sum_as_json_adds_up(sigmail, model, mails):
    told = json.loads(sigmail("explain", mails.spam / "000.eml", "--model", model, "--json").stdout)
    assert told["bias"] + sum(reason["weight"] for reason in told["reasons"]) == pytest.approx(
        told["logit"], abs=1e-4
    )


def test_the_neuron_as_json():
    from click.testing import CliRunner  # noqa: PLC0415 - Only this test runs it here.

    from sigmail.commands import main  # noqa: PLC0415

    picture = ["neuron", "--input", "1", "--input", "0", "--weight", "7", "--weight", "3", "--bias", "-2"]
    told = json.loads(CliRunner().invoke(main, [*picture, "--json"]).stdout)
    assert told == {"sum": 5.0, "sigmoid": pytest.approx(0.9933, abs=5e-5), "label": "spam"}
    infinite = CliRunner().invoke(main, ["neuron", "--input", "inf", "--weight", "1", "--json"])
    assert infinite.exit_code == 1


def test_training_as_json(sigmail, mails, tmp_path):
    out = tmp_path / "x.sigmail"
    done = sigmail("train", "--spam", mails.spam, "--ham", mails.ham, "--out", out, "--seed", 1, "--json")
    told = json.loads(done.stdout)
    assert told["facts"]["held_out"]["messages"] == 80
    assert (
        json.loads(sigmail("classify", mails.ham / "000.eml", "--model", out, "--json").stdout)["model"]
        == (told["model"])
    )
