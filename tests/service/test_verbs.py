"""The verbs that the service adds to the command `sigmail`."""

import subprocess

import pytest

from sigmail_service.keys_command import keys
from sigmail_service.serve import serve


@pytest.mark.parametrize("command", [keys, serve], ids=lambda command: command.name)
def test_the_overview_lists_it_with_the_line_of_its_own_help(sigmail_command, command):
    shown = subprocess.run([*sigmail_command, "--help"], capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in shown.splitlines() if line.split()[:1] == [command.name]]
    assert line.split(maxsplit=1)[1] == command.get_short_help_str(limit=200)
