"""Serves a rival on loopback: ``python -m service_bench.rivals.serve NAME PORT WORKERS``."""

from __future__ import annotations

import gc
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, request
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

__all__ = ["ROUTE"]

ROUTE = "/rival"
_ANSWER = '{"label": "ham", "probability": 0.0123456789}\n'
_TYPE = "application/json"
_TRAINING_MAILS = 2_000


def empty_flask() -> Flask:
    """Return an application whose one route reads the body and answers with a constant."""
    app = Flask("empty")

    @app.post(ROUTE)
    def answer() -> Response:
        request.get_data(cache=False)
        return Response(_ANSWER, content_type=_TYPE)

    return app


def scikit_learn() -> Flask:
    """Return an application whose route judges by TF-IDF and logistic regression, trained on public mail."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - Other rivals need it not.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    from service_bench.rivals.mails import read_labelled  # noqa: PLC0415

    mails = read_labelled()
    step = max(1, len(mails) // _TRAINING_MAILS)
    texts = [mail.message.decode("latin-1") for mail in mails[::step]]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=200))
    model.fit(texts, [mail.is_spam for mail in mails[::step]])
    app = Flask("scikit-learn")

    @app.post(ROUTE)
    def answer() -> dict[str, object]:
        text = request.get_data(cache=False).decode("latin-1")
        probability = float(model.predict_proba([text])[0, 1])
        return {"label": "spam" if probability >= 0.5 else "ham", "probability": probability}

    return app


def empty_wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Read the body and answer with a constant, by WSGI alone."""
    environ["wsgi.input"].read()
    body = _ANSWER.encode()
    start_response("200 OK", [("Content-Type", _TYPE), ("Content-Length", str(len(body)))])
    return [body]


def _on_our_server(app: Flask, port: int, workers: int) -> None:
    """Serve with the settings of `sigmail serve` and its bridge between the loop and WSGI."""
    from apiflask import APIFlask  # noqa: PLC0415

    from sigmail_service.bridge import Bridge  # noqa: PLC0415
    from sigmail_service.logs import configure_logging  # noqa: PLC0415
    from sigmail_service.server import supervisor_of  # noqa: PLC0415
    from sigmail_service.settings import Settings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(port=port, workers=workers, data_dir=Path(folder), log_level="warning")
        configure_logging(settings)
        bridge = partial(Bridge, cast("APIFlask", app), settings)
        supervisor = supervisor_of(settings, "127.0.0.1", bridge)
        signal.signal(signal.SIGTERM, supervisor.stop)
        gc.freeze()  # As `sigmail serve` does, so that the workers look for no garbage in what they inherit.
        supervisor.run()


def _by_wsgi(app: Callable[..., Any], port: int, workers: int) -> None:
    """Serve by granian's WSGI interface with one thread a worker, which is the fastest that it has."""
    server = Granian(
        "rival",
        port=port,
        workers=workers,
        interface=Interfaces.WSGI,
        blocking_threads=1,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=lambda: app, wrap_loader=False)


_RIVALS: dict[str, Callable[[int, int], None]] = {
    "empty-route": lambda port, workers: _on_our_server(empty_flask(), port, workers),
    "empty-route-wsgi": lambda port, workers: _by_wsgi(empty_flask(), port, workers),
    "empty-wsgi": lambda port, workers: _by_wsgi(empty_wsgi, port, workers),
    "scikit-learn": lambda port, workers: _on_our_server(scikit_learn(), port, workers),
}

if __name__ == "__main__":
    name, port, workers = sys.argv[1:]
    _RIVALS[name](int(port), int(workers))
