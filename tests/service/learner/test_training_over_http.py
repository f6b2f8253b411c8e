"""The real service: corrected, trained, switched and switched back, and the page that shows it."""

import re
import time

import pytest
import requests

from sigmail_service.keys import KeyStore

CAMPAIGN = "Dear colleague, the gazebo parasol in teak, order {0}, waits for you in Lower Sidlington."


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    store = KeyStore(folder / "keys.json")
    tokens = {
        "admin": store.create("admin", ("admin",))[1],
        "reader": store.create("reader", ("classify",))[1],
        "blue": store.create("blue", ("admin",), "blue")[1],
    }
    return folder, {name: {"X-API-Key": token} for name, token in tokens.items()}


@pytest.fixture(scope="module")
def taught(start_service, keys):
    folder, headers = keys
    with start_service("--workers", "2", "--data-dir", str(folder), "--require-key") as service:
        yield service, headers


def classify(service, header, text):
    whole = {**header, "Content-Type": "text/plain"}
    return requests.post(f"{service.url}/classify", data=text.encode(), headers=whole, timeout=20).json()


def wait_until(condition):
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def train(service, header):
    asked = requests.post(f"{service.url}/models/train", headers=header, timeout=20)
    assert asked.status_code == 202
    place = service.url + asked.headers["Location"]
    wait_until(lambda: requests.get(place, headers=header, timeout=20).json()["ended"])
    return requests.get(place, headers=header, timeout=20).json()


def correct(service, header, label, numbers):
    for number in numbers:
        verdict = classify(service, header, CAMPAIGN.format(number))
        body = {"id": verdict["id"], "label": label}
        told = requests.post(f"{service.url}/feedback", json=body, headers=header, timeout=20)
        assert told.status_code == 201


def models(service, header):
    return requests.get(f"{service.url}/models", headers=header, timeout=20).json()["models"]


def test_corrections_train_a_model_that_judges_and_can_be_switched_back(taught):
    service, headers = taught
    before = classify(service, headers["reader"], CAMPAIGN.format(99))
    right = "ham" if before["label"] == "spam" else "spam"
    correct(service, headers["admin"], right, range(12))
    job = train(service, headers["admin"])
    assert job["state"] == "activated", job
    wait_until(
        lambda: {classify(service, headers["reader"], "hello")["model"] for _ in range(20)} == {job["model"]}
    )
    assert classify(service, headers["reader"], CAMPAIGN.format(99))["label"] == right
    newest, first = models(service, headers["reader"])
    assert (newest["id"], newest["active"], newest["verdict"]) == (job["model"], True, "passed")
    assert newest["parents"] == [first["id"]]
    assert newest["lessons"] == {right: 12, ({"spam", "ham"} - {right}).pop(): 0}
    back = requests.post(f"{service.url}/models/{first['id']}/activate", headers=headers["admin"], timeout=20)
    assert back.status_code == 200
    wait_until(
        lambda: {classify(service, headers["reader"], "hello")["model"] for _ in range(20)} == {first["id"]}
    )


def test_a_tenant_has_a_model_that_nobody_else_sees(taught):
    service, headers = taught
    before = classify(service, headers["blue"], CAMPAIGN.format(7))
    correct(service, headers["blue"], "ham" if before["label"] == "spam" else "spam", range(30, 40))
    job = train(service, headers["blue"])
    assert job["state"] == "activated", job
    wait_until(
        lambda: {classify(service, headers["blue"], "hello")["model"] for _ in range(20)} == {job["model"]}
    )
    others = {classify(service, headers["reader"], "hello")["model"] for _ in range(10)}
    assert job["model"] not in others
    assert job["model"] not in {one["id"] for one in models(service, headers["admin"])}
    refused = requests.post(
        f"{service.url}/models/{job['model']}/activate", headers=headers["admin"], timeout=20
    )
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:sigmail:problem:model-unknown")


def test_only_an_admin_trains_and_activates(taught):
    service, headers = taught
    for path in ("/models/train", "/models/000000000000/activate"):
        assert requests.post(f"{service.url}{path}", timeout=20).status_code == 401
        answer = requests.post(f"{service.url}{path}", headers=headers["reader"], timeout=20)
        assert answer.status_code == 403


def test_the_page_shows_the_models_and_lets_one_judge(taught):
    service, headers = taught
    browser = requests.Session()
    assert browser.get(f"{service.url}/training", timeout=20).status_code == 401
    entered = browser.post(
        f"{service.url}/history/key", data={"key": headers["admin"]["X-API-Key"]}, timeout=20
    )
    assert entered.status_code == 200
    shown = browser.get(f"{service.url}/training", timeout=20)
    assert shown.status_code == 200
    assert "judges" in shown.text
    assert "enough to turn verdicts" in shown.text
    other = next(one["id"] for one in models(service, headers["admin"]) if not one["active"])
    compared = browser.get(f"{service.url}/training?compare={other}", timeout=20).text
    assert f"What would change under {other}" in compared
    assert re.search(r"[1-9]\d* of the last \d+ verdicts would change", compared)
    token = re.search(r'name="token" value="([^"]+)"', shown.text)[1]
    without = browser.post(f"{service.url}/training", data={"activate": other}, timeout=20)
    assert without.status_code == 403
    sent = browser.post(f"{service.url}/training", data={"activate": other, "token": token}, timeout=20)
    assert sent.status_code == 200
    assert next(one["id"] for one in models(service, headers["admin"]) if one["created"])
    wait_until(lambda: {classify(service, headers["reader"], "hello")["model"] for _ in range(20)} == {other})


def test_what_is_no_model_is_not_compared(taught):
    service, headers = taught
    browser = requests.Session()
    browser.post(f"{service.url}/history/key", data={"key": headers["admin"]["X-API-Key"]}, timeout=20)
    for unknown in ("../../x", "0123456789ab"):
        answer = browser.get(f"{service.url}/training?compare={unknown}", timeout=20)
        assert answer.status_code == 404
        assert "There is no model of that id." in answer.text
        assert unknown not in answer.text
