"""The cleaners behind `|`, one by one."""

from pathlib import Path
from typing import Any

import pytest

from harvester.map import text
from harvester.map.cleaners import CLEANERS, Tools
from harvester.map.rules import step
from harvester.map.tables import vocabularies
from harvester.map.values import Outcome


def cleaned(name: str, *values: Any, arguments: tuple[str, ...] = ()) -> list[Any]:
    tools = Tools(vocabularies(), {"92040": "fr:commune:92040"}.get)
    return step(CLEANERS[name], arguments, tools, "path")(list(values), Outcome())


@pytest.mark.parametrize(
    ("name", "arguments", "value", "expected"),
    [
        ("text", (), "  Aires\u200b de\xa0jeux\n(été)  ", "Aires de jeux (été)"),
        ("text", (), "e\u0301te\u0301 &amp; <b>hiver</b>", "été & hiver"),
        ("plain", (), "<p>Un</p><ul><li>deux</li></ul>", "Un\n\n- deux"),
        ("html", (), "<p onclick='x()'>Un <script>alert(1)</script></p>", "<p>Un </p>"),
        ("html", (), "R&amp;D < 3", "R&D < 3"),
        ("html", (), "a < b & c", "a < b & c"),
        ("html", (), "&lt;p&gt;Un&lt;/p&gt;", "<p>Un</p>"),
        ("markdown", (), "# Un\n\n* deux", "<h1>Un</h1>\n<ul>\n<li>deux</li>\n</ul>"),
        ("markdown", (), "Rien de spécial.", "Rien de spécial."),
        ("markdown", (), "[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("markdown", (), "Recettes & dépenses < 1 €", "Recettes & dépenses < 1 €"),
        ("markdown", (), "Un #sujet, 3 * 4 et a_b_c", "Un #sujet, 3 * 4 et a_b_c"),
        ("lower", (), "ÉTÉ", "été"),
        ("upper", (), "été", "ÉTÉ"),
        ("capitalise", (), "été à Issy", "Été à Issy"),
        ("humanise", (), "aires-de_jeux", "Aires de jeux"),
        ("humanise", (), "https://data.exemple.fr/jeux/piscinesMunicipales/", "Piscines Municipales"),
        ("slug", (), "Aires de jeux (été)", "aires-de-jeux-ete"),
        ("replace", ("http:", "https:"), "http://a.fr", "https://a.fr"),
        ("extract", (r"(\d+)",), "id 42", "42"),
        ("prefix", ("https://a.fr/",), "x", "https://a.fr/x"),
        ("suffix", (".csv",), "x", "x.csv"),
        ("parameter", ("refine.publisher",), "https://a.fr/?refine.publisher=Ville+de+X", "Ville de X"),
        ("date", (), "12/03/2021", "2021-03-12"),
        ("start", (), "2019/2021", "2019"),
        ("end", (), "2019/2021", "2021"),
        ("duration", (), "1 an", "P1Y"),
        ("number", (), "1 234,5", 1234.5),
        ("integer", (), "8946.0", 8946),
        ("size", (), "1,5 Ko", 1536),
        ("size", (), "42 octets", 42),
        ("email", (), "Service SIG <sig@ville.fr>", "sig@ville.fr"),
        ("email", (), "mailto:sig@ville.fr", "sig@ville.fr"),
        ("telephone", (), "tel:+33 1 23", "+33 1 23"),
        ("iri", (), "https://a.fr/a b", "https://a.fr/a%20b"),
        ("http", (), "www.ville.fr/x", "https://www.ville.fr/x"),
        ("wkt", (), "2,48", "POINT (2 48)"),
        ("bbox", (), "48 2 49 3", "2.0,48.0,3.0,49.0"),
        ("geometric", (), "POINT(2 48)", "POINT(2 48)"),
        ("wording", (), "Suresnes", "Suresnes"),
        ("restriction", (), "Accès réservé aux agents", "restricted"),
        ("cog", (), "92040", "fr:commune:92040"),
        ("language", (), "fr-FR", "http://publications.europa.eu/resource/authority/language/FRA"),
        ("known", ("theme",), "Transports", "http://publications.europa.eu/resource/authority/data-theme/TRAN"),
    ],
)  # fmt: skip
def test_a_value_becomes(name: str, arguments: tuple[str, ...], value: str, expected: Any) -> None:
    assert cleaned(name, value, arguments=arguments) == [expected]


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("ignore", ("à définir", "-"), "A definir"),
        ("geometric", (), "Suresnes"),
        ("wording", (), "POINT(2 48)"),
        ("restriction", (), "Accès libre"),
        ("wording", (), "https://a.fr"),
        ("extract", ("x(.)",), "abc"),
        ("parameter", ("a",), "https://a.fr/"),
        ("known", ("theme",), "Chevaux"),
        ("text", (), "\u200b"),
    ],
)
def test_a_value_may_become_nothing(name: str, arguments: tuple[str, ...], value: str) -> None:
    assert cleaned(name, value, arguments=arguments) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("date", "bientôt", "date-invalid"),
        ("start", "bientôt", "date-invalid"),
        ("duration", "souvent", "duration-invalid"),
        ("number", "beaucoup", "number-invalid"),
        ("integer", "", "number-invalid"),
        ("size", "-3", "number-invalid"),
        ("email", "personne", "email-invalid"),
        ("iri", "relatif/chemin", "iri-invalid"),
        ("iri", "file:///C:/x", "link-not-public"),
        ("http", "http://localhost:8080/x", "link-not-public"),
        ("http", "ftp://a.fr/x", "iri-invalid"),
        ("wkt", "NaN,1,2,3", "geometry-invalid"),
        ("cog", "Nulle part", "place-unknown"),
        ("language", "klingon", "value-unknown"),
    ],
)
def test_what_cannot_be_cleaned_is_told_and_left_out(name: str, value: str, code: str) -> None:
    outcome = Outcome()
    tools = Tools(vocabularies(), {}.get)
    assert step(CLEANERS[name], (), tools, "dct:x")([value], outcome) == []
    assert [(p.code, p.path) for p in outcome.problems] == ([(code, "dct:x")] if value else [])


def test_cleaners_of_lists_see_all_values() -> None:
    assert cleaned("first", "a", "b") == ["a"]
    assert cleaned("unique", "a", "b", "a") == ["a", "b"]
    assert cleaned("join", "a", "b", arguments=(" / ",)) == ["a / b"]
    assert cleaned("default", arguments=("x",)) == ["x"]
    assert cleaned("default", "a", arguments=("x",)) == ["a"]
    assert cleaned("split", "a, b;c | d") == ["a", "b", "c", "d"]
    assert cleaned("split", "a / b, c", arguments=(" / ",)) == ["a", "b, c"]
    assert cleaned("split_lone", "a, b") == ["a", "b"]
    assert cleaned("split_lone", "a, b", "c") == ["a, b", "c"]


def test_a_text_keeps_its_language_through_cleaners() -> None:
    value = {"@value": "Été, Hiver", "@language": "fr"}
    assert cleaned("split", value) == [
        {"@value": "Été", "@language": "fr"},
        {"@value": "Hiver", "@language": "fr"},
    ]
    assert cleaned("lower", value) == [{"@value": "été, hiver", "@language": "fr"}]


def test_the_latest_of_several_dates_is_kept_however_they_are_written() -> None:
    assert cleaned("latest", "2012-05", "03/04/2020", "2015", "bientôt") == ["03/04/2020"]
    assert cleaned("latest", "bientôt") == ["bientôt"]


def test_a_sentence_that_keeps_something_from_the_public_is_a_restriction() -> None:
    assert cleaned("restriction", "Accès réservé aux agents de la ville") == ["restricted"]
    assert cleaned("restriction", "Données librement réutilisables") == []


def test_every_cleaner_is_exercised_here() -> None:
    content = Path(__file__).read_text("utf-8")
    assert [name for name in CLEANERS if f'"{name}"' not in content] == []


def test_sanitised_html_is_stable() -> None:
    once = text.sanitise("<p>Un <a href='https://a.fr' target=_blank>lien</a> &lt;p&gt;</p>")
    assert text.sanitise(once) == once


@pytest.mark.parametrize("nasty", ["<img src=x onerror=alert(1)>", "<a href='javascript:x'>a</a>", "<style>p{}</style>", "<iframe src=x>", "<svg/onload=alert(1)>"])  # fmt: skip
def test_nothing_that_runs_survives(nasty: str) -> None:
    for name in ("html", "markdown", "text", "plain"):
        result = "".join(cleaned(name, f"<p>{nasty}</p>"))
        for word in ("<img", 'href="java', "<style", "<iframe", "<svg", "onerror"):
            assert word not in result


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "1" + " " * 50_000 + "x"),
        ("geometric", " " * 50_000 + "x"),
        ("wording", " " * 50_000 + "x"),
        ("wkt", "<a>" + " " * 50_000 + "x"),
        ("wkt", "POINT" + " " * 50_000 + "x"),
        ("wkt", "<Point " + "<pos " * 20_000),
        ("start", "1" + " " * 50_000 + "x"),
        ("duration", "1" + " " * 50_000 + "x"),
        ("humanise", "aA_" * 20_000),
        ("http", "http://" + "a." * 30_000),
        ("iri", "a:" + " " * 50_000 + "x"),
    ],
)
def test_a_value_made_to_be_slow_is_not(name: str, value: str) -> None:
    # Quadratic, each of them would take minutes.
    step(CLEANERS[name], (), Tools(vocabularies(), {}.get), "x")([value], Outcome())


def test_a_parameter_is_found_in_what_is_no_address() -> None:
    assert cleaned("parameter", "https://[a?id=1#b", arguments=("id",)) == ["1"]
