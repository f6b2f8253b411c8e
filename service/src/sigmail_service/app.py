"""The application factory."""

from __future__ import annotations

from apiflask import APIFlask

from sigmail import __version__
from sigmail_service import (
    access,
    callers,
    classifier,
    description,
    draining,
    errors,
    recording,
    sessions,
    tracing,
)
from sigmail_service.messages import MessageRequest
from sigmail_service.routes import (
    batch,
    classify,
    docs,
    feedback,
    health,
    history,
    home,
    metrics,
    models,
    neuron,
    training_page,
)
from sigmail_service.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> APIFlask:
    """Return the service as a WSGI application.

    Parameters
    ----------
    settings
        What the operator set; None takes the defaults and the environment.

    Raises
    ------
    ModelFileError, OSError
        If the model file that the settings name cannot be loaded.
    """
    settings = settings or Settings()
    app = APIFlask("sigmail_service", title="Sigmail", version=__version__, docs_path=None)
    app.request_class = MessageRequest
    app.url_map.merge_slashes = False  # A path that is not there is not found, and nobody is sent elsewhere.
    # One byte over the limit, so that a body of undeclared length is seen to be over it and not silently cut.
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes + 1
    app.config["MAX_FORM_MEMORY_SIZE"] = None
    tracing.init_app(app)
    errors.init_app(app)
    classifier.init_app(app, settings)
    callers.init_app(app, settings)
    access.init_app(app, settings)
    recording.init_app(app, settings)
    sessions.init_app(app, settings)
    draining.init_app(app)
    for blueprint in (
        classify.blueprint,
        batch.blueprint,
        feedback.blueprint,
        history.blueprint,
        health.blueprint,
        metrics.blueprint,
        models.blueprint,
        training_page.blueprint,
        docs.blueprint,
        home.blueprint,
        neuron.blueprint,
    ):
        app.register_blueprint(blueprint)
    description.init_app(app)
    return app
