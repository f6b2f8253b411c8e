"""Read messages, labelled or not, from wherever people keep them. Nothing is unpacked to disk.

A path is a mail file, an mbox, a Maildir, a folder (searched to the bottom) or a tar archive of these, plain
or compressed; a table is CSV, TSV or JSON Lines. Content decides, not names. Everything is read as a stream,
in a fixed order, in time linear in its size, and with a cap on each message.
"""

from __future__ import annotations

from sigmail.corpus.chronology import in_date_order, message_date
from sigmail.corpus.content import content_alone
from sigmail.corpus.index import read_index
from sigmail.corpus.kinds import as_message, looks_like_mail
from sigmail.corpus.labelled import read_labelled
from sigmail.corpus.labels import Label, LabelledMessage, parse_label
from sigmail.corpus.messages import read_messages, read_stream
from sigmail.corpus.streams import MAX_MESSAGE_BYTES
from sigmail.corpus.tables import read_table

__all__ = [
    "MAX_MESSAGE_BYTES",
    "Label",
    "LabelledMessage",
    "as_message",
    "content_alone",
    "in_date_order",
    "looks_like_mail",
    "message_date",
    "parse_label",
    "read_index",
    "read_labelled",
    "read_messages",
    "read_stream",
    "read_table",
]
