"""The OpenAPI description is valid, and leads to what is there."""

import requests
from openapi_spec_validator import validate


def test_the_description_is_valid_and_its_routes_answer(service):
    answer = requests.get(f"{service.url}/openapi.json", timeout=20)
    description = answer.json()
    validate(description)
    assert description["openapi"].startswith("3.1")
    for path, operations in description["paths"].items():
        if "get" in operations:
            needs_key = {} not in operations["get"].get("security", [{}])
            expected = 401 if needs_key else 200
            assert requests.get(f"{service.url}{path}", timeout=20).status_code == expected


def test_its_examples_are_taken(service):
    description = requests.get(f"{service.url}/openapi.json", timeout=20).json()
    content = description["paths"]["/classify"]["post"]["requestBody"]["content"]
    assert set(content) == {"text/plain", "message/rfc822", "application/json", "multipart/form-data"}
    for media_type in ("text/plain", "message/rfc822", "application/json"):
        example = content[media_type]["example"]
        options = {"json": example} if media_type == "application/json" else {"data": example}
        answer = requests.post(
            f"{service.url}/classify", headers={"Content-Type": media_type}, timeout=20, **options
        )
        assert answer.status_code == 200


def test_a_caller_cannot_write_into_it(service):
    headers = {"Host": "evil.example.com"}
    assert "evil" not in requests.get(f"{service.url}/openapi.json", headers=headers, timeout=20).text
    assert "evil" not in requests.get(f"{service.url}/openapi.json", timeout=20).text
