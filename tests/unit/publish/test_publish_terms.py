"""Lexical forms that every RDF parser accepts."""

import pytest

from harvester.publish import terms


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2023", ("2023", "xsd:gYear")),
        ("2023-05", ("2023-05", "xsd:gYearMonth")),
        ("2023-05-01", ("2023-05-01", "xsd:date")),
        ("2023-05-01T10:00", ("2023-05-01T10:00:00", "xsd:dateTime")),
        ("2023-05-01T10:00Z", ("2023-05-01T10:00:00Z", "xsd:dateTime")),
        ("2023-05-01T10:00:00.5-05:00", ("2023-05-01T10:00:00.5-05:00", "xsd:dateTime")),
    ],
)
def test_a_date_says_its_precision(value, expected):
    assert terms.date(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2023-02-31", "2023-02"),
        ("2023-02-31T10:00:00Z", "2023-02"),
        ("2023-05-01T10:00:00+40:00", "2023-05-01"),
    ],
)
def test_a_date_no_calendar_knows_keeps_the_part_that_is_true(value, expected):
    assert terms.date(value)[0] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("P1Y", "P1Y"),
        ("P2W", "P14D"),
        ("PT15M", "PT15M"),
        ("-P1DT0.5S", "-P1DT0.5S"),
        ("P", None),
        ("PT", None),
    ],
)
def test_a_duration_is_one_that_xml_schema_knows(value, expected):
    assert terms.duration(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.fr/x?y=1#z", "https://a.fr/x?y=1#z"),
        ("https://a.fr/é", "https://a.fr/é"),
        ("https://a.fr/?a[]=1", "https://a.fr/?a%5B%5D=1"),
        ("https://a.fr/100%", "https://a.fr/100%25"),
        ("https://a.fr/x#y#z", "https://a.fr/x#y%23z"),
        ("https://[::1]:80/", "https://[::1]:80/"),
        ("mailto:a b@c.fr", "mailto:a%20b@c.fr"),
    ],
)
def test_an_iri_is_made_fit_and_no_more(value, expected):
    assert terms.iri(value) == expected
    assert terms.iri(expected) == expected


@pytest.mark.parametrize("value", [1e-7, 1e21, 0.0, 30.5, -2.0])
def test_a_decimal_has_no_exponent(value):
    assert "e" not in terms.decimal(value)
    assert float(terms.decimal(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_published(value):
    assert terms.decimal(value) is None
