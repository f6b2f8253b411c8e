"""API keys: only the hash is kept, and each opens what its scopes name."""

import subprocess

import pytest
import requests

from sigmail import SigmailError
from sigmail_service.keys import SCOPES, KeyStore

TEXT = {"Content-Type": "text/plain"}


EVERYWHERE = "0.0.0.0"  # noqa: S104 - The refusal to bind it is what is tested.


@pytest.fixture
def store(tmp_path):
    return KeyStore(tmp_path / "data" / "keys.json")


def test_a_token_finds_its_key_and_no_other(store):
    key, token = store.create("mail server", ("classify",))
    other, _ = store.create("operator", ("admin",))
    assert store.find(token) == key
    for wrong in (
        "",
        "_",
        "__",
        token[:-1],
        token + "a",
        token.replace(key.id, other.id),
        "é" + token,
        token.upper(),
    ):
        assert store.find(wrong) is None


def test_the_file_holds_no_secret_and_is_the_owner_s_alone(store, tmp_path):
    key, token = store.create("mail server", ("classify",))
    path = tmp_path / "data" / "keys.json"
    assert token.rpartition("_")[2] not in path.read_text(encoding="utf-8")
    assert key.id in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_revoked_key_is_gone_for_every_reader(store, tmp_path):
    reader = KeyStore(tmp_path / "data" / "keys.json")
    key, token = store.create("mail server", ("classify",))
    assert reader.find(token) == key
    store.revoke(key.id)
    assert reader.find(token) is None
    with pytest.raises(SigmailError, match="no key"):
        store.revoke(key.id)


def test_scopes_are_held_to(store):
    key, _ = store.create("a", ("classify", "metrics"))
    assert [scope for scope in SCOPES if key.may(scope)] == ["classify", "metrics"]
    admin, _ = store.create("b", ("admin",))
    assert all(admin.may(scope) for scope in SCOPES)
    with pytest.raises(SigmailError, match="'all' is no scope"):
        store.create("c", ("all",))


def test_a_damaged_file_is_refused(store, tmp_path):
    (tmp_path / "data").mkdir()
    for text in ("{", "[1]", '[{"id": "a"}]', "null"):
        (tmp_path / "data" / "keys.json").write_text(text, encoding="utf-8")
        with pytest.raises(SigmailError, match="cannot read the keys"):
            store.keys()


@pytest.fixture
def keys_command(sigmail_command, tmp_path):
    def run(*arguments):
        command = [*sigmail_command, "keys", "--data-dir", str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    return run


def test_the_service_asks_for_keys_and_sees_changes_at_once(start_service, keys_command, tmp_path):
    def status(path, token=None, **options):
        headers = {**TEXT, **({"Authorization": f"Bearer {token}"} if token is not None else {}), **options}
        method = "POST" if path.startswith("/classify") else "GET"
        data = "hello" if method == "POST" else None
        answer = requests.request(method, f"{service.url}{path}", data=data, headers=headers, timeout=20)
        return answer.status_code

    with start_service("--workers", "1", "--require-key", "--data-dir", str(tmp_path)) as service:
        refused = requests.post(f"{service.url}/classify", data="hello", headers=TEXT, timeout=20)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.json()["type"] == "urn:sigmail:problem:key-missing"
        assert [status(path) for path in ("/metrics", "/classify/batch")] == [401, 401]
        assert [status(path) for path in ("/livez", "/readyz", "/openapi.json", "/docs")] == [200] * 4
        token = keys_command("create", "mail server").stdout.strip()
        assert status("/classify", token) == 200
        assert status("/classify", **{"X-API-Key": token}) == 200
        assert status("/metrics", token) == 403
        assert status("/classify", token + "x") == 401
        assert status("/classify", Authorization=f"Basic {token}") == 401
        metrics_token = keys_command("create", "monitor", "--scope", "metrics").stdout.strip()
        assert (status("/metrics", metrics_token), status("/classify", metrics_token)) == (200, 403)
        listed = keys_command("list").stdout.splitlines()
        assert [line.split("  ")[2:] for line in listed] == [
            ["classify", "mail server"],
            ["metrics", "monitor"],
        ]
        assert keys_command("revoke", listed[0].split()[0]).returncode == 0
        assert status("/classify", token) == 401
        assert token not in service.log()


def test_a_wrong_key_is_refused_even_where_none_is_needed(service):
    answer = requests.post(
        f"{service.url}/classify", data="a", headers={**TEXT, "Authorization": "Bearer wrong"}, timeout=20
    )
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:sigmail:problem:key-unknown"


def test_an_open_service_on_another_address_is_refused_unless_told_so(
    sigmail_command, start_service, free_port
):
    command = [*sigmail_command, "serve", "--port", str(free_port()), "--host", EVERYWHERE]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert "--require-key" in result.stderr
    assert "--open-to-everyone" in result.stderr
    with start_service("--workers", "1", "--host", EVERYWHERE, "--open-to-everyone") as service:
        assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200
