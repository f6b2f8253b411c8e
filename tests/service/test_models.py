"""`GET /models` tells what serves."""

import pytest
import requests

from sigmail import SpamFilter
from sigmail_service.keys import KeyStore
from sigmail_service.routes import models


def test_the_model_that_serves_is_told_with_its_training(service):
    answer = requests.get(f"{service.url}/models", timeout=20)
    assert answer.status_code == 200
    (told,) = answer.json()["models"]
    starter = SpamFilter.default()
    assert told["training"] == starter.facts
    assert told["training"]["held_out"]["messages"] > 0
    assert (told["id"], told["active"]) == (starter.identity, True)
    assert (told["name"], told["algorithm"]) == ("starter", starter.facts["algorithm"])
    assert (told["thresholds"]["ham"], told["thresholds"]["spam"]) == starter.thresholds
    assert told["bytes"] == len(starter.to_bytes())


def test_a_verdict_names_the_model_that_is_told(service):
    headers = {"Content-Type": "text/plain"}
    verdict = requests.post(f"{service.url}/classify", data="hello", headers=headers, timeout=20).json()
    (told,) = requests.get(f"{service.url}/models", timeout=20).json()["models"]
    assert (verdict["model"], verdict["thresholds"]) == (told["id"], told["thresholds"])


@pytest.mark.parametrize("fact", [None, 3, ["a"], {"a": 1}])
def test_a_fact_that_is_no_text_is_left_to_the_facts(fact):
    assert models._text(fact) is None


def test_keys_are_asked_for_where_they_are_required(start_service, tmp_path):
    _, token = KeyStore(tmp_path / "keys.json").create("reader", ("classify",))
    with start_service("--workers", "1", "--require-key", "--data-dir", str(tmp_path)) as service:
        assert requests.get(f"{service.url}/models", timeout=20).status_code == 401
        headers = {"X-API-Key": token}
        told = requests.get(f"{service.url}/models", headers=headers, timeout=20)
        assert told.json()["models"][0]["active"] is True
