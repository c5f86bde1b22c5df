"""An agent's way in a real browser: from a public page to the provider, back to the agents' catalogue, and out again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import uvicorn

from harvester.web import app
from tests.browser.test_pages_in_a_browser import _CONTRAST, _nothing, browser, pytestmark  # noqa: F401
from tests.portal import Portal
from tests.provider import Provider
from tests.published import Counters
from tests.territory import Territory, dataset, gazetteer, turtle

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402


def test_an_agent_signs_in_and_out(tmp_path: Path, tmp_path_factory, portal: Portal) -> None:
    server = uvicorn.Server(uvicorn.Config(_nothing, port=0, log_level="error", lifespan="off"))
    listening = server.config.bind_socket()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    territory = Territory(tmp_path / "t", f"sqlite:///{tmp_path}/h.sqlite")
    with Provider() as provider:
        territory.configure(provider.settings('{ agents = "meudon" }'))
        file = territory.folder / "config.toml"
        file.write_text(file.read_text().replace("https://donnees.gpso.example", url))
        territory.source("interne", portal, more='access = "restricted"')
        portal.answer("/catalog.ttl", turtle(dataset("a", "Astreintes")), media_type="text/turtle")
        territory.run("interne")
        provider.claims["groups"] = ["agents"]
        server.config.app = app(territory.config, territory.store, Counters(), gazetteer())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        chrome = browser(tmp_path_factory)
        try:
            chrome.get(f"{url}/villes/meudon/")
            assert "Astreintes" not in chrome.page_source
            chrome.find_element(By.LINK_TEXT, "Connexion agents").click()
            WebDriverWait(chrome, 30).until(lambda c: "Astreintes" in c.page_source)
            assert chrome.current_url == f"{url}/villes/meudon/"
            assert chrome.execute_script(_CONTRAST) == []
            assert chrome.execute_script("return document.cookie") == ""
            chrome.find_element(By.CSS_SELECTOR, ".inside button").click()
            WebDriverWait(chrome, 30).until(lambda c: "Connexion agents" in c.page_source)
            chrome.get(f"{url}/villes/meudon/")
            assert "Astreintes" not in chrome.page_source
        finally:
            chrome.quit()
            server.should_exit = True
            thread.join(10)
            territory.close()
