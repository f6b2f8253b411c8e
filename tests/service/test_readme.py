"""What the READMEs show is what a newcomer sees: their commands run as they stand, in a shell."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVICE_README = (ROOT / "service" / "README.md").read_text(encoding="utf-8")
ADDRESS = "127.0.0.1:8000"
MAIL = b"From: a@example.org\r\nSubject: You have WON\r\n\r\nClaim your FREE prize now, no obligation!\r\n"


def consoles():
    """Return the commands of the blocks `console`, each with the output that is shown."""
    blocks = re.findall(r"```console\n\$ (.*?)```", README, re.DOTALL)
    return [re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", block, re.DOTALL).groups() for block in blocks]


@pytest.fixture
def shell(tmp_path, service):
    """Run a line in a shell, in a folder with a mail; curl finds our service where the README has its own."""
    (tmp_path / "mail.eml").write_bytes(MAIL)
    (tmp_path / ".curlrc").write_text(
        f'connect-to = "{ADDRESS}:127.0.0.1:{service.port}"\n', encoding="utf-8"
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "CURL_HOME": str(tmp_path), "SIGMAIL_DATA_DIR": str(tmp_path)}

    def run(line):
        if line.startswith("curl") and shutil.which("curl") is None:
            pytest.skip("there is no curl here")
        # What curl tells of its progress goes to standard error, as it does for a newcomer.
        command = ["bash", "-euo", "pipefail", "-c", line]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def test_it_opens_with_the_two_commands_and_make_knows_them():
    opening = README[: README.index("```")]
    lines = re.findall(r"^    (make \w+)", opening, re.MULTILINE)
    assert lines == ["make serve", "make test"]
    for line in lines:
        command = [*line.split(), "--dry-run", "--no-print-directory"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith(".venv/bin/")


def test_every_console_block_is_known_to_these_tests():
    assert [command.split()[0] for command, _ in consoles()] == ["curl", "sigmail"]


def test_curl_gets_the_answer_that_is_shown(shell):
    command, shown = consoles()[0]
    told, seen = json.loads(shown), json.loads(shell(command))
    for answer in (told, seen):  # They name this verdict and this model.
        assert re.fullmatch("[0-9a-f]{32}", answer.pop("id"))
        assert re.fullmatch("[0-9a-f]{12}", answer.pop("model"))
    weights = [[reason.pop("weight") for reason in answer["reasons"]] for answer in (told, seen)]
    assert weights[1] == pytest.approx(weights[0], rel=1e-3)
    assert seen["reasons"] == told["reasons"]
    assert seen.pop("thresholds") == pytest.approx(told.pop("thresholds"), rel=1e-3)
    assert seen.pop("probability") == pytest.approx(told.pop("probability"), rel=1e-3)
    assert seen == told


def test_a_raw_mail_is_sent_as_it_is_said(shell):
    (options,) = re.findall(r"\(`(-H [^`]+)`\)", README)
    answer = json.loads(shell(f"curl 'http://{ADDRESS}/classify?explain=1' {options}"))
    assert answer["label"] in {"spam", "unsure", "ham"}
    assert len(answer["reasons"]) == 1


def test_the_neuron_is_drawn_as_it_is_shown(shell):
    command, shown = consoles()[1]
    assert shell(command) == shown


def test_the_commands_of_the_service_run(shell):
    block = re.findall(r"^    (.+)$", SERVICE_README, re.MULTILINE)
    assert [line.split()[0] for line in block] == ["sigmail", "curl"]
    assert len(json.loads(shell(block[1]))["reasons"]) == 5
    assert "max_body_bytes" in shell("sigmail serve --check")
    (create,) = re.findall(r"`(sigmail keys create [^`]+)`", SERVICE_README)
    key = shell(create).split()[-1]
    named = create.split()[3]
    assert named in shell("sigmail keys list")
    assert key not in shell("sigmail keys list")


def test_the_commands_of_the_models_run(shell):
    named = re.findall(r"`sigmail (replay|models \w+)[^`]*`", SERVICE_README)
    assert set(named) >= {"models list", "models activate", "replay"}
    for verb in set(named):
        assert shell(f"sigmail {verb} --help").startswith(f"Usage: sigmail {verb}")
    shell("sigmail models list")


def test_the_address_that_is_shown_is_the_one_that_is_served():
    from sigmail_service.settings import Settings  # noqa: PLC0415 - Only this test asks.

    fields = Settings.model_fields
    assert f"{fields['host'].default}:{fields['port'].default}" == ADDRESS
    assert set(re.findall(r"http://([\d.:]+)", README + SERVICE_README)) == {ADDRESS}


@pytest.mark.parametrize("path", ["README.md", "service/README.md", "docs/page.md"])
def test_every_link_leads_somewhere(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert targets
    for target in targets:
        assert ((ROOT / path).parent / target.partition("#")[0]).exists(), target


def test_the_python_lines_run():
    (lines,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(lines, names)  # noqa: S102 - Our own README.
    verdict = names["verdict"]
    assert verdict.label == "spam"
    assert len(verdict.reasons) == 3
