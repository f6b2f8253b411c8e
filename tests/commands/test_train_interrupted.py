"""``sigmail train`` and Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from itertools import product
from string import ascii_letters

import pytest

import sigmail as package


def run_until(command, words):
    """Run on a terminal until its progress shows the words, press Ctrl-C, return code and output."""
    terminal, other_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "sigmail", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=other_end,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "150"},
    ) as process:
        os.close(other_end)
        shown, pressed = b"", False
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # The other end was closed: the command is done.
                break
            if not piece:
                break
            shown += piece
            if not pressed and words in shown:
                process.send_signal(signal.SIGINT)
                pressed = True
        stdout = process.stdout.read()
    os.close(terminal)
    return process.returncode, stdout, shown


def test_ctrl_c_writes_the_model_so_far(tmp_path):
    pytest.importorskip("rich")
    out, table = tmp_path / "x.sigmail", tmp_path / "table.tsv"
    spam, ham = (
        [f"{label}\t{words} {''.join(letters)} note" for letters in product(ascii_letters, repeat=2)]
        for label, words in (("spam", "casino prize water"), ("ham", "kernel patch water"))
    )
    table.write_text("\n".join(spam + ham))
    command = ("train", "--table", table, "--out", out, "--algorithm", "network")
    code, stdout, shown = run_until(command, b"pass 3")
    assert code == 130, shown
    assert b"Interrupted: the model is what was learnt so far." in shown
    assert b"Held out while it was judged" in stdout
    assert package.SpamFilter.load(out).facts["interrupted"] is True
