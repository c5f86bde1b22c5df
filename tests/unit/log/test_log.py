from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from harvester import log


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@a.fr/x", "https://***@a.fr/x"),
        ("https://u:p@ss@a.fr/x", "https://***@a.fr/x"),
        ("https://tok@a.fr", "https://***@a.fr"),
        ("https://a.fr/@me", "https://a.fr/@me"),
        ("https://a.fr/?apikey=abc&q=1", "https://a.fr/?apikey=***&q=1"),
        ("https://a.fr/?q=1&access_token=abc#x", "https://a.fr/?q=1&access_token=***#x"),
        ("https://a.fr/?X-Amz-Signature=abc", "https://a.fr/?X-Amz-Signature=***"),
        ("https://a.fr/?key=abc", "https://a.fr/?key=***"),
        ("https://a.fr/?keyword=abc&tokens_left=2", "https://a.fr/?keyword=abc&tokens_left=2"),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer ***"),
        ("postgresql://u:p@db/x and http://b:c@d", "postgresql://***@db/x and http://***@d"),
        ("rien à cacher = oui", "rien à cacher = oui"),
    ],
)
def test_secrets_of_addresses_and_headers_are_not_shown(text: str, shown: str) -> None:
    assert log.redact(text) == shown


def test_events_are_json_lines_with_what_was_bound() -> None:
    out = io.StringIO()
    log.set_up("json", stream=out)
    with structlog.contextvars.bound_contextvars(run="r1", source="issy"):
        structlog.get_logger().info("page_fetched", url="https://u:p@a.fr/?token=x", bytes=3)
    (event,) = lines(out)
    assert event["event"] == "page_fetched"
    assert (event["run"], event["source"], event["bytes"]) == ("r1", "issy", 3)
    assert event["url"] == "https://***@a.fr/?token=***"
    assert event["level"] == "info"
    assert str(event["timestamp"]).endswith("Z")


def test_nothing_secret_survives_in_an_event() -> None:
    out = io.StringIO()
    log.set_up("json", stream=out)
    logger = structlog.get_logger()
    try:
        raise OSError("no answer from https://u:hunter2@a.fr")
    except OSError:
        logger.exception("failed", token="hunter2", headers={"Authorization": "hunter2"})
    logger.info("more", password="hunter2", error=ValueError("https://a.fr?api_key=hunter2"))
    logging.getLogger("library").warning("asked %s", "https://u:hunter2@a.fr")
    assert "hunter2" not in out.getvalue()
    assert len(lines(out)) == 3


def test_the_level_holds_for_libraries_too_and_can_be_changed() -> None:
    out = io.StringIO()
    log.set_up("json", level="warning", stream=out)
    structlog.get_logger().info("hidden")
    logging.getLogger("library").info("hidden")
    log.set_up("json", level="info", stream=out)
    structlog.get_logger().info("shown")
    logging.getLogger("library").info("shown")
    logging.getLogger("urllib3").info("hidden")
    assert [event["event"] for event in lines(out)] == ["shown", "shown"]


def test_a_console_gets_readable_lines_without_local_variables() -> None:
    out = io.StringIO()
    log.set_up("console", stream=out)
    hidden = "hunter2"
    try:
        raise ValueError(len(hidden))
    except ValueError:
        structlog.get_logger().exception("run_crashed", source="issy")
    text = out.getvalue()
    assert "run_crashed" in text
    assert "source=issy" in text
    assert "ValueError: 7" in text
    assert '"event"' not in text


def test_auto_is_json_where_nobody_watches() -> None:
    out = io.StringIO()
    log.set_up("auto", stream=out)
    structlog.get_logger().info("hello")
    assert lines(out)[0]["event"] == "hello"
