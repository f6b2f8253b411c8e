"""The line of a request, which is written in one step, is the one that structlog would write."""

import json
import re
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, structlog
from sigmail_service import logs
from sigmail_service.settings import Settings
logs.configure_logging(Settings(log_format=sys.argv[1], log_level=sys.argv[2]))
members = dict(request_id="a.b-c_1", method="POST", route="/models/<id>", status=200, milliseconds=0.25)
logs.log_request(**members)
structlog.get_logger("sigmail_service").info("request", **members, worker=os.getpid())
"""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def lines(log_format, level):
    command = [sys.executable, "-c", PROGRAM, log_format, level]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stderr.splitlines()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_both_ways_write_the_same_but_for_the_time(log_format):
    quick, slow = lines(log_format, "info")
    assert TIME.search(quick)
    assert TIME.sub("T", quick) == TIME.sub("T", slow)
    if log_format == "json":
        assert json.loads(quick)["route"] == "/models/<id>"


def test_neither_writes_below_its_level():
    assert lines("text", "warning") == []
