"""Every command and snippet of the documentation runs as it stands, and answers as the page says."""

from __future__ import annotations

import doctest
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = "127.0.0.1:8000"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if not {"_build", "records"} & set(path.parts)
)
NOT_RUN = {"text", "html", ""}
"""What is no command: output, which the test of the tutorial holds to the scripts, and markup."""

ran: Counter[str] = Counter()


def of_languages(snippets):
    return {snippet.language for snippet in snippets if not snippet.language.startswith("{")}


@pytest.mark.parametrize("page", PAGES)
def test_every_snippet_of_a_page_runs(page: str, request, snippets_of: Callable) -> None:
    snippets = [snippet for snippet in snippets_of(ROOT / page) if not snippet.language.startswith("{")]
    unknown = of_languages(snippets) - NOT_RUN - {"console", "python", "toml"}
    assert not unknown, f"{page} has blocks that no test runs: {unknown}"
    names: dict[str, object] = {"__name__": "page"}
    for snippet in snippets:
        if snippet.language == "console":
            run_console(snippet, request.getfixturevalue("shell"))
        elif snippet.language == "python":
            run_python(snippet, names, request)
        elif snippet.language == "toml":
            take_settings(snippet)


def run_console(snippet, shell) -> None:
    for command, expected in snippet.commands():
        done = shell(command)
        assert done.returncode == 0, f"$ {command}\n{done.stdout}\n{done.stderr}"
        if expected.strip():
            found = doctest.OutputChecker().check_output(expected, done.stdout, FLAGS)
            assert found, f"$ {command}\n{done.stdout}"
        ran["commands"] += 1


def run_python(snippet, names: dict[str, object], request) -> None:
    port = request.getfixturevalue("service").port
    request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("workplace"))
    exec(snippet.text.replace(ADDRESS, f"127.0.0.1:{port}"), names)  # noqa: S102 - Our own pages.
    ran["Python blocks"] += 1


def take_settings(snippet) -> None:
    from sigmail_service.settings import Settings  # noqa: PLC0415 - Only pages with settings ask.

    Settings(**tomllib.loads(snippet.text))
    ran["configurations"] += 1


def test_all_of_them_ran(snippets_of: Callable, request, record_property) -> None:
    """Count what stands in the pages against what ran, when all pages were tested."""
    told = [snippet for page in PAGES for snippet in snippets_of(ROOT / page)]
    standing = Counter(
        {
            "commands": sum(len(list(one.commands())) for one in told if one.language == "console"),
            "Python blocks": sum(one.language == "python" for one in told),
            "configurations": sum(one.language == "toml" for one in told),
        }
    )
    if len([item for item in request.session.items if "test_every_snippet" in item.name]) < len(PAGES):
        pytest.skip("only some of the pages were tested")
    record_property("snippets", json.dumps(ran))
    print(f"ran {ran.total()} of {standing.total()}: {dict(ran)}")  # noqa: T201 - The count is asked for.
    assert ran == standing


def test_the_reference_of_the_command_line_shows_every_verb_at_work(snippets_of: Callable) -> None:
    commands = [
        command
        for snippet in snippets_of(ROOT / "docs/reference/command-line.md")
        if snippet.language == "console"
        for command, _ in snippet.commands()
    ]
    verbs = {verb for command in commands for verb in re.findall(r"(?:^|[|] )sigmail (\w+)", command)}
    assert {"train", "classify", "explain", "evaluate", "neuron", "compare", "doctor"} <= verbs
