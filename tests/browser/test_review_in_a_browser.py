"""A curator at work in a real browser, without JavaScript: sign in, see a pair, decide, undo."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from harvester.store import tokens
from harvester.territory import load
from harvester.web import app
from harvester.web.readers import stored_curators
from tests.browser.test_pages_in_a_browser import _CONTRAST, _nothing, browser, chrome
from tests.portal import Portal
from tests.published import Counters
from tests.reviewing import waiting
from tests.territory import Territory

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import url_contains, url_to_be
from selenium.webdriver.support.wait import WebDriverWait

__all__ = ["chrome"]

pytestmark = [
    pytest.mark.skipif(
        not shutil.which("chromium") or not shutil.which("chromedriver"),
        reason="no chromium and chromedriver here",
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def service(tmp_path, portal: Portal) -> Iterator[tuple[str, Territory, str]]:
    """The service with a pair that waits, on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(_nothing, port=0, log_level="error", lifespan="off"))
    listening = server.config.bind_socket()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    territory = Territory(tmp_path / "territory", f"sqlite:///{tmp_path}/h.sqlite")
    waiting(territory, portal)
    config = territory.config.model_copy(update={"base_url": url})
    with territory.store.write() as connection:
        token = tokens.create(connection, "", "Anne", opens="review")[1]
    server.config.app = app(
        config, territory.store, Counters(), load(), stored_curators(territory.store)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield url, territory, token
    server.should_exit = True
    thread.join(10)
    territory.close()


def enter(chrome, url: str, token: str) -> None:
    chrome.get(url + "/revue/connexion")
    chrome.delete_all_cookies()  # they do not tell one port from another
    chrome.get(url + "/revue")
    WebDriverWait(chrome, 30).until(url_to_be(url + "/revue/connexion"))
    chrome.find_element(By.ID, "jeton").send_keys(token, Keys.ENTER)
    WebDriverWait(chrome, 30).until(url_to_be(url + "/revue"))


def button(chrome, value: str):
    return chrome.find_element(By.CSS_SELECTOR, f".decide button[value='{value}']")


def test_a_curator_decides_and_undoes_without_javascript(tmp_path_factory, service) -> None:
    url, territory, token = service
    chrome = browser(tmp_path_factory, script=False)
    try:
        arrives = WebDriverWait(chrome, 30).until
        enter(chrome, url, token)
        chrome.find_element(By.CSS_SELECTOR, ".card a").click()
        assert arrives(url_contains("/revue/"))
        marked = [mark.text.strip() for mark in chrome.find_elements(By.CSS_SELECTOR, ".pair mark")]
        assert "notre" in marked
        chrome.find_element(By.ID, "note").send_keys("vu avec la ville")
        button(chrome, "same").click()
        assert arrives(url_contains("apres="))
        assert "Décision notée" in chrome.find_element(By.CSS_SELECTOR, "[role=status]").text
        assert len(territory.rows()) == 3
        assert territory.sql('SELECT "by", note FROM decision') == [("Anne", "vu avec la ville")]
        chrome.find_element(By.CSS_SELECTOR, "[role=status] button").click()
        arrives(lambda _: len(territory.rows()) == 4)
        chrome.get(url + "/revue")
        assert len(chrome.find_elements(By.CSS_SELECTOR, ".card")) == 1
    finally:
        chrome.quit()


def test_the_review_works_from_the_keyboard(chrome, service) -> None:
    url, territory, token = service
    enter(chrome, url, token)
    link = chrome.find_element(By.CSS_SELECTOR, ".card a")
    link.send_keys(Keys.ENTER)
    WebDriverWait(chrome, 30).until(url_contains("/revue/"))
    reached = []
    for _ in range(14):
        chrome.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(chrome.switch_to.active_element.get_attribute("value"))
    assert [value for value in reached if value in ("same", "different", "a-in-b", "b-in-a")] == [
        "same",
        "different",
        "a-in-b",
        "b-in-a",
    ]
    button(chrome, "different").send_keys(Keys.SPACE)
    WebDriverWait(chrome, 30).until(url_contains("apres="))
    assert territory.sql("SELECT verdict FROM decision") == [("different",)]


def test_the_review_s_pages_fit_and_are_readable(chrome, service) -> None:
    url, _, token = service
    chrome.get(url + "/revue/connexion")
    pages = [url + "/revue/connexion"]
    enter(chrome, url, token)
    pages += [url + "/revue", chrome.find_element(By.CSS_SELECTOR, ".card a").get_attribute("href")]
    for page in pages:
        for width in (320, 1280):
            chrome.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
            )
            chrome.get(page)
            assert chrome.execute_script("return document.documentElement.scrollWidth") <= width
            assert chrome.execute_script(_CONTRAST) == []
            unnamed = (
                "return [...document.querySelectorAll('input:not([type=hidden]),select,textarea')]"
                ".filter(e => !e.labels.length).map(e => e.outerHTML)"
            )
            assert chrome.execute_script(unnamed) == []
        assert [line for line in chrome.get_log("browser") if line["level"] == "SEVERE"] == []
    chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
