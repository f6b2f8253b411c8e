"""``sigmail doctor``: what is sound is said to be, and what is wrong is found."""

from __future__ import annotations

import json


def findings_of(done):
    report = json.loads(done.stdout)
    return report["sound"], {finding["name"]: finding for finding in report["findings"]}


def test_this_installation_is_sound(sigmail):
    done = sigmail("doctor", "--json")
    sound, findings = findings_of(done)
    assert (done.returncode, done.stderr, sound) == (0, "", True)
    assert {finding["state"] for finding in findings.values()} == {"ok"}
    assert {"python", "sigmail", "kernels", "model", "sigmail-service"} <= set(findings)
    assert "sigmoid(5) = 0.9933" in findings["kernels"]["text"]


def test_a_service_that_answers_is_ok(sigmail, service):
    sound, findings = findings_of(sigmail("doctor", "--url", service.url, "--json"))
    assert sound
    assert '"ready"' in findings["service"]["text"]


def test_a_service_that_is_not_there_is_wrong_and_the_text_says_what_to_do(sigmail, free_port):
    done = sigmail("doctor", "--url", f"http://127.0.0.1:{free_port()}", "--json")
    sound, findings = findings_of(done)
    assert (done.returncode, done.stderr, sound) == (1, "", False)
    assert "sigmail serve" in findings["service"]["text"]


def test_something_that_is_no_service_is_wrong(sigmail, service):
    done = sigmail("doctor", "--url", f"{service.url}/nowhere", "--json")
    assert done.returncode == 1
    assert findings_of(done)[1]["service"]["state"] == "wrong"
    assert sigmail("doctor", "--url", "file:///etc").returncode == 1


def test_a_damaged_model_is_found(sigmail, model, tmp_path):
    damaged = tmp_path / "damaged.sigmail"
    data = bytearray(model.read_bytes())
    data[-100] ^= 1
    damaged.write_bytes(data)
    done = sigmail("doctor", "--model", damaged)
    assert done.returncode == 1
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("wrong"))
    assert "digest" in line


def test_what_may_be_missing_is_absent_and_no_fault(sigmail, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as metadata\n"
        "found = metadata.version\n"
        "def version(name):\n"
        "    if name == 'scikit-learn':\n"
        "        raise metadata.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "metadata.version = version\n"
    )
    done = sigmail("doctor", environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("absent"))
    assert 'pip install "sigmail[train]"' in line
