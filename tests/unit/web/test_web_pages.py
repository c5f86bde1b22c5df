"""Pages for people: safe, French, findable."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from lxml import html

from harvester.config.colours import contrast
from harvester.model import Dataset, Distribution
from harvester.store.catalogue import Difference
from harvester.territory import load
from harvester.web import app, french
from tests.published import Client, Counters, Shelf, config, key, row, shelf

GAZETTEER = load()
LICENCES = "http://publications.europa.eu/resource/authority/licence/"


def client(reading=None) -> Client:
    made = app(config("https://donnees.example.fr"), reading or shelf(), Counters(), GAZETTEER)
    return Client(made, follow_redirects=False)


def page(path: str, reading=None) -> html.HtmlElement:
    answer = client(reading).get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


PAGES = [
    "/",
    "/villes/issy-les-moulineaux/",
    f"/datasets/{key(3)}.html",
    f"/datasets/{key(44)}.html",
    "/?q=budget&theme=x",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_landmarks_one_heading_and_labels(path):
    tree = page(path)
    assert tree.get("lang") == "fr"
    assert len(tree.xpath("//main")) == len(tree.xpath("//h1")) == 1
    assert tree.xpath("//a[@class='skip']/@href") == ["#contenu"]
    assert tree.xpath("//title")[0].text_content().strip()
    labelled = set(tree.xpath("//label/@for"))
    assert set(tree.xpath("//input/@id | //select/@id")) == labelled
    levels = [int(h.tag[1]) for h in tree.xpath("//h1|//h2|//h3|//h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not tree.xpath("//script[not(@type='application/ld+json')] | //@style | //*[@onclick]")


def test_words_are_found_without_accents_and_whatever_the_case():
    found = page("/?q=ECOLES menus").xpath("//li[@class='card']//h3")
    assert found
    assert all("Menus" in item.text_content() for item in found)


def test_filters_narrow_and_can_be_taken_off():
    tree = page(
        "/?theme=http://publications.europa.eu/resource/authority/data-theme/TRAN&format=CSV"
    )
    assert all("vélos" in item.text_content() for item in tree.xpath("//li[@class='card']//h3"))
    assert len(tree.xpath("//ul[@class='chips']/li")) == 2
    assert tree.xpath("//select[@id='theme']/option[@selected]")


def test_lists_are_paged():
    tree = page("/?page=2")
    assert tree.xpath("//a[@aria-current='page']")[0].text_content().endswith("2")
    assert tree.xpath("//a[@rel='next']/@href") == ["https://donnees.example.fr/?page=3"]
    assert len(tree.xpath("//li[@class='card']")) == 20


def test_a_city_shows_who_it_is():
    answer = client().get("/villes/issy-les-moulineaux/").text
    assert "Issy Open Data" in answer
    assert "Les données d’<strong>Issy-les-Moulineaux</strong>." in answer
    assert "mailto:opendata@ville.example" in answer
    style = client().get("/villes/issy-les-moulineaux/style.css")
    assert "--accent:#e2001a" in style.text


def test_a_page_says_where_the_data_comes_from():
    tree = page(f"/datasets/{key(3)}.html")
    (link,) = tree.xpath("//section[@aria-labelledby='provenance']//a")
    assert link.text_content() == "Portail d’Issy-les-Moulineaux"
    assert link.get("href") == "https://data.ville.example/jeux/3"


def test_a_page_says_which_sources_say_otherwise_and_nothing_they_write_can_run():
    reading = shelf()
    reading.differing[key(3)] = [
        Difference(
            "license", "issy", "https://data.ville.example/jeux/3", ("javascript:alert(1)",)
        ),
        Difference("license", "autre", "javascript:alert(1)", (f"{LICENCES}ODC_BL", "<b>x</b>")),
        Difference("rights", "autre", "", ({"fr": "<p>Mention <i>requise</i></p>"},)),
    ]
    tree = page(f"/datasets/{key(3)}.html", reading)
    said = [
        " ".join(line.text_content().split())
        for line in tree.xpath("//ul[@aria-labelledby='desaccords']/li")
    ]
    assert said == [
        "Licence : javascript:alert(1) selon Portail d’Issy-les-Moulineaux",
        "Licence : ODbL, <b>x</b> selon autre",
        "Mentions de droits : Mention requise selon autre",
    ]
    assert not [h for h in tree.xpath("//@href") if h.startswith("javascript")]
    assert not page(f"/datasets/{key(4)}.html", reading).xpath("//*[@id='desaccords']")


WILD = Dataset(
    title={"fr": "</script><img src=x onerror=alert(1)>"},
    description={
        "fr": "<p onclick='x()'>Bon</p><script>alert(1)</script><a href='javascript:x()'>a</a><iframe src=x></iframe>"
    },
    keyword={"fr": ("<b>gras</b>",)},
    license="javascript:alert(1)",
    landing_page=("javascript:alert(1)",),
    distribution=(
        Distribution(
            title={"": "<i>x</i>"},
            access_url=("javascript:alert(1)", "https://a.fr/"),
            format="<u>",
        ),
    ),
)


def test_nothing_a_source_wrote_can_run_in_the_page():
    reading = Shelf({"": [row(0, WILD)]})
    for path in (f"/datasets/{key(0)}.html", "/"):
        text = client(reading).get(path).text
        tree = html.fromstring(text)
        assert not tree.xpath("//iframe | //img | //@onclick | //@onerror | //script[not(@type)]")
        assert not [h for h in tree.xpath("//@href") if h.strip().lower().startswith("javascript")]
        data = re.findall(r"<script[^>]*>(.*?)</script>", text, re.S)
        for script in data:
            assert json.loads(script)["name"] == WILD.title["fr"]


def test_search_engines_get_a_dataset():
    text = client().get(f"/datasets/{key(3)}.html").text
    data = json.loads(re.search(r"<script[^>]*>(.*?)</script>", text, re.S)[1])
    assert data["@type"] == "Dataset"
    assert data["url"] == f"https://donnees.example.fr/datasets/{key(3)}"
    assert data["distribution"][0]["contentUrl"].startswith("https://data.ville.example/")
    assert data["temporalCoverage"] == ["2020/2024-12-31"]
    assert "<" not in data["description"]


@pytest.mark.parametrize(
    ("iso", "expected"),
    [
        ("2023-05-01", "1er mai 2023"),
        ("2023-05-12T10:00:00Z", "12 mai 2023"),
        ("2023-05", "mai 2023"),
        ("2023", "2023"),
        ("", ""),
    ],
)
def test_dates_are_french(iso, expected):
    assert french.date(iso) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2020", "2024-12-31", "de 2020 au 31 décembre 2024"),
        ("2020-04", "2021-05", "d’avril 2020 à mai 2021"),
        ("2020-01-01", "2020-01-02", "du 1er janvier 2020 au 2 janvier 2020"),
        ("2020", None, "depuis 2020"),
        (None, "2020-03-05", "jusqu’au 5 mars 2020"),
        ("2020", "2020", "2020"),
    ],
)
def test_periods_are_french(start, end, expected):
    assert french.period(start, end) == expected


def test_an_excerpt_has_words_only():
    text = "<p>Un <em>texte</em>.</p><script>alert(1)</script><p>Suite&nbsp;&amp; fin</p><style>p{}"
    assert french.plain(text) == "Un texte. Suite & fin"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [(0, "0 octets"), (999, "999 octets"), (1234, "1,2 ko"), (12_345_678, "12 Mo")],
)
def test_sizes_are_french(octets, expected):
    assert french.size(octets).replace("\u00a0", " ") == expected


def test_a_plain_description_keeps_its_paragraphs_and_links():
    made = french.safe("Un.\n\nDeux < trois\nhttps://a.fr/x?y=1.")
    assert made == (
        '<p>Un.</p><p>Deux &lt; trois<br><a href="https://a.fr/x?y=1" '
        'rel="noopener noreferrer nofollow">https://a.fr/x?y=1</a>.</p>'
    )


def styled(**chosen: str) -> dict[str, str]:
    """The colours in Meudon's style sheet, by name."""
    settings = config()
    views = [view.model_copy(update=chosen) for view in settings.views]
    made = app(settings.model_copy(update={"views": tuple(views)}), shelf(), Counters(), GAZETTEER)
    return dict(
        re.findall(r"--([a-z-]+):(#[0-9a-f]+)", Client(made).get("/villes/meudon/style.css").text)
    )


@pytest.mark.parametrize(
    "colour", ["#ffd400", "#000000", "#ffffff", "#e2001a", "#1d4f91", "#787878"]
)
def test_any_colour_of_a_city_stays_readable(colour):
    named = styled(colour=colour)
    assert contrast(named["link"], "#ffffff") >= 4.5
    assert contrast(named["accent"], named["on-accent"]) >= 4.5


def test_a_city_chooses_the_colours_of_its_texts_and_links():
    named = styled(colour="#ffd400", text_colour="#3a2e00", link_colour="#7a5c00")
    assert (named["on-accent"], named["link"]) == ("#3a2e00", "#7a5c00")


def test_an_error_page_is_a_page_for_browsers_and_a_line_for_others():
    answer = client().get("/nulle-part", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<h1>Page introuvable</h1>" in answer.text
    assert client().get("/nulle-part").text == "Cette page n’existe pas.\n"


def test_a_view_too_large_to_hold_is_searched_by_the_store(monkeypatch):
    monkeypatch.setattr("harvester.web.pages.INDEXED", 10)
    tree = page("/")
    assert len(tree.xpath("//li[@class='card']")) == 20
    assert not tree.xpath("//select")


def test_a_page_is_made_once_for_everybody(monkeypatch):
    http = client()
    first = http.get("/?q=budget").content
    monkeypatch.setattr("harvester.web.pages.render", lambda *a, **k: pytest.fail("made again"))
    assert http.get("/?q=budget").content == first
