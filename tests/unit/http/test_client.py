"""What the run may rely on when it asks a source; over real sockets, with a clock that never waits."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from harvester.config import HttpSettings
from harvester.errors import ConfigurationError, SourceFailed, SourceRefused, TryLater
from harvester.http import Client, Exchange, Hosts
from harvester.http.guard import Guard
from tests.portal import Answer, Asked, Portal

TURTLE = '<http://a> <http://b> "Île-de-France" .\n'.encode()


class Clock:
    """Time that passes only by waiting; `waits` is what was waited for."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        if seconds > 0:
            self.waits.append(seconds)
        self.time += seconds
        return stop.is_set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., Client]


@pytest.fixture
def make(portal: Portal, clock: Clock) -> Iterator[Make]:
    clients: list[Client] = []

    def client(**settings: object) -> Client:
        extra = {
            name: settings.pop(name)
            for name in ("observe", "stop", "guard", "token_header")
            if name in settings
        }
        given: dict[str, object] = {"allow_hosts": ["127.0.0.1", "localhost"], **settings}
        home = str(given.pop("home", portal.url))
        clients.append(
            Client(
                HttpSettings.model_validate(given),
                contact="data@example.fr",
                home=home,
                hosts=Hosts(clock.now, clock.wait),
                **extra,  # type: ignore[arg-type]
            )
        )
        return clients[-1]

    yield client
    for one in clients:
        one.close()


def test_an_answer_comes_whole_with_what_identifies_it(portal: Portal, make: Make) -> None:
    portal.answer(
        "/c.ttl", TURTLE, media_type="text/turtle", etag='"1"', last_modified="Mon, 01 Jan 2024"
    )
    response = make().fetch(portal.at("/c.ttl"), accept="text/turtle")
    assert (response.status, response.content) == (200, TURTLE)
    assert (response.media_type, response.charset) == ("text/turtle", "utf-8")
    assert (response.etag, response.last_modified) == ('"1"', "Mon, 01 Jan 2024")
    assert response.body_hash == hashlib.blake2b(TURTLE, digest_size=16).digest()
    assert response.received == len(TURTLE)
    assert response.url == portal.at("/c.ttl")


def test_the_portal_learns_who_asks_and_whom_to_write_to(portal: Portal, make: Make) -> None:
    portal.answer("/", "x")
    make().fetch(portal.at("/"), accept="text/turtle")
    headers = portal.requests[0].headers
    assert headers["user-agent"].startswith("harvester/")
    assert headers["user-agent"].endswith(" (+data@example.fr)")
    assert headers["accept"] == "text/turtle"


def test_an_unchanged_page_is_not_sent_again(portal: Portal, make: Make) -> None:
    portal.answer("/a", "x", etag='W/"7"')
    portal.answer("/b", "x", last_modified="Mon, 01 Jan 2024 00:00:00 GMT")
    client = make()
    first = client.fetch(portal.at("/a"), etag='W/"7"')
    second = client.fetch(portal.at("/b"), last_modified="Mon, 01 Jan 2024 00:00:00 GMT")
    assert (first.status, first.content, first.etag) == (304, b"", 'W/"7"')
    assert (second.status, second.received) == (304, 0)


def test_requests_share_one_connection(portal: Portal, make: Make) -> None:
    portal.answer("/a", "x", etag='"1"')
    client = make()
    for tag in (None, '"1"', '"2"', '"1"'):
        client.fetch(portal.at("/a"), etag=tag)
    with pytest.raises(SourceRefused):
        client.fetch(portal.at("/missing"))
    client.fetch(portal.at("/a"))
    assert portal.connections == 1


def test_a_question_can_be_posted(portal: Portal, make: Make) -> None:
    portal.answers("/csw", lambda asked: Answer(body=asked.method.encode() + b" " + asked.body))
    client = make()
    response = client.fetch(
        portal.at("/csw"), method="POST", body=b"<q/>", headers=[("Content-Type", "text/xml")]
    )
    assert response.content == b"POST <q/>"
    assert portal.requests[0].headers["content-type"] == "text/xml"


# --- patience


def test_a_busy_source_is_asked_again_after_the_time_it_said(
    portal: Portal, make: Make, clock: Clock
) -> None:
    portal.answers("/a", Answer(429, headers={"Retry-After": "7"}), Answer(body=b"ok"))
    assert make().fetch(portal.at("/a")).content == b"ok"
    assert clock.waits == [7.0]


@pytest.mark.parametrize("status", [403, 408, 425, 429, 500, 502, 503, 504])
def test_passing_trouble_is_waited_out_longer_and_longer(
    portal: Portal, make: Make, clock: Clock, status: int
) -> None:
    portal.answers("/a", Answer(status), Answer(status), Answer(body=b"ok"))
    assert make().fetch(portal.at("/a")).content == b"ok"
    first, second = clock.waits
    assert 0.5 <= first <= 1.0 <= second <= 2.0


def test_a_source_that_stays_busy_ends_with_try_later(portal: Portal, make: Make) -> None:
    portal.answer("/a", status=503, headers={"Retry-After": "3"})
    with pytest.raises(TryLater, match=r"answered 503 \(3 attempts\)") as caught:
        make(retries=2).fetch(portal.at("/a"))
    assert caught.value.after == 3.0
    assert len(portal.requests) == 3


def test_a_wait_beyond_the_whole_time_is_not_begun(
    portal: Portal, make: Make, clock: Clock
) -> None:
    portal.answer("/a", status=429, headers={"Retry-After": "100000"})
    with pytest.raises(TryLater) as caught:
        make(total_timeout=60).fetch(portal.at("/a"))
    assert caught.value.after == 21600.0
    assert clock.waits == []


@pytest.mark.parametrize("value", ["soon", "-5", "", "9" * 400])
def test_an_unreadable_retry_after_is_as_good_as_none(
    portal: Portal, make: Make, value: str
) -> None:
    portal.answers("/a", Answer(503, headers={"Retry-After": value}), Answer(body=b"ok"))
    if value.isdigit():
        with pytest.raises(TryLater):
            make().fetch(portal.at("/a"))
    else:
        assert make().fetch(portal.at("/a")).content == b"ok"


def test_forbidden_is_tried_a_few_times_then_refused(portal: Portal, make: Make) -> None:
    portal.answer("/a", status=403)
    with pytest.raises(SourceRefused, match="let this User-Agent in"):
        make(retries=9).fetch(portal.at("/a"))
    assert len(portal.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 405, 406, 410, 451])
def test_a_refusal_is_not_repeated(portal: Portal, make: Make, status: int) -> None:
    portal.answer("/a", status=status)
    with pytest.raises(SourceRefused, match=f"/a answered {status}"):
        make().fetch(portal.at("/a"))
    assert len(portal.requests) == 1


def test_a_broken_portal_fails_the_run(portal: Portal, make: Make) -> None:
    portal.answer("/a", status=500)
    with pytest.raises(SourceFailed, match=r"answered 500 \(2 attempts\)"):
        make(retries=1).fetch(portal.at("/a"))


@pytest.mark.parametrize("status", [202, 204, 205, 206, 304])
def test_an_answer_that_is_no_whole_page_is_never_taken_for_one(
    portal: Portal, make: Make, status: int
) -> None:
    portal.answer("/a", "half", status=status)
    with pytest.raises(SourceFailed, match="no whole page"):
        make().fetch(portal.at("/a"))


def test_a_short_body_is_asked_for_again_and_never_returned(portal: Portal, make: Make) -> None:
    portal.answers("/a", Answer(body=b"0123456789", truncate=4), Answer(body=b"0123456789"))
    portal.answer("/b", "0123456789", truncate=4)
    client = make(retries=1)
    assert client.fetch(portal.at("/a")).content == b"0123456789"
    with pytest.raises(TryLater, match="broke off"):
        client.fetch(portal.at("/b"))


def test_a_bad_chunk_is_never_the_end(portal: Portal, make: Make) -> None:
    portal.answer("/a", b"x" * 10_000, bad_chunk=True)
    with pytest.raises(TryLater, match="broke off"):
        make(retries=1).fetch(portal.at("/a"))


def test_a_stale_connection_costs_no_wait(portal: Portal, make: Make, clock: Clock) -> None:
    portal.answers("/a", Answer(hang_up=True), Answer(body=b"ok"))
    assert make().fetch(portal.at("/a")).content == b"ok"
    assert clock.waits == []


def test_a_port_where_nobody_listens_is_asked_later(make: Make, clock: Clock) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with pytest.raises(TryLater, match=r"no connection to the host \(3 attempts\)"):
        make(retries=2).fetch(f"http://127.0.0.1:{port}/")
    assert len(clock.waits) == 2


def test_a_silent_source_is_given_up_after_the_read_timeout(portal: Portal, make: Make) -> None:
    portal.answer("/a", "x", hold=threading.Event())
    with pytest.raises(TryLater, match="stopped answering"):
        make(read_timeout=0.05, retries=0).fetch(portal.at("/a"))


def test_a_body_that_trickles_in_ends_with_the_whole_time(portal: Portal) -> None:
    portal.answer("/a", b"x" * 10_000, drip=(1, 0.01))
    ticks = iter(range(10**9))
    hosts = Hosts(now=lambda: next(ticks) * 0.1)  # every look at the clock costs 0.1 second
    settings = HttpSettings(total_timeout=5, allow_hosts=("127.0.0.1",), retries=9)
    with (
        Client(settings, hosts=hosts) as client,
        pytest.raises(TryLater, match=r"not finished after 5 seconds.*total_timeout"),
    ):
        client.fetch(portal.at("/a"))
    assert len(portal.requests) == 1


def test_stopping_the_service_ends_a_wait(portal: Portal, make: Make) -> None:
    portal.answer("/a", status=503)
    stop = threading.Event()
    stop.set()
    with pytest.raises(TryLater, match="shutting down"):
        make(stop=stop).fetch(portal.at("/a"))


def test_a_fetch_that_outlives_its_client_opens_no_new_connection(
    portal: Portal, make: Make
) -> None:
    client = make()

    def close(_: Asked) -> Answer:
        client.close()
        return Answer(503)

    portal.answers("/a", close)
    with pytest.raises(TryLater, match="the run was over"):
        client.fetch(portal.at("/a"))
    assert portal.connections == 1


# --- size


def bomb(megabytes: int) -> bytes:
    return gzip.compress(b"\0" * megabytes * 1024 * 1024)


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("zstd", zstandard.compress),
        ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
        ("gzip", lambda data: data),  # says so, and is not
        ("gzip", lambda data: gzip.compress(data[:20]) + gzip.compress(data[20:]) + b"\0" * 9),
        ("", gzip.compress),  # a file that is compressed
        ("", zstandard.compress),
        ("zstd", lambda data: zstandard.compress(data[:20]) + zstandard.compress(data[20:])),
        ("gzip", lambda data: gzip.compress(gzip.compress(data))),  # a compressed file, compressed
    ],
)
def test_every_compression_of_the_wild_is_undone(
    portal: Portal, make: Make, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    sent = compress(TURTLE * 5000)
    portal.answer(
        "/c.ttl.gz", sent, media_type="application/gzip", headers={"Content-Encoding": encoding}
    )
    response = make().fetch(portal.at("/c.ttl.gz"))
    assert response.content == TURTLE * 5000
    assert (response.received, response.media_type) == (len(sent), "")
    assert response.charset == "utf-8"


def test_more_bytes_than_allowed_are_refused_by_name_of_the_setting(
    portal: Portal, make: Make
) -> None:
    portal.answer("/a", b"x" * 5000)
    portal.answer("/b", b"x" * 5000, chunked=True)
    client = make(max_bytes=4999)
    for path in ("/a", "/b"):
        with pytest.raises(SourceRefused, match=rf"{path}: .*raise \[http\] max_bytes"):
            client.fetch(portal.at(path))


@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_a_bomb_is_refused_by_its_ratio(portal: Portal, make: Make, encoding: str) -> None:
    portal.answer("/a", bomb(8), headers={"Content-Encoding": encoding})
    with pytest.raises(SourceRefused, match=r"more than 200 times bigger.*max_ratio"):
        make().fetch(portal.at("/a"))


def test_a_bomb_within_a_bomb_and_one_of_zstd_are_refused(portal: Portal, make: Make) -> None:
    portal.answer("/a", gzip.compress(bomb(64)), headers={"Content-Encoding": "gzip"})
    portal.answer("/b", zstandard.compress(b"\0" * 64 * 1024 * 1024))
    for path in ("/a", "/b"):
        with pytest.raises(SourceRefused, match="max_ratio"):
            make().fetch(portal.at(path))


def test_decompressed_bytes_are_capped(portal: Portal, make: Make) -> None:
    portal.answer("/a", gzip.compress(TURTLE * 100))
    with pytest.raises(SourceRefused, match="max_decompressed_bytes"):
        make(max_decompressed_bytes=len(TURTLE) * 99).fetch(portal.at("/a"))


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress, zlib.compress])
def test_a_compressed_body_cut_short_is_never_returned(
    portal: Portal, make: Make, compress: Callable[[bytes], bytes]
) -> None:
    name = {gzip.compress: "gzip", zstandard.compress: "zstd"}.get(compress, "deflate")
    sent = compress(bytes(i * i % 251 for i in range(300_000)))
    portal.answer("/a", sent[: len(sent) // 2], headers={"Content-Encoding": name})
    with pytest.raises(TryLater, match="broke off"):
        make(retries=1).fetch(portal.at("/a"))


# --- secrets


def secrets(asked: Asked) -> set[str]:
    return {"authorization", "x-api-key"} & set(asked.headers)


def test_secrets_go_to_the_sources_own_host(portal: Portal, make: Make) -> None:
    portal.answer("/a", "x")
    make(token="tok", headers={"X-Api-Key": "k"}).fetch(portal.at("/a"))
    assert portal.requests[0].headers["authorization"] == "Bearer tok"
    assert portal.requests[0].headers["x-api-key"] == "k"


def test_secrets_go_nowhere_else(portal: Portal, other_portal: Portal, make: Make) -> None:
    other_portal.answer("/a", "x")
    portal.answer("/localhost", "x")
    portal.redirect("/there", other_portal.at("/a"))
    portal.redirect("/alias", portal.at("/localhost", host="localhost"))
    client = make(token="tok", headers={"X-Api-Key": "k"}, home=portal.at("/x", userinfo="u:p"))
    extra = [("Cookie", "session=1"), ("X-Api-Key", "k"), ("Authorization", "Basic zzzz")]
    client.fetch(other_portal.at("/a"), headers=extra)
    client.fetch(other_portal.at("/a", userinfo="me:secret"))
    client.fetch(portal.at("/there"), headers=extra)
    client.fetch(portal.at("/alias"), headers=extra)
    for asked in [*other_portal.requests, *portal.asked("/localhost")]:
        assert not secrets(asked)
        assert "cookie" not in asked.headers
    assert len(other_portal.requests) == 3


def test_a_user_name_in_the_sources_url_is_sent_as_basic_and_never_shown(
    portal: Portal, make: Make
) -> None:
    portal.answer("/a", status=404)
    home = portal.at("/a", userinfo="j%C3%A9r%C3%B4me:pa%3Ass")
    with pytest.raises(SourceRefused) as caught:
        make(home=home).fetch(home)
    assert portal.requests[0].headers["authorization"] == "Basic asOpcsO0bWU6cGE6c3M="
    assert "pa%3Ass" not in str(caught.value) + repr(caught.value.log_context())


def test_a_key_in_a_header_of_its_own_leaves_the_password_of_the_address_in_force(
    portal: Portal, make: Make
) -> None:
    portal.answer("/a", "x")
    home = portal.at("/", userinfo="moi:secret")
    make(token="cle", token_header=("X-API-KEY", "{}"), home=home).fetch(portal.at("/a"))
    asked = portal.requests[0].headers
    assert asked["x-api-key"] == "cle"
    assert asked["authorization"].startswith("Basic ")


def test_a_key_in_an_address_stays_out_of_messages(portal: Portal, make: Make) -> None:
    with pytest.raises(SourceRefused) as caught:
        make().fetch(portal.at("/a?q=1&api_key=s3cret"))
    assert "s3cret" not in str(caught.value) + repr(caught.value.log_context())
    assert "q=1" in str(caught.value)


def test_a_header_with_a_line_break_is_a_mistake_of_the_configuration(make: Make) -> None:
    with pytest.raises(ConfigurationError, match="X-Key"):
        make(headers={"X-Key": "a\r\nb: c"})


def test_a_cookie_is_not_sent_back(portal: Portal, make: Make) -> None:
    portal.answer("/a", "x", headers={"Set-Cookie": "session=1; Path=/"})
    client = make()
    client.fetch(portal.at("/a"))
    client.fetch(portal.at("/a"))
    assert "cookie" not in portal.requests[1].headers


def test_passwords_of_the_machine_are_not_sent(
    portal: Portal, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text(f"machine {portal.host} login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    portal.answer("/a", "x")
    make().fetch(portal.at("/a"))
    assert "authorization" not in portal.requests[0].headers


# --- redirects


def test_the_body_of_a_redirect_is_not_read_to_its_end(portal: Portal, make: Make) -> None:
    portal.answer("/a", b"x" * 16_000_000, status=302, headers={"Location": "/b"})
    portal.answer("/b", "x")
    assert make().fetch(portal.at("/a")).content == b"x"
    assert portal.connections == 2  # the first one was given up instead


def test_a_redirect_is_followed_and_gives_the_base_address(portal: Portal, make: Make) -> None:
    portal.redirect("/a", "/b/c.ttl?x=1", status=308)
    portal.answer("/b/c.ttl", "x")
    assert make().fetch(portal.at("/a")).url == portal.at("/b/c.ttl?x=1")


def test_a_redirect_in_a_circle_ends(portal: Portal, make: Make) -> None:
    portal.redirect("/a", "/b")
    portal.redirect("/b", "/a")
    with pytest.raises(SourceRefused, match="redirects in circles"):
        make().fetch(portal.at("/a"))


def test_an_endless_chain_of_redirects_ends(portal: Portal, make: Make) -> None:
    portal.answers("/a", lambda asked: Answer(302, headers={"Location": asked.path + "x"}))
    for n in range(20):
        portal.answers(
            "/a" + "x" * n, lambda asked: Answer(302, headers={"Location": asked.path + "x"})
        )
    with pytest.raises(SourceRefused, match="more than 5 times"):
        make().fetch(portal.at("/a"))
    assert len(portal.requests) == 6


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://a/b", "gopher://x", "//", "http://"]
)
def test_a_redirect_leads_only_to_http(portal: Portal, make: Make, location: str) -> None:
    portal.redirect("/a", location)
    with pytest.raises(SourceRefused):
        make().fetch(portal.at("/a"))


@pytest.mark.parametrize(("status", "method"), [(303, "GET"), (302, "GET"), (307, "POST")])
def test_a_redirected_question_is_asked_as_the_status_says(
    portal: Portal, make: Make, status: int, method: str
) -> None:
    portal.redirect("/a", "/b", status=status)
    portal.answer("/b", "x")
    make().fetch(portal.at("/a"), method="POST", body=b"q")
    assert [(asked.method, asked.body) for asked in portal.asked("/b")] == [
        (method, b"q" if method == "POST" else b"")
    ]


# --- the guard


def test_loopback_is_refused_unless_the_source_allows_it(portal: Portal, make: Make) -> None:
    portal.answer("/a", "x")
    with pytest.raises(SourceRefused, match=r"not a public address.*allow_hosts"):
        make(allow_hosts=()).fetch(portal.at("/a"))
    with pytest.raises(SourceRefused, match="not a public address"):
        make(allow_hosts=("127.0.0.1:1",)).fetch(portal.at("/a"))
    assert make(allow_hosts=(portal.host,)).fetch(portal.at("/a")).content == b"x"


def test_a_redirect_into_the_private_network_is_refused(
    portal: Portal, other_portal: Portal, make: Make
) -> None:
    other_portal.answer("/secret", "x")
    portal.redirect("/a", other_portal.at("/secret"))
    with pytest.raises(SourceRefused, match="not a public address"):
        make(allow_hosts=(portal.host,)).fetch(portal.at("/a"))
    assert other_portal.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(portal: Portal, make: Make) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    guard = Guard(frozenset({"portail.example"}), resolve)
    portal.answer("/a", "x")
    client = make(guard=guard)
    assert client.fetch(portal.at("/a", host="portail.example")).content == b"x"
    assert asked == ["portail.example"]
    assert portal.requests[0].headers["host"] == f"portail.example:{portal.port}"


def test_one_private_address_among_public_ones_is_enough_to_refuse(make: Make) -> None:
    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("8.8.8.8", "192.168.1.1")
        ]

    with pytest.raises(SourceRefused, match=r"192\.168\.1\.1"):
        make(guard=Guard(frozenset(), resolve)).fetch("http://portail.example/")


def test_a_name_that_does_not_exist_is_said_so(make: Make) -> None:
    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(SourceFailed, match="does not resolve"):
        make(guard=Guard(frozenset(), resolve)).fetch("http://portail.example/")


def test_a_name_server_that_is_down_is_asked_again(make: Make) -> None:
    calls = []

    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        calls.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(TryLater, match="cannot be resolved now"):
        make(guard=Guard(frozenset(), resolve), retries=2).fetch("http://portail.example/")
    assert len(calls) == 3


def test_proxies_of_the_environment_do_not_bypass_the_guard(
    portal: Portal, other_portal: Portal, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, other_portal.url)
    portal.answer("/a", "x")
    assert make().fetch(portal.at("/a")).content == b"x"
    assert other_portal.requests == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a/", "data:,x", "http:", "http://[::1", "nonsense", ""]
)
def test_only_http_addresses_are_asked_for(make: Make, url: str) -> None:
    with pytest.raises(SourceRefused):
        make().fetch(url)


@pytest.mark.parametrize("path", ["/a?", "/a?q=%7E&r=%2F", "/a//b", "/a;b=c?x=(1)'!*", "/%41"])
def test_an_address_is_asked_for_letter_by_letter(portal: Portal, make: Make, path: str) -> None:
    with pytest.raises(SourceRefused, match="404"):
        make().fetch(portal.at(path))
    assert [asked.path for asked in portal.requests] == [path]


def test_spaces_and_accents_in_an_address_are_encoded(portal: Portal, make: Make) -> None:
    portal.answer("/%C3%A9t%C3%A9%20a?q=%C3%A9", "x")
    assert make().fetch(portal.at("/été a?q=é#fragment")).content == b"x"


# --- robots.txt


def test_robots_are_asked_once_and_obeyed(portal: Portal, make: Make, clock: Clock) -> None:
    portal.answer("/robots.txt", "User-agent: harvester\nDisallow: /private\nCrawl-delay: 3\n")
    portal.answer("/a", "x")
    client = make(robots=True, token="tok")
    client.fetch(portal.at("/a"))
    client.fetch(portal.at("/a"))
    with pytest.raises(SourceRefused, match=r"robots\.txt"):
        client.fetch(portal.at("/private/a"))
    (robots,) = portal.asked("/robots.txt")
    assert "authorization" not in robots.headers
    assert clock.waits == [3.0]


def test_a_host_without_robots_is_open_and_one_in_trouble_is_closed(
    portal: Portal, other_portal: Portal, make: Make
) -> None:
    portal.answer("/a", "x")
    other_portal.answer("/a", "x")
    other_portal.answer("/robots.txt", status=503)
    client = make(robots=True, retries=0)
    assert client.fetch(portal.at("/a")).content == b"x"
    with pytest.raises(TryLater):
        client.fetch(other_portal.at("/a"))
    assert other_portal.asked("/a") == []


# --- politeness


def test_two_requests_to_a_host_are_a_pause_apart(portal: Portal, make: Make, clock: Clock) -> None:
    portal.answer("/a", "x")
    client = make(pause=2)
    for _ in range(3):
        client.fetch(portal.at("/a"))
    assert clock.waits == [2.0, 2.0]


def test_one_host_sees_only_so_many_requests_at_once(portal: Portal) -> None:
    release = threading.Event()
    portal.answer("/a", "x", hold=release)
    hosts = Hosts()
    settings = HttpSettings(concurrency=2, allow_hosts=("127.0.0.1",))
    clients = [Client(settings, hosts=hosts) for _ in range(4)]
    threads = [threading.Thread(target=client.fetch, args=(portal.at("/a"),)) for client in clients]
    for thread in threads:
        thread.start()
    while len(portal.requests) < 2:
        threading.Event().wait(0.001)
    assert len(portal.requests) == 2
    release.set()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    assert len(portal.requests) == 4


def test_every_attempt_is_observed(portal: Portal, make: Make) -> None:
    portal.answers("/a", Answer(503), Answer(body=b"x" * 10))
    seen: list[Exchange] = []
    make(observe=seen.append).fetch(portal.at("/a"))
    assert [(one.status, one.received) for one in seen] == [(503, 0), (200, 10)]


def test_stopping_the_service_ends_a_body_under_way(portal: Portal, make: Make) -> None:
    stop = threading.Event()
    portal.answer("/a", b"x" * 10_000, drip=(1, 0.005))
    client = make(stop=stop)
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(TryLater, match="shutting down"):
        client.fetch(portal.at("/a"))


def test_what_a_portal_says_of_a_question_it_refuses_is_passed_on_without_secrets(
    portal: Portal,
) -> None:
    body = "<p>Unknown field <b>titre</b> (key: clef-secrete)</p>"
    portal.answer("/x", body=body, status=400, media_type="text/html")
    settings = HttpSettings(allow_hosts=(portal.host,), retries=0, token="clef-secrete")
    with Client(settings, home=portal.url) as client, pytest.raises(SourceRefused) as refused:
        client.fetch(portal.at("/x"))
    assert "answered 400: Unknown field titre (key: ***)" in str(refused.value)
