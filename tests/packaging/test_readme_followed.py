"""README followed line by line in a clean environment: install, train, evaluate, compare, serve, ask."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import requests

import sigmail

pytestmark = pytest.mark.packaging

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SPAM_WORDS = ["casino", "pills", "offer", "winner", "prize", "loan", "cheap", "bonus", "click", "claim"]
HAM_WORDS = ["meeting", "agenda", "review", "minutes", "patch", "release", "draft", "lunch", "notes", "plan"]
MAILS = 60


def lines_under(heading):
    """Return the indented commands below a heading."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^    (\S.*)$", section, re.MULTILINE)


def mail(words, number):
    """Return one of many mails, of which no two are the same."""
    chosen = [words[(number * step + step) % len(words)] for step in (1, 3, 7)]
    text = " ".join([*chosen, f"number {number}", words[number % len(words)]])
    return f"From: a@example.org\nSubject: {chosen[0]} {number}\n\n{text}\n".encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A newcomer's home: a Maildir, the spam in its folder `.Junk`, and more of both in mboxes."""
    folder = tmp_path_factory.mktemp("home")
    for place, words in (("Maildir/.Junk", SPAM_WORDS), ("Maildir", HAM_WORDS)):
        for kind in ("cur", "new", "tmp"):
            (folder / place / kind).mkdir(parents=True)
        for number in range(MAILS):
            (folder / place / "cur" / f"{number}.host:2,S").write_bytes(mail(words, number))
    for name, words in (("more-spam.mbox", SPAM_WORDS), ("more-ham.mbox", HAM_WORDS)):
        mails = [b"From a@example.org Mon Jan  5 10:00:00 2026\n" + mail(words, 100 + n) for n in range(20)]
        (folder / name).write_bytes(b"\n".join(mails))
    return folder


@pytest.fixture(scope="module")
def environment(home, wheels, run, tmp_path_factory, free_port):
    """A shell's variables in a new virtual environment, in which pip finds our wheels before others."""
    folder = tmp_path_factory.mktemp("newcomer")
    run(sys.executable, "-m", "venv", folder)
    constraints = folder / "constraints.txt"
    constraints.write_text(f"sigmail=={sigmail.__version__}\nsigmail-service=={sigmail.__version__}\n")
    return os.environ | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "PIP_CONSTRAINT": str(constraints),
        "PIP_FIND_LINKS": str(wheels),
        "PIP_QUIET": "1",
        "SIGMAIL_PORT": str(free_port()),
    }


def test_every_line_works(home, environment, wheels, run, only):
    installs, work = lines_under("From Python"), lines_under("On your own mail")
    assert [line.split()[:2] for line in installs] == [["pip", "install"]] * 3
    assert [line.split()[1] for line in work] == ["train", "evaluate", "compare", "serve"]
    for line in installs:
        run("bash", "-euc", line, env=environment, cwd=home)
    core = "import sigmail._core as core; print(core.__file__)"
    installed = run("python", "-c", core, env=environment, cwd=home).strip()
    with zipfile.ZipFile(only(wheels, "sigmail-*.whl")) as ours:
        assert Path(installed).read_bytes() == ours.read("sigmail/_core.abi3.so")
    train, evaluate, compare, serve = work
    run("bash", "-euc", train, env=environment, cwd=home)
    assert (home / "my.sigmail").stat().st_size > 0
    told = json.loads(run("bash", "-euc", f"{evaluate} --json", env=environment, cwd=home))
    assert told
    assert list((home / "report").iterdir())
    compared = run("bash", "-euc", compare, env=environment, cwd=home)
    counts = re.match(r"(\d+) messages to train on, (\d+) held out", compared).groups()
    assert sum(map(int, counts)) == 2 * MAILS  # The folder `.Junk` is no part of the Maildir around it.
    assert "MLPClassifier" in compared
    ask(serve, home, environment)


def ask(serve, home, environment):
    """Serve the model that was trained, and have it judge a message of each kind."""
    url = f"http://127.0.0.1:{environment['SIGMAIL_PORT']}/classify"
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(["bash", "-euc", f"exec {serve}"], stderr=log, env=environment, cwd=home) as service,
    ):
        try:
            spam, ham = (post(url, mail(words, 7), service) for words in (SPAM_WORDS, HAM_WORDS))
        finally:
            service.terminate()
    assert service.returncode == 0
    assert spam["probability"] > 0.5 > ham["probability"]


def post(url, message, service):
    """Post as soon as the service listens."""
    deadline = time.monotonic() + 30.0
    while True:
        try:
            answer = requests.post(url, message, headers={"Content-Type": "message/rfc822"}, timeout=10.0)
        except requests.ConnectionError:
            assert service.poll() is None, "the service ended"
            assert time.monotonic() < deadline, "the service did not answer"
            time.sleep(0.1)
        else:
            assert answer.status_code == 200
            return answer.json()
