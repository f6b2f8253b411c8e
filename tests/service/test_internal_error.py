"""An error of our own code gets a 500 that says nothing, and a line in the log that says where."""

import pytest

from sigmail_service import Settings, create_app


@pytest.fixture
def application():
    application = create_app(Settings())

    @application.post("/fails")
    def fails():
        raise RuntimeError("zanzibarquux of a message")

    return application


def test_it_is_answered_without_its_text_and_logged_with_its_place(application, capsys):
    answer = application.test_client().post("/fails", headers={"X-Request-ID": "fails-1"})
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == "urn:sigmail:problem:internal-error"
    assert answer.json["request_id"] == "fails-1"
    logged = capsys.readouterr()
    for text in (answer.text, logged.out, logged.err):
        assert "zanzibarquux" not in text
        assert "Traceback" not in text
    line = next(
        line for line in logged.out.splitlines() + logged.err.splitlines() if "internal error" in line
    )
    assert "RuntimeError" in line
    assert "fails-1" in line
    assert "fails" in line
