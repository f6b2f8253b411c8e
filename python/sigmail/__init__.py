"""Sigmail: a self-hosted spam filter, from one neuron to a filter that says why.

* :class:`SpamFilter`: message in, :class:`Verdict` out
* :func:`sigmoid`, :func:`neuron`, :func:`network`: the numeric core, on NumPy arrays
* ``sigmail.features``, ``sigmail.logistic``, ``sigmail.network``, ``sigmail.training``: learning, the
  scikit-learn way (they need ``pip install "sigmail[train]"``)
* :mod:`sigmail.errors`: what can go wrong
"""

from typing import TYPE_CHECKING

from sigmail._core import build_info, neuron, sigmoid
from sigmail._core import network as network
from sigmail.errors import (
    InvalidTypeError,
    InvalidValueError,
    MessageError,
    ModelFileError,
    SigmailError,
)

if TYPE_CHECKING:
    from sigmail.filter import Explanation, Reason, SpamFilter, Verdict
else:

    def __getattr__(name: str) -> object:
        """Import the filter when it is asked for: ``sigmail --help`` needs it not."""
        if name in {"Explanation", "Reason", "SpamFilter", "Verdict"}:
            from sigmail import filter as home  # noqa: PLC0415 - That is the point of it.

            return getattr(home, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__: str = build_info()["version"]

__all__ = [
    "Explanation",
    "InvalidTypeError",
    "InvalidValueError",
    "MessageError",
    "ModelFileError",
    "Reason",
    "SigmailError",
    "SpamFilter",
    "Verdict",
    "__version__",
    "build_info",
    "network",
    "neuron",
    "sigmoid",
]
