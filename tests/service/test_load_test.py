"""The load test: it passes against the service, and fails on a missed objective and on a wrong answer."""

import itertools
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

from sigmail.filter import SpamFilter

FOLDER = Path(__file__).parents[2] / "loadtest"
LAX = "p50 = 5000\np95 = 5000\np99 = 5000\nfailure_share = 0.0\nrequests_per_second = 1\n"

# Not `importorskip`: importing Locust patches the standard library for the rest of the run.
pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="the group loadtest is not installed")


@pytest.fixture
def objectives(tmp_path):
    def write(text):
        path = tmp_path / "objectives.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def run_load_test(tmp_path):
    def run(path):
        command = [sys.executable, str(FOLDER / "run.py"), "--seconds", "3", "--users", "4", "--workers", "1"]
        command += ["--objectives", str(path), "--results", str(tmp_path / "results")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_it_passes_against_the_service_and_leaves_its_reports(run_load_test, objectives, tmp_path):
    result = run_load_test(objectives(LAX))
    assert result.returncode == 0, result.stdout + result.stderr
    report = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    for media_type in ("text/plain", "message/rfc822", "application/json", "multipart/form-data"):
        assert media_type in report
    assert (tmp_path / "results" / "report_stats.csv").exists()
    log = (tmp_path / "results" / "service.log").read_text(encoding="utf-8")
    assert "stopped" in log
    assert "Traceback" not in log


def test_an_objective_that_nothing_can_reach_fails_it(run_load_test, objectives):
    result = run_load_test(objectives(LAX.replace("requests_per_second = 1", "requests_per_second = 1e9")))
    assert result.returncode == 1
    assert "MISSED requests_per_second" in result.stdout


class LyingHandler(BaseHTTPRequestHandler):
    """A server whose every fourth label does not agree with its probability."""

    protocol_version = "HTTP/1.1"
    numbers = itertools.count()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        number = next(self.numbers)
        asked = int(self.path.partition("explain=")[2] or 0)
        body = json.dumps(
            {
                "id": str(number),
                "label": "ham" if number % 4 else "spam",
                "probability": 0.1,
                "thresholds": {"ham": 0.2, "spam": 0.9},
                "model": "m",
                "reasons": [{"token": "t", "field": "body", "weight": -1.0}] * min(asked, 1),
                "truncated": False,
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def test_a_wrong_answer_fails_it(objectives):
    with ThreadingHTTPServer(("127.0.0.1", 0), LyingHandler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [
            sys.executable,
            "-m",
            "locust",
            "--locustfile",
            str(FOLDER / "locustfile.py"),
            "--headless",
        ]
        command += ["--users", "2", "--run-time", "2s", "--host", f"http://127.0.0.1:{server.server_port}"]
        command += ["--objectives", str(objectives(LAX)), "--only-summary"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        server.shutdown()
    assert result.returncode == 1
    assert "the label does not agree with the probability" in result.stdout + result.stderr
    assert "MISSED failure_share" in result.stdout


@pytest.fixture
def loadtest(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import checks  # noqa: PLC0415 - Found by the path set here.
    import messages  # noqa: PLC0415

    return checks, messages


def good_answer():
    return {
        "id": "1",
        "label": "unsure",
        "probability": 0.5,
        "thresholds": {"ham": 0.2, "spam": 0.9},
        "model": "m",
        "reasons": [
            {"token": "a", "field": "body", "weight": -2.0},
            {"token": "b", "field": "body", "weight": 1.0},
        ],
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"label": "spam"}, "label"),
        ({"probability": 1.5}, "probability"),
        ({"probability": "0.5"}, "probability"),
        ({"probability": 0.95}, "label"),
        ({"thresholds": {"ham": 0.6, "spam": 0.9}}, "label"),
        ({"reasons": []}, "none came"),
        ({"reasons": [{"token": "", "field": "body", "weight": 1.0}]}, "names no token"),
        ({"reasons": [{"token": "a", "field": "body", "weight": 1.0}] * 3}, "more reasons"),
        ({"id": "0"}, "id came before"),
    ],
)
def test_a_fault_of_an_answer_is_named(loadtest, change, fault):
    checks, messages = loadtest
    sample = messages.Sample("text/plain", "text/plain", b"x", 2, has_words=True)
    found = checks.fault_of(sample, 200, good_answer() | change, {"0"})
    assert found is None if fault is None else fault in found


def test_a_weaker_reason_before_a_stronger_one_is_a_fault(loadtest):
    checks, messages = loadtest
    answer = good_answer()
    answer["reasons"].reverse()
    sample = messages.Sample("text/plain", "text/plain", b"x", 2, has_words=True)
    assert "strongest" in checks.fault_of(sample, 200, answer, set())


def test_reasons_that_nobody_asked_for_and_a_status_are_faults(loadtest):
    checks, messages = loadtest
    sample = messages.Sample("text/plain", "text/plain", b"x", 0, has_words=True)
    assert "more reasons" in checks.fault_of(sample, 200, good_answer(), set())
    assert checks.fault_of(sample, 503, None, set()) == "status 503"
    assert checks.fault_of(sample, 200, {"label": "ham"}, set()) == "members are missing"


def test_the_messages_are_varied_and_the_same_for_the_same_seed(loadtest):
    _, messages = loadtest
    first = list(itertools.islice(messages.samples(7), 400))
    assert first == list(itertools.islice(messages.samples(7), 400))
    assert first != list(itertools.islice(messages.samples(8), 400))
    assert {sample.media_type for sample in first} == set(messages.CONTENT_TYPES)
    sizes = [len(sample.body) for sample in first]
    assert min(sizes) < 20
    assert max(sizes) > 30_000
    assert any(b"<html>" in sample.body for sample in first)
    assert any(not sample.body.isascii() for sample in first)


def test_a_verdict_that_the_named_version_does_not_give_is_a_fault(loadtest, tmp_path):
    Offline = loadtest[0].Offline
    offline = Offline([])
    spam_filter = SpamFilter.default()
    verdict, version = spam_filter.classify("Win a free prize now"), spam_filter.identity
    message, probability, label = "Win a free prize now", verdict.probability, verdict.label
    assert offline.fault_of(message, version, probability, label) is None
    assert "off line" in offline.fault_of(message, version, probability / 2, label)
    assert "off line" in offline.fault_of(message, version, probability, "other")
    assert "--model-files" in offline.fault_of(message, "0" * 12, probability, label)
    spam_filter.learn(message, "ham")
    spam_filter.save(tmp_path / "learnt.sigmail")
    learnt = spam_filter.classify(message)
    known = Offline([tmp_path])
    assert known.fault_of(message, spam_filter.identity, learnt.probability, learnt.label) is None


def test_the_message_of_each_sample_is_what_the_service_judges(loadtest, service):
    _, messages = loadtest
    for sample in itertools.islice(messages.samples(3), 40):
        headers = {"Content-Type": sample.content_type}
        answer = requests.post(f"{service.url}/classify", data=sample.body, headers=headers, timeout=20)
        if sample.message is not None:
            assert answer.json()["probability"] == SpamFilter.default().classify(sample.message).probability


def test_mails_of_a_folder_are_sent(loadtest, tmp_path):
    _, messages = loadtest
    mails = {b"Subject: one\n\nfirst\n", b"Subject: two\n\nsecond\n"}
    for number, mail in enumerate(mails):
        (tmp_path / f"{number}.eml").write_bytes(mail)
    assert set(itertools.islice(messages.raw_mails(1, tmp_path), 50)) == mails


def test_the_fault_of_an_answer_to_a_wrong_request_is_named(loadtest):
    checks, _ = loadtest
    document = {"type": "urn:a", "title": "b", "status": 422, "detail": "c"}
    assert checks.fault_of_problem(422, 422, document) is None
    assert "status 500" in checks.fault_of_problem(422, 500, document)
    assert "problem document" in checks.fault_of_problem(422, 422, {"error": 1})
    assert "another status" in checks.fault_of_problem(415, 415, document)


def test_the_fault_of_a_batch_is_named(loadtest):
    checks, _ = loadtest
    good = json.dumps({"index": 0, **good_answer(), "reasons": []})
    assert checks.fault_of_batch([b"a"], 200, good, set(), None) is None
    assert "status 503" in checks.fault_of_batch([b"a"], 503, good, set(), None)
    assert "1 answers to 2" in checks.fault_of_batch([b"a", b"b"], 200, good, set(), None)
    assert "in order" in checks.fault_of_batch([b"a", b"b"], 200, f"{good}\n{good}", set(), None)
    assert "no JSON" in checks.fault_of_batch([b"a"], 200, "{", set(), None)


SHAPES_PROGRAM = """
import sys; sys.path.insert(0, sys.argv[1])
from shapes import SHAPES
print([[SHAPES[name](10, share / 10) for share in range(10)] for name in ("steady", "ramp", "spike")])
"""


def test_the_shapes_are_what_their_names_say():
    command = [sys.executable, "-c", SHAPES_PROGRAM, str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    steady, ramp, spike = json.loads(done.stdout)
    assert steady == [10] * 10
    assert ramp == list(range(1, 11))
    assert spike == [10] * 4 + [50] * 2 + [10] * 4


def test_objectives_with_an_unknown_or_a_missing_name_are_refused(loadtest, objectives):
    checks, _ = loadtest
    for text in (LAX + "p42 = 1\n", LAX.replace("p50 = 5000\n", "")):
        with pytest.raises(ValueError, match="p50"):
            checks.Objectives.load(objectives(text))
