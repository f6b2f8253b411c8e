"""Rspamd as Debian ships it, on a port of its own, without what it would ask of the network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["SECONDS_TO_COMPILE", "command", "configure"]

# After it listens it compiles its expressions, in the first moments that nobody asks it anything.
SECONDS_TO_COMPILE = 15.0

_USER = "_rspamd"
_OFF = (
    "rbl", "surbl", "spf", "dkim", "dmarc", "arc", "asn", "fuzzy_check", "phishing", "greylist", "ratelimit",
    "history_redis", "neural", "url_redirector",
)  # fmt: skip


def configure(folder: Path, port: int, workers: int) -> None:
    """Write into a folder what differs from the configuration of the package."""
    local = folder / "rspamd" / "local.d"
    local.mkdir(parents=True)
    (folder / "rspamd" / "override.d").mkdir()
    for name in _OFF:
        (local / f"{name}.conf").write_text("enabled = false;\n")
    (local / "worker-normal.inc").write_text(
        f'bind_socket = "127.0.0.1:{port}";\ncount = {workers};\nenabled = true;\n'
    )
    for name in ("worker-controller.inc", "worker-proxy.inc", "worker-fuzzy.inc"):
        (local / name).write_text("enabled = false;\n")
    (local / "options.inc").write_text(
        'dns { nameserver = ["127.0.0.1"]; timeout = 0.01s; retransmits = 0; }\n'
    )
    (local / "logging.inc").write_text('type = "console";\nlevel = "error";\n')
    if os.geteuid() == 0:
        folder.chmod(0o755)
        for path in (folder / "rspamd").rglob("*"):
            shutil.chown(path, _USER)
        shutil.chown(folder / "rspamd", _USER)


def command(folder: Path) -> list[str]:
    """Return the command that serves what `configure` wrote."""
    own = folder / "rspamd"
    variables = {"LOCAL_CONFDIR": own, "DBDIR": own, "RUNDIR": own, "LOGDIR": own}
    given = [part for name, value in variables.items() for part in ("--var", f"{name}={value}")]
    user = ["--user", _USER, "--group", _USER] if os.geteuid() == 0 else []
    return ["rspamd", "--no-fork", *user, *given]
