"""The files of deploy/ against the real service: variables, probes, figures; without any container engine."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from sigmail import __version__
from sigmail_service.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "systemd" / "sigmail.service").read_text(encoding="utf-8")
# Labels that Prometheus itself gives.
GIVEN_LABELS = {"instance", "job"}


def documents(path):
    return list(yaml.safe_load_all((DEPLOY / path).read_text(encoding="utf-8")))


def pod():
    (deployment,) = documents("kubernetes/deployment.yaml")
    return deployment["spec"]["template"]["spec"]


def compose_service():
    return documents("compose.yaml")[0]["services"]["sigmail"]


def variables_of_containerfile():
    return dict(re.findall(r"(SIGMAIL_\w+)=(\S+)", CONTAINERFILE))


def variables_of_unit():
    return dict(re.findall(r"^Environment=(SIGMAIL_\w+)=(.*)$", UNIT, re.MULTILINE))


def variables_of_pod():
    (container,) = pod()["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def test_every_variable_that_a_file_names_is_a_setting():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = {
        name
        for path in DEPLOY.rglob("*")
        if path.is_file()
        for name in re.findall(r"SIGMAIL_[A-Z][A-Z_]+", path.read_text(encoding="utf-8"))
    }
    assert "SIGMAIL_DRAIN_SECONDS" in named
    assert named <= known


@pytest.mark.parametrize(
    "variables",
    [
        variables_of_containerfile(),
        variables_of_containerfile() | compose_service()["environment"],
        variables_of_pod(),
        variables_of_unit(),
    ],
    ids=["image", "compose", "kubernetes", "systemd"],
)
def test_the_service_takes_the_variables_and_is_open_to_nobody(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.require_key or settings.host == "127.0.0.1"
    assert settings.drain_seconds > 0


def test_the_probes_ask_for_what_is_there(service):
    (container,) = pod()["containers"]
    paths = {
        container[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")
    }
    paths |= set(re.findall(r"127\.0\.0\.1:8000(/\w+)", CONTAINERFILE))
    paths |= set(re.findall(r"health_uri (/\w+)", (DEPLOY / "proxy" / "Caddyfile").read_text("utf-8")))
    assert paths == {"/livez", "/readyz"}
    for path in paths:
        assert requests.get(service.url + path, timeout=20).status_code == 200


def test_the_proxies_name_routes_that_are_there(service):
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    paths = set(re.findall(r"location = (\S+)", nginx))
    described = requests.get(f"{service.url}/openapi.json", timeout=20).json()["paths"]
    assert paths
    assert paths <= set(described)


def test_every_figure_of_the_dashboard_is_one_that_the_server_gives(service):
    text = {"Content-Type": "text/plain"}
    requests.post(f"{service.url}/classify", data="hello", headers=text, timeout=20)
    requests.post(f"{service.url}/classify", data="", headers=text, timeout=20)
    exposition = requests.get(f"{service.url}/metrics", timeout=20).text
    labels = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    dashboard = json.loads((DEPLOY / "grafana" / "sigmail.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert expressions
    for expression in expressions:
        names = re.findall(r"sigmail_\w+", expression)
        assert names
        used = {
            part.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for part in group.split(",")
        }
        used |= set(re.findall(r"(\w+)=~?\"", expression))
        for name in names:
            assert name in labels, expression
            assert used <= labels[name] | GIVEN_LABELS, expression


def test_the_image_copies_what_is_there_and_ends_without_rights():
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert sources
    assert all((ROOT / source).exists() for source in sources)
    assert re.findall(r"^USER (\d+):\d+$", CONTAINERFILE, re.MULTILINE) == ["10001"]
    for file in (compose_service(), *pod()["containers"]):
        assert file["image"] == f"sigmail:{__version__}"


def test_the_containers_may_write_where_the_service_does_and_nowhere_else():
    composed, (container,) = compose_service(), pod()["containers"]
    assert composed["read_only"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert pod()["securityContext"]["runAsNonRoot"] is True
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert set(mounts) == {"/tmp", "/var/lib/sigmail"}  # noqa: S108 - A mount of its own.
    assert set(mounts.values()) == {volume["name"] for volume in pod()["volumes"]}
    (service, _) = documents("kubernetes/service.yaml")
    assert service["spec"]["selector"] == {"app.kubernetes.io/name": "sigmail"}
    listed = documents("kubernetes/kustomization.yaml")[0]["resources"]
    assert all((DEPLOY / "kubernetes" / name).is_file() for name in listed)


def test_a_stop_has_time_to_drain():
    drain = float(variables_of_pod()["SIGMAIL_DRAIN_SECONDS"])
    body, wait = Settings().body_timeout, Settings().request_timeout
    assert pod()["terminationGracePeriodSeconds"] > drain + body + wait
    assert float(compose_service()["stop_grace_period"].removesuffix("s")) > 5 + body + wait
    assert float(re.search(r"TimeoutStopSec=(\d+)", UNIT)[1]) > 2 + body + wait


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path, sigmail_command):
    path = tmp_path / "sigmail.service"
    path.write_text(UNIT.replace("/opt/sigmail/bin/sigmail", sigmail_command[0]), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_the_snippet(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=sigmail.example.org"]
    command = ["openssl", "req", *subject, "-keyout", key, "-out", certificate]
    subprocess.run(command, capture_output=True, check=True)
    snippet = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    snippet = snippet.replace("/etc/ssl/sigmail/certificate.pem", str(certificate))
    snippet = snippet.replace("/etc/ssl/sigmail/key.pem", str(key))
    path = tmp_path / "nginx.conf"
    head = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
    path.write_text(f"{head}http {{\naccess_log off;\n{snippet}\n}}\n", encoding="utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-p", tmp_path, "-c", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_takes_the_snippet(tmp_path):
    path = DEPLOY / "proxy" / "Caddyfile"
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", path]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_passes_messages_on_and_keeps_the_figures_to_itself(service, free_port, tmp_path):
    port = free_port()
    text = (DEPLOY / "proxy" / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace("sigmail.example.org", f"http://127.0.0.1:{port}")
    path = tmp_path / "Caddyfile"
    path.write_text(
        f"{{\nadmin off\n}}\n{text.replace('127.0.0.1:8000', f'127.0.0.1:{service.port}')}", "utf-8"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", path]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as caddy:
        try:
            check_proxy(f"http://127.0.0.1:{port}")
        finally:
            caddy.terminate()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_passes_messages_on_and_keeps_the_figures_to_itself(service, free_port, tmp_path):
    port = free_port()
    snippet = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    snippet = snippet.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    snippet = re.sub(r"^ *ssl_certificate.*$", "", snippet, flags=re.MULTILINE)
    snippet = snippet.replace("server 127.0.0.1:8000;", f"server 127.0.0.1:{service.port};")
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = tmp_path / "nginx.conf"
    head = f"daemon off;\npid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
    path.write_text(f"{head}http {{\naccess_log off;\n{folders}{snippet}\n}}\n", encoding="utf-8")
    command = ["nginx", "-p", tmp_path, "-c", path]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
        try:
            check_proxy(f"http://127.0.0.1:{port}")
        finally:
            nginx.terminate()


def check_proxy(url):
    """See that a proxy is up, passes a message and a stream on, and answers 403 for the figures."""
    session = requests.Session()
    retry = Retry(total=100, backoff_factor=0.05, backoff_max=0.2, status_forcelist=[502, 503])
    session.mount("http://", HTTPAdapter(max_retries=retry))
    assert session.get(f"{url}/readyz", timeout=20).status_code == 200
    answer = requests.post(
        f"{url}/classify", data="hello", headers={"Content-Type": "text/plain"}, timeout=20
    )
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"]
    lines = {"Content-Type": "application/x-ndjson"}
    streamed = requests.post(f"{url}/classify/batch", data='"a"\n"b"\n', headers=lines, timeout=20)
    assert [json.loads(line)["index"] for line in streamed.text.splitlines()] == [0, 1]
    assert requests.get(f"{url}/metrics", timeout=20).status_code == 403
