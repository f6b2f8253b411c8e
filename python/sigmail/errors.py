"""The errors of Sigmail. Every one derives from :class:`SigmailError`."""

from __future__ import annotations

__all__ = [
    "InvalidTypeError",
    "InvalidValueError",
    "MessageError",
    "ModelFileError",
    "SigmailError",
]


class SigmailError(Exception):
    """The base of every error that Sigmail raises on purpose."""


class InvalidValueError(SigmailError, ValueError):
    """A value or a shape is wrong; the text gives it, and what is allowed."""


class InvalidTypeError(SigmailError, TypeError):
    """A type or a dtype is wrong; the text gives it, and what is allowed."""


class ModelFileError(SigmailError, ValueError):
    """A model file is damaged, or is none; the text says at which check it failed."""


class MessageError(SigmailError, ValueError):
    """A message or a mailbox cannot be read; the text says which, and why."""
