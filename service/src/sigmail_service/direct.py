"""The usual `POST /classify`, answered without Flask.

Flask's routing, its objects for request and answer, and the checking of a query cost several times what the
judging of a message does. So a request that is plainly in order is answered here, by the same functions that
the view of `routes/classify.py` calls. Everything else, and every error but one of the rate, is left to the
view, so that there is one place where an error is worded.
"""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from apiflask import APIFlask

from sigmail.errors import MessageError
from sigmail.filter import Message, Replies, SpamFilter
from sigmail_service.callers import caller_name, charge_caller, has_rate
from sigmail_service.classifier import ANSWER_TYPE, count_verdicts, filter_of, judge, middle_of
from sigmail_service.draining import is_draining
from sigmail_service.heads import STATUS_LINES, date_line
from sigmail_service.keys import SHARED, Key, tenant_of
from sigmail_service.logs import logs_requests
from sigmail_service.messages import parse_json_message
from sigmail_service.problems import Problem
from sigmail_service.recording import history_of
from sigmail_service.tracing import HEADER, answer_headers, count_answers, log_answer, request_id_of
from sigmail_service.wsgi import Answer

__all__ = ["DirectClassify"]

_ROUTE = "/classify"
_QUERY = re.compile(rb"(?:explain=(100|[1-9]?[0-9]))?")
_REQUEST_ID = HEADER.lower().encode()
# Made once: what every answer has, but for its length and its id.
_FIXED_HEADERS = b"".join(
    name + b": " + value + b"\r\n"
    for name, value in Answer.of(200, ANSWER_TYPE, b"", answer_headers("")).headers
    if name not in (b"content-length", _REQUEST_ID)
)
# A reply to a plain request, up to the id of the request.
_BEFORE = STATUS_LINES[200] + _FIXED_HEADERS + _REQUEST_ID + b": "
_RANDOM_BYTES = 26
_REPLIES_A_POOL = 128
# How long the service may drain before a reply says so: to look for it takes a call of the system.
_SECONDS_BETWEEN_LOOKS = 0.01


def _random_pieces() -> list[bytes]:
    """Return random bytes for many replies; the system is asked for them at once."""
    random = os.urandom(_RANDOM_BYTES * _REPLIES_A_POOL)
    return [random[start : start + _RANDOM_BYTES] for start in range(0, len(random), _RANDOM_BYTES)]


def _text(body: bytes) -> str:
    return body.decode("utf-8-sig")


_READERS: dict[bytes, Callable[[bytes], Message]] = {
    b"text/plain": _text,
    b"text/plain; charset=utf-8": _text,
    b"text/plain;charset=utf-8": _text,
    b"message/rfc822": bytes,
    b"application/json": parse_json_message,
}


class DirectClassify:
    """Answers what is plainly a request to `/classify`; its figures are written by `count`, for many at once.

    Parameters
    ----------
    app
        The application, whose filter, rates and figures hold here too.
    """

    def __init__(self, app: APIFlask) -> None:
        self._app = app
        # Label, probability, whether a cap was hit, and seconds; threads add too.
        self._uncounted: deque[tuple[str, float, bool, float]] = deque()
        self._history = history_of(app)
        # What gives the replies, and the filter that they come from.
        self._replies: Replies | None = None
        self._judging: SpamFilter | None = None
        self._random: list[bytes] = []
        self._looked = 0.0

    @property
    def replies(self) -> bool:
        """Whether `reply` has answers: not where callers need a key or pay, or where messages are kept."""
        if self._app.config.get("REQUIRE_KEY", True) or has_rate(self._app):
            return False
        return self._history is None or not self._history.store_bodies

    @property
    def has_uncounted(self) -> bool:
        """Whether there is something for `count` to do."""
        return bool(self._uncounted)

    def reply(self, data: bytes, started: float) -> bytes | None:
        """Return the whole answer to a plain request as it is sent, or None if it needs a closer look.

        Called by the event loop alone.

        Parameters
        ----------
        data
            The whole request, of which `size_of_plain_request` said that it is one.
        started
            What `time.perf_counter` said when it had arrived.
        """
        if started - self._looked > _SECONDS_BETWEEN_LOOKS:
            if is_draining(self._app):
                return None
            self._looked = started
        replies = self._replies
        if replies is None or filter_of(self._app) is not self._judging:
            replies = self._judge_by(filter_of(self._app))
        now = time.time_ns()
        if not self._random:
            self._random = _random_pieces()
        after = date_line(now // 1_000_000_000)
        answered = replies.reply(data, now // 1_000_000, self._random.pop(), after)
        if answered is None:
            return None
        reply, request_id, label, probability, truncated, is_news = answered
        if is_news and self._history is not None:
            self._history.announce()
        seconds = time.perf_counter() - started
        self._uncounted.append((label, probability, truncated, seconds))
        if logs_requests():
            log_answer(_ROUTE, "POST", 200, seconds, request_id)
        return reply

    def _judge_by(self, spam_filter: SpamFilter) -> Replies:
        """Make ready what the replies of a filter have in common."""
        backlog, origin = None, None
        if self._history is not None:
            backlog, origin = self._history.backlog, self._history.origin(SHARED, spam_filter)
        replies = spam_filter.replies(_BEFORE, middle_of(spam_filter), backlog, origin)
        self._replies, self._judging = replies, spam_filter
        return replies

    def answer(
        self,
        scope: Mapping[str, Any],
        headers: Mapping[bytes, bytes],
        body: bytes,
        key: Key | None,
        started: float,
    ) -> Answer | None:
        """Return the answer, or None if the view has to find it.

        Parameters
        ----------
        scope
            The ASGI scope of a request whose key has been checked.
        headers
            Its headers, by their names in lower case.
        body
            Its body, not over the limit.
        key
            The key of the caller, if one was sent.
        started
            What `time.perf_counter` said when the body had arrived.

        Raises
        ------
        Problem
            If the caller has sent more than the rate allows.
        """
        if scope["path"] != _ROUTE or scope["method"] != "POST" or not body:
            return None
        query = _QUERY.fullmatch(scope["query_string"])
        reader = _READERS.get(headers.get(b"content-type", b"").lower())
        # A header that is sent twice is joined into one for the view.
        if query is None or reader is None or len(headers) != len(scope["headers"]):
            return None
        try:
            message = reader(body)
        except (Problem, UnicodeDecodeError):
            return None
        self._charge(scope, headers, key)
        try:
            answered = judge(self._app, message, int(query[1] or 0), tenant_of(key))
        except MessageError:
            return None
        request_id = request_id_of(headers.get(_REQUEST_ID, b"").decode("latin-1"))
        seconds = time.perf_counter() - started
        line, label, probability, truncated, _ = answered
        self._uncounted.append((label, probability, truncated, seconds))
        log_answer(_ROUTE, "POST", 200, seconds, request_id)
        headers_of_answer = [(_REQUEST_ID, request_id.encode())]
        if is_draining(self._app):
            headers_of_answer.append((b"connection", b"close"))
        return Answer(200, headers_of_answer, line, _FIXED_HEADERS)

    def count(self) -> None:
        """Put what was answered since the last time into the figures."""
        counted = []
        while self._uncounted:
            counted.append(self._uncounted.popleft())
        if counted:
            count_verdicts(one[:3] for one in counted)
            count_answers(_ROUTE, "POST", 200, [one[3] for one in counted])

    def _charge(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], key: Key | None) -> None:
        if not has_rate(self._app):
            return
        peer = (scope.get("client") or ("",))[0]
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        charge_caller(self._app, partial(caller_name, self._app, key.id if key else None, peer, forwarded))
