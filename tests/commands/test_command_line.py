"""What holds for every verb: help, version, exit codes, one clear line, a reader that goes away."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import entry_points

import click
import pytest

import sigmail as package
from sigmail.commands import main
from sigmail.commands._group import VERBS

OWN_VERBS = sorted(set(VERBS) - {"serve"})


def test_help_lists_every_verb(sigmail):
    done = sigmail("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for verb, text in VERBS.items():
        assert f"  {verb}" in done.stdout
        assert text in done.stdout


def test_without_a_verb_the_help_is_shown(sigmail):
    done = sigmail()
    assert "Judge mail:" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_the_packages(sigmail):
    done = sigmail("--version")
    assert (done.returncode, done.stdout) == (0, f"sigmail, version {package.__version__}\n")


@pytest.mark.parametrize("verb", OWN_VERBS)
def test_the_help_of_a_verb_gives_an_example_and_the_line_of_the_overview(sigmail, verb):
    done = sigmail(verb, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"  sigmail {verb} " in done.stdout or f"| sigmail {verb}" in done.stdout
    command = getattr(importlib.import_module(f"sigmail.commands.{verb}"), verb)
    assert command.get_short_help_str(limit=200) == VERBS[verb]


def test_an_unknown_verb_is_exit_code_2(sigmail):
    done = sigmail("clasify")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'clasify'" in done.stderr


def test_serve_comes_from_the_service_or_says_how_to_install_it(sigmail):
    done = sigmail("serve", "--port", "no-number")
    if "serve" in {entry.name for entry in entry_points(group="sigmail.commands")}:
        assert done.returncode == 2
        assert "no-number" in done.stderr
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert "pip install sigmail-service" in done.stderr


def test_without_the_service_any_call_of_serve_says_how_to_install_it(sigmail, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as metadata\n"
        "found = metadata.entry_points\n"
        "metadata.entry_points = lambda **group: [e for e in found(**group) if e.name != 'serve']\n"
    )
    for arguments in ((), ("--help",), ("--port", "1", "x")):
        done = sigmail("serve", *arguments, environment={"PYTHONPATH": str(tmp_path)})
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.strip().endswith("pip install sigmail-service")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["train", "evaluate", "compare"])
def test_messages_of_both_labels_must_be_named(sigmail, verb, tmp_path):
    out = ("--out", tmp_path / "x") if verb == "train" else ()
    for arguments, missing in (
        ((), "--spam and --ham"),
        (("--spam", "x"), "--ham"),
        (("--ham", "x"), "--spam"),
    ):
        done = sigmail(verb, *arguments, *out)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"give {missing}, or a --table" in done.stderr


def test_a_missing_extra_is_one_line_with_the_command_that_installs_it(sigmail, tmp_path):
    (tmp_path / "sklearn.py").write_text(
        "raise ModuleNotFoundError('No module named sklearn', name='sklearn')\n"
    )
    table = tmp_path / "table.tsv"
    table.write_text("spam\twin\nham\thello\n")
    done = sigmail("compare", "--table", table, environment={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith('pip install "sigmail[train]"\n')
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_ends_the_command_quietly():
    arguments = [part for _ in range(400) for part in ("--input", "1", "--weight", "1")]
    with subprocess.Popen(
        [sys.executable, "-m", "sigmail", "neuron", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode != 0


def test_help_and_the_neuron_import_nothing_heavy():
    code = (
        "import sys, contextlib\n"
        "from sigmail.commands import main\n"
        "for arguments in (['--help'], ['classify', '--help'], ['compare', '--help'],\n"
        "                  ['neuron', '--input', '1', '--weight', '1']):\n"
        "    main(arguments, standalone_mode=False)\n"
        "heavy = {'numpy', 'scipy', 'sklearn', 'matplotlib', 'rich', 'sigmail_service', 'sigmail.corpus'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_verb_of_another_package_is_listed_and_found(sigmail, tmp_path):
    (tmp_path / "other.py").write_text(
        "import click\n@click.command()\ndef greet():\n    click.echo('hello')\n"
    )
    metadata = tmp_path / "other-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[sigmail.commands]\ngreet = other:greet\nbroken = other_none:x\n"
    )
    environment = {"PYTHONPATH": str(tmp_path)}
    assert "From other-package." in sigmail("--help", environment=environment).stdout
    assert sigmail("greet", environment=environment).stdout == "hello\n"
    done = sigmail("broken", environment=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: `sigmail broken` comes from other-package, which can't be loaded: ")


def test_the_group_is_a_click_group_for_programs_that_embed_it():
    assert isinstance(main, click.Group)
    context = click.Context(main)
    assert main.list_commands(context)[: len(VERBS)] == list(VERBS)
    assert main.get_command(context, "no-such-verb") is None
