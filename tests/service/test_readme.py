"""What the README shows is what a newcomer sees."""

import json
import re
import shlex
from pathlib import Path

import requests

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_it_opens_with_the_two_commands() -> None:
    opening = README[: README.index("```")]
    assert opening.index("make serve") < opening.index("make test")


def test_curl_gets_the_answer_that_it_shows(service) -> None:
    (shown,) = [block for block in blocks("console") if block.startswith("$ curl")]
    command, answer = shown.removeprefix("$ ").split("\n{", 1)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "curl"
    url, options = words[1], dict(zip(words[2::2], words[3::2], strict=True))
    name, _, value = options["-H"].partition(": ")
    response = requests.post(
        url.replace("http://127.0.0.1:8000", service.url),
        options["-d"].encode(),
        headers={name: value},
        timeout=10,
    )
    told, seen = json.loads("{" + answer), response.json()
    assert told.pop("id") != seen.pop("id")
    assert seen == told


def test_the_python_lines_run() -> None:
    (lines,) = blocks("python")
    names: dict[str, object] = {}
    exec(lines, names)  # noqa: S102 - Our own README.
    verdict = names["verdict"]
    assert verdict.label == "spam"
    assert len(verdict.reasons) == 3
