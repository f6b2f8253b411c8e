"""bogofilter in its bulk mode, where it is installed: a program of its own, so CPU time is what counts."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

__all__ = ["Bogofilter"]


class Bogofilter:
    """A trained bogofilter with a word list of its own, in a folder that goes away with ``stack``."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    @classmethod
    def find(cls, stack: ExitStack) -> Self | None:
        """Return one without training, or None where the program is not installed."""
        program = shutil.which("bogofilter")
        if program is None:
            return None
        return cls(program, Path(stack.enter_context(tempfile.TemporaryDirectory())))

    def train(self, mails: Sequence[bytes], labels: Iterable[bool]) -> None:
        """Learn mails, spam where the label is true."""
        kinds = list(labels)
        for name, option, wanted in (("spam", "-s", True), ("ham", "-n", False)):
            chosen = [mail for mail, kind in zip(mails, kinds, strict=True) if kind == wanted]
            self._run(option, self._write(name, chosen))

    def seconds(self, mails: Sequence[bytes]) -> float:
        """Return the CPU time a mail of judging all of them in one call."""
        folder = self._write("test", mails)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._run("-t", folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(mails)

    def _write(self, name: str, mails: Iterable[bytes]) -> Path:
        folder = self._folder / name
        folder.mkdir()
        for number, mail in enumerate(mails):
            (folder / f"{number:06}").write_bytes(mail)
        return folder

    def _run(self, option: str, folder: Path) -> None:
        command = [self._program, "-d", str(self._folder), option, "-B", str(folder)]
        # 0 to 2 are verdicts; 3 is a failure.
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode > 2:  # noqa: S603
            raise OSError(f"{self._program} failed")
