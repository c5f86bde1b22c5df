"""A folder of RDF files that a web server lists, harvested like a catalogue."""

from __future__ import annotations

from tests.portal import Portal
from tests.territory import Territory, datasets

PAGE = "<html><head><title>Index of {0}</title></head><body><h1>Index of {0}</h1><pre>{1}</pre></body></html>"


def index(portal: Portal, path: str, *links: str) -> None:
    lines = "\n".join(f'<a href="{link}">{link}</a>  02-May-2024 10:11  12' for link in links)
    portal.answer(path, body=PAGE.format(path, lines).encode(), media_type="text/html")


def test_files_and_sub_directories_are_read_and_what_went_is_withdrawn(
    territory: Territory, portal: Portal
) -> None:
    index(portal, "/waf/", "../", "notice.pdf", "a.ttl", "sous/", "/ailleurs.ttl")
    index(portal, "/waf/sous/", "../", "b.ttl", "vide/")
    index(portal, "/waf/sous/vide/", "../")
    portal.answer("/waf/a.ttl", body=datasets(2), media_type="text/plain")
    portal.answer("/waf/sous/b.ttl", body=datasets(2, first=2), media_type="text/plain")
    territory.source("waf", portal, "/waf/", more="[guard]\nthreshold = 1\ngrace = 1\n")
    first = territory.run("waf")
    assert (first.outcome, first.counts.published) == ("success", 4)
    assert not portal.asked("/ailleurs.ttl")
    assert not portal.asked("/waf/notice.pdf")
    again = territory.run("waf")
    assert (again.counts.new, again.counts.changed, again.counts.gone) == (0, 0, 0)
    index(portal, "/waf/sous/", "../", "vide/")
    gone = territory.run("waf")
    assert (gone.outcome, gone.counts.published) == ("success", 2)


def test_many_directories_with_few_files_are_walked_to_the_end(
    territory: Territory, portal: Portal
) -> None:
    index(portal, "/waf/", *(f"d{n}/" for n in range(25)))
    for number in range(25):
        index(portal, f"/waf/d{number}/", *(["x.ttl"] if number == 24 else []))
    portal.answer("/waf/d24/x.ttl", body=datasets(1), media_type="text/turtle")
    territory.source("waf", portal, "/waf/")
    assert territory.run("waf").counts.published == 1


def test_one_file_that_is_none_costs_no_other_and_nothing_is_withdrawn_meanwhile(
    territory: Territory, portal: Portal
) -> None:
    index(portal, "/waf/", "a.ttl", "b.xml", "c.ttl", "prive/")
    portal.answer("/waf/a.ttl", body=datasets(1), media_type="text/turtle")
    portal.answer("/waf/b.xml", body=b"<gmd:MD_Metadata/>", media_type="text/xml")
    portal.answer("/waf/c.ttl", body=datasets(1, first=1), media_type="text/turtle")
    portal.answer("/waf/prive/", status=403)
    territory.source("waf", portal, "/waf/", more="[guard]\nthreshold = 1\ngrace = 1\n")
    first = territory.run("waf")
    assert (first.outcome, first.counts.published) == ("partial", 2)
    assert first.problems_by_code["not-rdf"] == 1
    assert first.problems_by_code["page-refused"] == 1
    index(portal, "/waf/", "a.ttl", "b.xml", "prive/")
    assert territory.run("waf").counts.published == 2


def test_the_same_datasets_in_two_syntaxes_leave_the_walk_complete(
    territory: Territory, portal: Portal
) -> None:
    index(portal, "/waf/", "a.ttl", "copie.ttl", "z.ttl")
    portal.answer("/waf/a.ttl", body=datasets(2), media_type="text/turtle")
    portal.answer("/waf/copie.ttl", body=datasets(2) + b"\n# copie", media_type="text/turtle")
    portal.answer("/waf/z.ttl", body=datasets(1, first=2), media_type="text/turtle")
    territory.source("waf", portal, "/waf/", more="[guard]\nthreshold = 1\ngrace = 1\n")
    assert territory.run("waf").counts.published == 3
    index(portal, "/waf/", "a.ttl", "copie.ttl")
    assert territory.run("waf").counts.published == 2


def test_a_listing_without_any_rdf_says_what_it_holds(territory: Territory, portal: Portal) -> None:
    index(portal, "/waf/", "../", "a.shp", "b.shp", "c.pdf")
    territory.source("waf", portal, "/waf/")
    outcome = territory.run("waf")
    assert outcome.outcome == "refused"
    assert "2 .shp, 1 .pdf" in outcome.message
