"""The same over TLS: certificates are checked, deadlines hold, secrets do not go down to http."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.config import HttpSettings
from harvester.errors import SourceRefused, TryLater
from harvester.http import Client, Hosts
from tests.portal import Portal

SETTINGS = HttpSettings(allow_hosts=("127.0.0.1", "localhost"), retries=0, token="tok")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate to test with")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    command = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=portal"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    )
    subprocess.run([openssl, *command.split()], check=True, capture_output=True)
    both.write_text(key.read_text() + certificate.read_text())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[Portal]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Portal(context) as portal:
        yield portal


def test_a_known_certificate_is_accepted_and_the_connection_kept(
    secure: Portal, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure.answer("/a", b"x" * 100_000, etag='"1"')
    with Client(SETTINGS, home=secure.url) as client:
        assert len(client.fetch(secure.at("/a")).content) == 100_000
        assert client.fetch(secure.at("/a"), etag='"1"').status == 304
    assert secure.connections == 1
    assert secure.requests[0].headers["authorization"] == "Bearer tok"


def test_an_unknown_certificate_is_refused_with_a_reason(secure: Portal) -> None:
    secure.answer("/a", "x")
    with (
        Client(SETTINGS) as client,
        pytest.raises(SourceRefused, match=r"no secure connection.*certificate"),
    ):
        client.fetch(secure.at("/a"))
    assert secure.requests == []


def test_a_certificate_for_another_name_is_refused(
    secure: Portal, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Client(SETTINGS) as client, pytest.raises(SourceRefused, match="certificate"):
        client.fetch(secure.at("/a", host="localhost"))


def test_a_body_that_trickles_in_ends_with_the_whole_time(
    secure: Portal, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure.answer("/a", b"x" * 10_000, drip=(1, 0.01))
    ticks = iter(range(10**9))
    hosts = Hosts(now=lambda: next(ticks) * 0.1)
    settings = SETTINGS.model_copy(update={"total_timeout": 5})
    with Client(settings, hosts=hosts) as client, pytest.raises(TryLater, match="5 seconds"):
        client.fetch(secure.at("/a"))


def test_secrets_do_not_follow_a_redirect_down_to_http(
    secure: Portal, portal: Portal, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure.redirect("/a", portal.at("/a"))
    portal.answer("/a", "x")
    with Client(SETTINGS, home=secure.url) as client:
        client.fetch(secure.at("/a"))
    assert "authorization" in secure.requests[0].headers
    assert "authorization" not in portal.requests[0].headers
