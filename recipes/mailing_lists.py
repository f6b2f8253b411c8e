"""Which mailing list, or other place, a mail was sent to: what keeps mail of one kind together in folds.

Only the training part is asked, and only for its folds; no filter reads these headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.parser import BytesHeaderParser

import numpy as np
import numpy.typing as npt

from recipes.corpora import Mail
from sigmail import _core

__all__ = ["groups_by_list", "list_of"]

_HEADERS = ("List-Id", "X-Mailing-List", "X-BeenThere", "Sender", "Delivered-To", "Errors-To", "To")
_ADDRESS = re.compile(r"<[^<>@\s]+>|[\w.+-]+@[\w.-]+")


def list_of(message: bytes) -> str | None:
    """Return the first address or identifier that the headers of a list name, or None."""
    headers = BytesHeaderParser().parsebytes(message)
    for name in _HEADERS:
        if found := _ADDRESS.search(str(headers.get(name, ""))):
            return found[0].lower()
    return None


def groups_by_list(mails: Iterable[Mail]) -> npt.NDArray[np.uint64]:
    """Return a number a mail: ham of one list has one, any other mail that of its body.

    Spam comes to lists from outside, so that it is of no list's kind.
    """
    of_list: dict[str, int] = {}
    groups = []
    for mail in mails:
        body = _core.body_fingerprint(mail.message)
        name = None if mail.is_spam else list_of(mail.message)
        groups.append(body if name is None else of_list.setdefault(name, body))
    return np.array(groups, dtype=np.uint64)
