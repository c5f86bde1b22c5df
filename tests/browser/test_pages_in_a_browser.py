"""The pages in a real browser: they fit, they work from the keyboard, and without JavaScript."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from harvester.territory import load
from harvester.web import app
from tests.published import Counters, config, key, shelf

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.expected_conditions import url_contains, url_to_be  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.skipif(not BROWSER or not DRIVER, reason="no chromium and chromedriver here"),
    # urllib3 and selenium leave sockets to the collector when the browser has gone
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ENTRY = f"/villes/issy-les-moulineaux/datasets/{key(3)}.html"
PAGES = ["/", "/villes/meudon/", "/villes/issy-les-moulineaux/?q=arbres", ENTRY, "/nulle-part"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The service on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(_nothing, port=0, log_level="error", lifespan="off"))
    listening = server.config.bind_socket()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.config.app = app(config(url), shelf(), Counters(), load())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield url
    server.should_exit = True
    thread.join(10)


async def _nothing(scope, receive, send) -> None:
    raise NotImplementedError


def browser(tmp_path_factory, script: bool = True):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not script:
        options.add_experimental_option(
            "prefs", {"profile.managed_default_content_settings.javascript": 2}
        )
    return webdriver.Chrome(options=options, service=Service(DRIVER))


@pytest.fixture(scope="module")
def chrome(tmp_path_factory):
    made = browser(tmp_path_factory)
    yield made
    made.quit()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_window(chrome, address, path, width):
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    chrome.get(address + path)
    assert chrome.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule_of_its_own(chrome, address, path):
    chrome.get_log("browser")
    chrome.get(address + path)
    said = [line["message"] for line in chrome.get_log("browser")]
    assert [line for line in said if "favicon" not in line and "404" not in line] == []
    sheet = "return document.styleSheets.length && document.styleSheets[0].cssRules.length"
    assert chrome.execute_script(sheet) > 50


_CONTRAST = """
const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
const poor = [];
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
  const [a, b] = [lum(rgb(getComputedStyle(e).color).slice(0, 3)), lum(behind(e))].sort((x, y) => y - x);
  const ratio = (a + .05) / (b + .05);
  if (ratio < 4.5) poor.push(e.tagName + ' ' + e.className + ' ' + ratio.toFixed(2));
}
return poor;
"""


@pytest.mark.parametrize("path", PAGES)
def test_every_text_has_the_contrast_of_wcag_aa(chrome, address, path):
    chrome.get(address + path)
    assert chrome.execute_script(_CONTRAST) == []


def test_the_keyboard_comes_first_to_the_content_and_shows_where_it_is(chrome, address):
    chrome.get(address + "/")
    chrome.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    first = chrome.switch_to.active_element
    assert first.text == "Aller au contenu"
    assert first.rect["x"] >= 0
    first.send_keys(Keys.ENTER)
    assert chrome.current_url.endswith("#contenu")
    chrome.switch_to.active_element.send_keys(Keys.TAB)
    field = chrome.switch_to.active_element
    assert field.get_attribute("id") == "q"
    assert field.value_of_css_property("outline-style") == "solid"


def test_searching_filtering_and_reading_work_without_javascript(tmp_path_factory, address):
    chrome = browser(tmp_path_factory, script=False)
    try:
        chrome.get(address + "/villes/issy-les-moulineaux/")
        arrives = WebDriverWait(chrome, 30).until
        chrome.find_element(By.ID, "q").send_keys("velos", Keys.ENTER)
        assert arrives(url_contains("q=velos"))
        cards = chrome.find_elements(By.CSS_SELECTOR, ".card")
        assert cards
        assert all("vélos" in card.text for card in cards)
        cards[0].find_element(By.TAG_NAME, "a").click()
        assert arrives(url_contains("/datasets/"))
        assert "Stationnement des vélos" in chrome.find_element(By.TAG_NAME, "h1").text
        chrome.find_element(By.CSS_SELECTOR, ".trail a").click()
        assert arrives(url_to_be(address + "/villes/issy-les-moulineaux/"))
    finally:
        chrome.quit()
