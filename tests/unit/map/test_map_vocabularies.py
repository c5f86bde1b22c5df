"""Words of the wild and the authority tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.map import vocabularies
from harvester.map.vocabulary import extended, key

EU = "http://publications.europa.eu/resource/authority/"
LO1 = "https://www.etalab.gouv.fr/wp-content/uploads/2014/05/Licence_Ouverte.pdf"


def found(name: str, value: str) -> str | None:
    iris = vocabularies()[name].lookup(value)
    return iris[0].removeprefix(EU) if iris else None


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Licence Ouverte v2.0 (Etalab)", "ETALAB_2_0"),
        ("Licence Ouverte / Open Licence version 2.0", "ETALAB_2_0"),
        ("Licence Ouverte Version 2.0", "ETALAB_2_0"),
        ("licence ouverte", "ETALAB_2_0"),
        ("lov2", "ETALAB_2_0"),
        ("LOV2", "ETALAB_2_0"),
        ("etalab-2.0", "ETALAB_2_0"),
        ("https://spdx.org/licenses/etalab-2.0", "ETALAB_2_0"),
        ("https://spdx.org/licenses/etalab-2.0.html", "ETALAB_2_0"),
        ("https://www.etalab.gouv.fr/licence-ouverte-open-licence/", "ETALAB_2_0"),
        ("https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf", "ETALAB_2_0"),
        ("Licence Ouverte / Open Licence Version 2.0 https://www.etalab.gouv.fr/wp-content/uploads/2017/04/x.pdf", "ETALAB_2_0"),
        ("ODbL", "ODC_BL"),
        ("odc-odbl", "ODC_BL"),
        ("Open Database License (ODbL)", "ODC_BL"),
        ("http://opendatacommons.org/licenses/odbl/", "ODC_BL"),
        ("https://opendatacommons.org/licenses/odbl/summary/", "ODC_BL"),
        ("http://opendatacommons.org/licenses/odbl/1-0/", "ODC_BL"),
        ("https://vvlibri.org/fr/licence/odbl-10/legalcode/unofficial", "ODC_BL"),
        ("CC-BY-4.0", "CC_BY_4_0"),
        ("cc by 4.0", "CC_BY_4_0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.fr", "CC_BY_4_0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/legalcode", "CC_BYNC_4_0"),
        ("Creative Commons Attribution", "CC_BY"),
        ("cc-by-sa", "CC_BYSA"),
        ("cc-zero", "CC0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
        ("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "OGL_3_0"),
    ],
)  # fmt: skip
def test_licences_are_known_in_fifty_spellings(spelling: str, code: str) -> None:
    assert found("licence", spelling) == f"licence/{code}"


@pytest.mark.parametrize(
    "spelling",
    [
        "fr-lo",
        "Licence Ouverte / Open Licence",
        "Licence Ouverte Version 1.0",
        "https://wiki.data.gouv.fr/wiki/Licence_Ouverte_/_Open_Licence",
        "La réutilisation est gratuite selon les termes de la « licence ouverte » version 1.0",
    ],
)
def test_the_first_open_licence_is_not_taken_for_the_second(spelling: str) -> None:
    assert found("licence", spelling) == LO1


@pytest.mark.parametrize(
    "spelling",
    [
        "License Not Specified",
        "notspecified",
        "Non précisée",
        "license",
        "otherRestrictions",
        "http://inspire.ec.europa.eu/metadatacodelist/LimitationsOnPublicAccess/noLimitations",
    ],
)
def test_a_licence_that_says_nothing_is_nothing(spelling: str) -> None:
    assert vocabularies()["licence"].lookup(spelling) == ()


@pytest.mark.parametrize(
    "spelling",
    [
        "https://data.exemple.fr/licence",
        "Nutzungsbedingungen der LHP",
        "Ces données ne sont pas sous licence ouverte version 2.0",
        "https://exemple.fr/by",
    ],
)
def test_an_unknown_licence_is_not_guessed(spelling: str) -> None:
    assert vocabularies()["licence"].lookup(spelling) is None


@pytest.mark.parametrize(
    ("name", "spelling", "iri"),
    [
        ("format", "csv", "file-type/CSV"),
        ("format", ".xlsx", "file-type/XLSX"),
        ("format", "text/csv", "file-type/CSV"),
        ("format", "text/csv; charset=utf-8", "file-type/CSV"),
        ("format", "https://www.iana.org/assignments/media-types/text/csv", "file-type/CSV"),
        ("format", "http://publications.europa.eu/resource/authority/file-type/SHP", "file-type/SHP"),
        ("format", "ESRI Shapefile (SHP)", "file-type/SHP"),
        ("format", "shp (wgs84)", "file-type/SHP"),
        ("format", "MapInfo TAB", "file-type/TAB"),
        ("format", "csv.gz", "file-type/GZIP"),
        ("format", "xml et pdf", "file-type/XML"),
        ("format", "OGC:WMS", "file-type/WMS_SRVC"),
        ("format", "application/vnd.geo+json", "file-type/GEOJSON"),
        ("frequency", "annuelle", "frequency/ANNUAL"),
        ("frequency", "Annuel", "frequency/ANNUAL"),
        ("frequency", "R/P1Y", "frequency/ANNUAL"),
        ("frequency", "http://purl.org/cld/freq/semiannual", "frequency/ANNUAL_2"),
        ("frequency", "http://inspire.ec.europa.eu/metadata-codelist/MaintenanceFrequency/biannually", "frequency/ANNUAL_2"),
        ("frequency", "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml#MD_MaintenanceFrequencyCode_notPlanned", "frequency/NOT_PLANNED"),
        ("frequency", "Quotidienne", "frequency/DAILY"),
        ("frequency", "Temps réel", "frequency/UPDATE_CONT"),
        ("frequency", "punctual", "frequency/AS_NEEDED"),
        ("language", "fr", "language/FRA"),
        ("language", "fre", "language/FRA"),
        ("language", "fr-FR", "language/FRA"),
        ("language", "Français", "language/FRA"),
        ("language", "http://id.loc.gov/vocabulary/iso639-1/fr", "language/FRA"),
        ("language", "http://lexvo.org/id/iso639-3/fra", "language/FRA"),
        ("language", "http://publications.europa.eu/resource/authority/language/FRE", "language/FRA"),
        ("theme", "Environnement", "data-theme/ENVI"),
        ("theme", "http://publications.europa.eu/resource/authority/data-theme/EDUC#SPORT", "data-theme/EDUC"),
        ("theme", "Transports, Déplacements", "data-theme/TRAN"),
        ("theme", "http://inspire.ec.europa.eu/theme/ad", "data-theme/REGI"),
        ("theme", "http://inspire.ec.europa.eu/metadata-codelist/TopicCategory/farming", "data-theme/AGRI"),
        ("access_rights", "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/noLimitations", "access-right/PUBLIC"),
        ("access_rights", "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/INSPIRE_Directive_Article13_1e", "access-right/RESTRICTED"),
        ("access_rights", "restreint", "access-right/RESTRICTED"),
        ("dataset_status", "http://standards.iso.org/iso/19115/resources/Codelists/cat/codelists.xml#onGoing", "dataset-status/DEVELOP"),
        ("media_type", "text/csv", "https://www.iana.org/assignments/media-types/text/csv"),
        ("media_type", "http://www.iana.org/assignments/media-types/text/csv", "https://www.iana.org/assignments/media-types/text/csv"),
        ("role", "custodian", "http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/custodian"),
        ("publisher_type", "http://purl.org/adms/publishertype/NationalAuthority/", "http://purl.org/adms/publishertype/NationalAuthority"),
        ("hvd_category", "http://data.europa.eu/bna/c_b79e35eb", "http://data.europa.eu/bna/c_b79e35eb"),
    ],
)  # fmt: skip
def test_values_are_found_however_they_are_written(name: str, spelling: str, iri: str) -> None:
    assert found(name, spelling) == iri


def test_a_theme_may_stand_for_several() -> None:
    iris = vocabularies()["theme"].lookup("http://inspire.ec.europa.eu/theme/cp")
    assert iris == (f"{EU}data-theme/ECON", f"{EU}data-theme/REGI")


@pytest.mark.parametrize("name", sorted(vocabularies()))
def test_every_code_label_and_iri_of_a_table_is_found_by_itself(name: str) -> None:
    table = vocabularies()[name]
    for code, iri in table.codes.items():
        assert table.lookup(iri) == (iri,), code
        assert table.lookup(code) is not None, code
        assert table.lookup(table.labels[iri]) is not None, code


def test_a_mapping_adds_its_own_spellings() -> None:
    licences = extended(
        vocabularies()["licence"],
        {"Maison": "ETALAB_2_0", "néant": "", "Paris": "https://paris.fr/l", "x": ["CC0", "odbl"]},
    )
    assert licences.lookup("MAISON") == (f"{EU}licence/ETALAB_2_0",)
    assert licences.lookup("neant") == ()
    assert licences.lookup("paris") == ("https://paris.fr/l",)
    assert licences.lookup("x") == (f"{EU}licence/CC0", f"{EU}licence/ODC_BL")
    with pytest.raises(KeyError):
        extended(vocabularies()["licence"], {"x": "ETALAB_9"})


@given(st.text(max_size=80))
def test_looking_up_never_fails_and_says_the_same_twice(value: str) -> None:
    for table in vocabularies().values():
        assert table.lookup(value) == table.lookup(value)
    assert key(key(value)) == key(value)
