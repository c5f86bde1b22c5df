"""Make mappings/vocabularies/*.csv from the authority tables (codes, IRIs, names: facts).

    python scripts/make_vocabularies.py [DIRECTORY OF THE REFERENCE TABLES]

Each table has the columns `code,iri,label_fr,label_en,aliases`; aliases are separated by `|`. A row
without an IRI holds words that say nothing ("not specified"): such a value is dropped, not reported.
The spellings of French portals and the crosswalks (INSPIRE themes, ISO topics, data.gouv.fr) are below.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
AUTHORITY = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
INSPIRE = "http://inspire.ec.europa.eu/metadata-codelist/"
ADMS = "http://purl.org/adms/"
SPDX = "https://spdx.org/licenses/"

Row = dict[str, str]

THEMES = {
    "AGRI": "agriculture|agriculture pêche|alimentation|pêche|forêt|agriculture, alimentation",
    "ECON": "économie|finances|économie, business, pme, développement économique, emploi|budget|emploi|entreprises|économie et emploi|commerce|économie, entreprise|finances publiques|budget, finances|tourisme et économie|marchés publics",
    "EDUC": "éducation|culture|sport|culture, patrimoine|sports, loisirs|culture, sports, loisirs|éducation, formation, recherche, enseignement|patrimoine|loisirs|tourisme|éducation, jeunesse|enfance, jeunesse|culture et patrimoine|tourisme, loisirs|sport et loisirs|sport, loisirs|éducation, enseignement|enseignement|formation|culture, sport, loisirs|petite enfance",
    "ENER": "energie|énergies",
    "ENVI": "environnement|climat|eau|déchets|biodiversité|nature|nature et environnement|environnement, climat|eau et assainissement|propreté|espaces verts|risques|qualité de l'air|développement durable|agriculture, environnement|qualité de vie|bruit|réglementation de prévention des risques naturels|réglementation de prévention des risques technologiques|prévention des inondations|prévention des risques technologiques|prévention du risque mouvement de terrain|gestion des crises et des risques",
    "GOVE": "administration|citoyenneté|services publics|administration et services publics|administration, gouvernement, finances publiques, citoyenneté|démocratie|élections|vie publique|vie municipale|collectivité|institution|citoyens|démocratie locale|administration et action publique|action publique|services, administration|secteur public",
    "HEAL": "santé|santé, social|santé publique",
    "INTR": "international|relations internationales|europe",
    "JUST": "justice, sécurité, police, crime|justice|sécurité|sécurité publique|justice, sécurité, police, criminalité|justice et sécurité",
    "REGI": "urbanisme|territoire|aménagement du territoire|aménagement|aménagement du territoire, urbanisme, bâtiments, équipements, logement|référentiels géographiques|territoires|habitat|cadastre|foncier|cartographie|territoire et aménagement|aménagement et urbanisme|urbanisme et habitat|urbanisme, patrimoine|équipements|bâtiments|logement|géographie|limites administratives|adresses|voirie|planification|politique de la ville|habitat et politique de la ville|zonages d'aménagement|foncier et occupation du sol|occupation du sol|servitudes d'utilité publique|spatial|geospatial|aménagement urbanisme",
    "SOCI": "population|société|social|démographie|solidarité|services, social|action sociale|population, démographie|vie associative|associations|solidarités|social, solidarité",
    "TECH": "science|technologie|numérique|recherche|sciences|innovation|numérique et innovation",
    "TRAN": "transports|transport|mobilité|déplacements|transports, déplacements|stationnement|mobilités|transport et mobilité|déplacement|circulation|mobilité et transports|mobilités et transports|vélo",
}
# one theme for an ISO topic, where the way over the INSPIRE themes would give three
TOPICS = {
    "boundaries": "REGI",
    "climatologyMeteorologyAtmosphere": "ENVI",
    "economy": "ECON",
    "geoscientificInformation": "ENVI",
    "imageryBaseMapsEarthCover": "REGI",
    "inlandWaters": "ENVI",
    "intelligenceMilitary": "JUST",
    "planningCadastre": "REGI",
    "structure": "REGI",
}

FORMATS = {
    "7Z": "7zip|application/x-7z-compressed",
    "ATOM": "application/atom+xml|flux atom|atom feed",
    "BIN": "binary|application/octet-stream",
    "CSV": "text/csv|application/csv|csv excel|comma separated values|csv/utf8|csv utf-8|csv utf8|text/comma-separated-values|csv (utf-8)",
    "DBF": "dbase|application/vnd.dbf|application/dbf|application/x-dbf",
    "DOC": "application/msword|word|ms word",
    "DOCX": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "DWG": "application/acad|image/vnd.dwg|autocad|autocad dwg",
    "DXF": "application/dxf|image/vnd.dxf|autocad dxf",
    "ECW": "application/x-ecw",
    "EPUB": "application/epub+zip",
    "GDB": "file geodatabase|esri file geodatabase|filegdb|geodatabase|application/x-filegdb|fgdb",
    "GEOJSON": "application/geo+json|application/vnd.geo+json|geo json|json geo|geojson feature collection",
    "GEOTIFF": "geo tiff|image/geotiff|geotif|image/tiff;application=geotiff",
    "GIF": "image/gif",
    "GML": "application/gml+xml|gml+xml|application/gml|text/gml|ogc gml",
    "GPKG": "geopackage|ogc geopackage|application/geopackage+sqlite3|application/geopackage+vnd.sqlite3|geopkg|gpkg.zip",
    "GZIP": "gz|application/gzip|application/x-gzip|csv.gz|json.gz|geojson.gz",
    "HTML": "text/html|htm|page web|web page|site web|html5|website|lien|php|aspx|jsp|web",
    "ICS": "text/calendar|ical|icalendar",
    "JPEG": "jpg|image/jpeg|image/jpg",
    "JPEG2000": "jp2|image/jp2",
    "JS": "javascript|application/javascript|text/javascript",
    "JSON": "application/json|json api|text/json|api json|jsonl|json lines|ndjson|application/x-ndjson|topojson|json utf-8|datapackage|fiware ngsi v2",
    "JSON_LD": "jsonld|application/ld+json|json ld",
    "KML": "application/vnd.google-earth.kml+xml|google earth",
    "KMZ": "application/vnd.google-earth.kmz",
    "LAS": "application/vnd.las|lidar",
    "LAZ": "application/x-laz|application/vnd.laszip",
    "MAP_PRVW": "carte|map preview|application/vnd.ogc.wmc_xml",
    "MAP_SRVC": "esri rest|arcgis geoservices rest api|arcgis rest|arcgis|rest arcgis|esri mapservice|mapserver|featureserver|arcgis map service",
    "MDB": "access|ms access|microsoft access|application/vnd.ms-access|application/msaccess|accdb|application/x-msaccess",
    "MIF_MID": "mif|mid|mif/mid|mapinfo mif/mid|mapinfo mif|mif mid",
    "MP3": "audio/mpeg",
    "MPEG4": "mp4|video/mp4",
    "N3": "text/n3|text/rdf+n3|notation3",
    "NETCDF": "nc|application/netcdf|application/x-netcdf|netcdf4",
    "ODS": "application/vnd.oasis.opendocument.spreadsheet|opendocument spreadsheet|libreoffice calc",
    "ODT": "application/vnd.oasis.opendocument.text",
    "ODP": "application/vnd.oasis.opendocument.presentation",
    "PDF": "application/pdf|acrobat pdf|adobe pdf",
    "PNG": "image/png",
    "PPT": "application/vnd.ms-powerpoint|powerpoint",
    "PPTX": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "RAR": "application/x-rar-compressed|application/vnd.rar|application/x-rar",
    "RDF": "rdf",
    "RDF_N_QUADS": "nquads|nq|n-quads|application/n-quads",
    "RDF_N_TRIPLES": "ntriples|nt|n-triples|application/n-triples",
    "RDF_TRIG": "application/trig",
    "RDF_TURTLE": "turtle|ttl|text/turtle|rdf turtle|rdf (turtle)|application/x-turtle",
    "RDF_XML": "application/rdf+xml|rdf xml|rdf/xml|rdfxml",
    "REST": "api|rest api|api rest|web api|odata|service web|webservice|openapi|swagger",
    "RSS": "application/rss+xml|flux rss|georss",
    "RTF": "application/rtf|text/rtf",
    "SHP": "shapefile|esri shapefile|esri shape|esri shapefile (shp)|application/vnd.shp|application/x-shapefile|shape|shp.zip|zip shp|shp (wgs84)|shp (l93)|shp (cc48)|shapefile (zip)|shp zip|zipped shapefile|shape zip|application/zip+shp|x-gis/x-shapefile|esri shapefiles",
    "SPARQLQ": "sparql|sparql endpoint|application/sparql-query|api/sparql",
    "SQL": "application/sql|dump sql|postgresql|sql dump",
    "SVG": "image/svg+xml",
    "TAB": "mapinfo tab|mapinfo|application/x-tab|tab mapinfo|mapinfo (tab)",
    "TAR": "application/x-tar",
    "TAR_GZ": "tgz|tar.gz|application/x-gtar",
    "TIFF": "tif|image/tiff",
    "TSV": "text/tab-separated-values|tab separated values",
    "TXT": "text/plain|text|texte|plain text|fichier texte|ascii",
    "WFS_SRVC": "wfs|ogc wfs|ogc:wfs|wfs service|service wfs|flux wfs|ogc:wfs-1.0.0-http-get-capabilities|ogc:wfs-1.1.0-http-get-capabilities|ogc:wfs-2.0.0-http-get-capabilities|web feature service|wfs_srvc",
    "WMS_SRVC": "wms|ogc wms|ogc:wms|wms service|service wms|flux wms|ogc:wms-1.1.1-http-get-capabilities|ogc:wms-1.1.1-http-get-map|ogc:wms-1.3.0-http-get-capabilities|ogc:wms-1.3.0-http-get-map|web map service",
    "WCS_SRVC": "wcs|ogc wcs|ogc:wcs|web coverage service",
    "XHTML": "application/xhtml+xml",
    "XLS": "application/vnd.ms-excel|excel|ms excel|microsoft excel|application/excel|xlt|xlb|application/msexcel|xls excel",
    "XLSB": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "XLSM": "application/vnd.ms-excel.sheet.macroenabled.12",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet|openxml|office open xml spreadsheet|excel xlsx|excel (xlsx)|microsoft excel xlsx",
    "XML": "application/xml|text/xml|siri|netex",
    "ZIP": "application/zip|application/x-zip-compressed|application/x-zip|multipart/x-zip|zip file|archive|archive zip|gtfs|gtfs zip|zip gtfs|fichier zip|dossier zip",
}
# not in the copy of the table at hand, but in the authority table
MORE_FORMATS = {
    "GPX": ("GPX", "application/gpx+xml|gps exchange format"),
    "PARQUET": (
        "Parquet",
        "apache parquet|application/parquet|application/vnd.apache.parquet|geoparquet",
    ),
    "WMTS_SRVC": ("WMTS", "wmts|ogc wmts|ogc:wmts|web map tile service|wmts-c"),
    "OGC_API_FEATURES": ("OGC API - Features", "ogc api features|oapif|ogc api"),
}

LICENCES = {
    "CC0": "cc-zero|cczero|cc0 1.0|cc0 1.0 universal|creative commons cczero|creative commons zero|creativecommons.org/publicdomain/zero/1.0|creativecommons.org/publicdomain/zero/1.0/deed.fr|creativecommons.org/publicdomain/zero/1.0/legalcode|opendefinition.org/licenses/cc-zero|cc zero|domaine public cc0",
    "CC_BY": "creative commons attribution|opendefinition.org/licenses/cc-by|cc by|cc-by|creativecommons.org/licenses/by|creative commons paternité",
    "CC_BYSA": "creative commons attribution share-alike|opendefinition.org/licenses/cc-by-sa|cc by-sa|creativecommons.org/licenses/by-sa|creative commons attribution - partage dans les mêmes conditions",
    "CC_BYNC": "cc by-nc|creativecommons.org/licenses/by-nc|opendefinition.org/licenses/cc-by-nc|creative commons attribution non commercial|creative commons non-commercial (any)|cc-nc",
    "CC_BYND": "cc by-nd|creativecommons.org/licenses/by-nd",
    "CC_BYNCSA": "cc by-nc-sa|creativecommons.org/licenses/by-nc-sa",
    "CC_BYNCND": "cc by-nc-nd|creativecommons.org/licenses/by-nc-nd",
    "ETALAB_2_0": "fr-lo-2.0|lo 2.0|lo v2|lov2.0|licence ouverte|licence ouverte etalab|licence ouverte d'etalab|licence ouverte 2.0|licence ouverte v 2.0|licence ouverte v2 etalab|licence ouverte etalab 2.0|licence ouverte etalab v2|licence ouverte (version 2.0)|licence ouverte version 2|licence ouverte 2|licence ouverte / open licence 2.0|licence ouverte / open license version 2.0|licence ouverte/open licence|licence ouverte open licence v 2 0|open licence 2.0|etalab|licence etalab|licence etalab 2.0|etalab 2|etalab v2|etalab open license 2.0|etalab open licence 2.0|etalab open license|open licence etalab|licence etalab ouverte|soumis à la licence etalab|etalab-lo-2.0|www.etalab.gouv.fr/licence-ouverte-open-licence|etalab.gouv.fr/wp-content/uploads/2018/11/open-licence.pdf|github.com/etalab/licence-ouverte/blob/master/open-licence.md|www.data.gouv.fr/licences/licence-ouverte|data.gouv.fr/pages/legal/licences/etalab-2.0|www.data.gouv.fr/fr/pages/legal/licences/etalab-2.0|spdx.org/licenses/etalab-2.0.html|alliance.numerique.gouv.fr/licence-ouverte-open-licence|raw.githubusercontent.com/disic/politique-de-contribution-open-source/master/licence.pdf",
    "ODC_BL": "odbl|odbl 1.0|odbl-1.0|odbl v1.0|odc odbl|odbl paris|open database licence|licence odbl|open database license (odbl)|licence odbl 1.0|odc open database license (odbl)|odc open database license|open data commons open database licence|opendatacommons.org/licenses/odbl|opendatacommons.org/licenses/odbl/summary|opendatacommons.org/licenses/odbl/1.0|opendatacommons.org/licenses/odbl/1-0|opendefinition.org/licenses/odc-odbl|www.opendefinition.org/licenses/odc-odbl|vvlibri.org/fr/licence/odbl-10/legalcode/unofficial|spdx.org/licenses/odbl-1.0.html|data.gouv.fr/pages/legal/licences/odbl|licence odbl (open database license)|opendata.paris.fr/page/lalicence|openstreetmap.org/copyright|openstreetmap.org/copyright/en",
    "ODC_BY": "odc-by|odc by|open data commons attribution license|opendatacommons.org/licenses/by|opendatacommons.org/licenses/by/summary|opendatacommons.org/licenses/by/1-0|opendefinition.org/licenses/odc-by",
    "ODC_PDDL": "odc-pddl|pddl|open data commons public domain dedication and licence (pddl)|opendatacommons.org/licenses/pddl|opendatacommons.org/licenses/pddl/summary|opendefinition.org/licenses/odc-pddl",
    "OGL_3_0": "uk-ogl|ogl|open government licence|nationalarchives.gov.uk/doc/open-government-licence/version/3|www.nationalarchives.gov.uk/doc/open-government-licence|uk open government licence (ogl)",
    "OGL_2_0": "nationalarchives.gov.uk/doc/open-government-licence/version/2",
    "GNU_FDL": "gfdl|gnu free documentation license",
    "DLDE_BY_2_0": "dl-de/by-2-0|dl-de-by-2.0|govdata.de/dl-de/by-2-0|datenlizenz deutschland namensnennung 2.0",
    "DLDE_ZERO_2_0": "dl-de/zero-2-0|govdata.de/dl-de/zero-2-0",
}
LO1 = "https://www.etalab.gouv.fr/wp-content/uploads/2014/05/Licence_Ouverte.pdf"
LO1_ALIASES = "fr-lo|lo/ol|lov1|licence ouverte / open licence|licence ouverte 1.0|licence ouverte v1|licence ouverte v1.0|licence ouverte version 1.0|licence ouverte version 1|licence ouverte / open licence version 1.0|licence ouverte 1|open licence 1.0|licence ouverte/open licence 1.0|etalab-1.0|etalab 1.0|licence etalab 1.0|etalab.gouv.fr/wp-content/uploads/2014/05/open_licence.pdf|etalab.gouv.fr/pages/licence_ouverte_open_licence-5899923.html|www.etalab.gouv.fr/pages/licence_ouverte_open_licence|wiki.data.gouv.fr/wiki/licence_ouverte_/_open_licence|wiki.data.gouv.fr/images/9/9d/licence_ouverte.pdf|www.data.gouv.fr/licence-ouverte-open-licence|ddata.over-blog.com/xxxyyy/4/37/99/26/licence/licence-ouverte-open-licence.pdf|etalab.gouv.fr/wp-content/uploads/2014/05/licence_ouverte.pdf"
NO_LICENCE = "notspecified|not specified|license not specified|licence not specified|non spécifiée|licence non spécifiée|non précisée|non renseignée|none|unknown|inconnue|aucune|no license|licence inconnue|pas de licence|n/a|autre|other"

# data.gouv.fr's codes come from its table; the rest are the wild's
FREQUENCIES = {
    "UPDATE_CONT": "temps réel|en temps réel|real time|real-time|en continu|continu|continual|continue|streaming|R/PT1S|mise à jour en continu|flux",
    "CONT": "continuelle|plusieurs fois par jour",
    "HOURLY": "R/PT1H|horaire|chaque heure",
    "DAILY": "R/P1D|journalier|journalière|tous les jours|chaque jour|freq:D|D|quotidiennement|jour|every day|mise à jour quotidienne|1 fois par jour",
    "DAILY_2": "R/PT12H|semidaily",
    "WEEKLY": "R/P1W|R/P7D|hebdo|chaque semaine|toutes les semaines|W|semaine|every week|mise à jour hebdomadaire",
    "WEEKLY_2": "R/P3.5D|deux fois par semaine",
    "WEEKLY_3": "R/P0.33W",
    "BIWEEKLY": "R/P2W|R/P14D|toutes les deux semaines|quinzaine|fortnightly|bimensuelle (quinzaine)",
    "MONTHLY": "R/P1M|chaque mois|tous les mois|M|mois|every month|mise à jour mensuelle",
    "MONTHLY_2": "R/P0.5M|bimensuelle|deux fois par mois",
    "MONTHLY_3": "R/P0.33M",
    "BIMONTHLY": "R/P2M|tous les deux mois",
    "QUARTERLY": "R/P3M|tous les trois mois|Q|trimestre|every three months|trimestriellement",
    "ANNUAL_3": "R/P4M|tous les quatre mois|quadrimestriel|quadrimestrielle",
    "ANNUAL_2": "R/P6M|tous les six mois|S|semestre|biannually|biannual|half yearly|deux fois par an|semiannually|2 fois par an",
    "ANNUAL": "R/P1Y|R/P12M|tous les ans|chaque année|A|an|année|annually|yearly|every year|une fois par an|1 fois par an|mise à jour annuelle|annuellement",
    "BIENNIAL": "R/P2Y|tous les deux ans|bisannuel|biennially|bisannuelle",
    "TRIENNIAL": "R/P3Y|tous les trois ans",
    "QUADRENNIAL": "R/P4Y",
    "QUINQUENNIAL": "R/P5Y|quinquennal|quinquennale",
    "DECENNIAL": "R/P10Y|décennal|décennale|tous les 10 ans",
    "IRREG": "irregular|irrégulière|irrégulier|périodicité irrégulière|aléatoire|variable|occasionnelle|occasionnel|irregularly",
    "AS_NEEDED": "as needed|asneeded|ponctuelle|ponctuel|punctual|selon besoin|selon les besoins|à la demande|au besoin|lorsque nécessaire|au fil de l'eau|quand nécessaire|si nécessaire|lors de modification",
    "NEVER": "pas de mise à jour|aucune|jamais mis à jour|aucune mise à jour|none",
    "NOT_PLANNED": "notplanned|non planifiée|non planifié|non prévue|not planned|pas de mise à jour prévue|non programmée|non plannifié",
    "UNKNOWN": "inconnue|unknown|non précisée|non renseigné|non renseignée|non connue|indéterminée",
    "OTHER": "autre",
}
FREQUENCY_CODES = "http://purl.org/cld/freq/"
FREQUENCY_CLD = {
    "triennial": "TRIENNIAL",
    "biennial": "BIENNIAL",
    "annual": "ANNUAL",
    "semiannual": "ANNUAL_2",
    "threeTimesAYear": "ANNUAL_3",
    "quarterly": "QUARTERLY",
    "bimonthly": "BIMONTHLY",
    "monthly": "MONTHLY",
    "semimonthly": "MONTHLY_2",
    "biweekly": "BIWEEKLY",
    "threeTimesAMonth": "MONTHLY_3",
    "weekly": "WEEKLY",
    "semiweekly": "WEEKLY_2",
    "threeTimesAWeek": "WEEKLY_3",
    "daily": "DAILY",
    "continuous": "CONT",
    "irregular": "IRREG",
}

LANGUAGES = [
    "BUL",
    "CES",
    "DAN",
    "DEU",
    "ELL",
    "ENG",
    "EST",
    "FIN",
    "FRA",
    "GLE",
    "HRV",
    "HUN",
    "ITA",
    "LAV",
    "LIT",
    "MLT",
    "NLD",
    "POL",
    "POR",
    "RON",
    "SLK",
    "SLV",
    "SPA",
    "SWE",
    "ARA",
    "BRE",
    "CAT",
    "COS",
    "EUS",
    "FRY",
    "GSW",
    "ISL",
    "JPN",
    "LAT",
    "LTZ",
    "NOB",
    "NOR",
    "OCI",
    "RUS",
    "TUR",
    "UKR",
    "VIE",
    "ZHO",
    "ALB",
    "SQI",
    "SRP",
    "MKD",
    "HEB",
    "HIN",
    "KOR",
    "GLG",
    "CYM",
]
LANGUAGE_ALIASES = {
    "FRA": "fre|fr-fr|fr_fr|francais|french|fr-be|fr-ch",
    "DEU": "ger|allemand|de-de",
    "ENG": "en-us|en-gb|en_us|en_gb|anglais",
    "NLD": "dut|néerlandais|nl-be",
    "ZHO": "chi|chinois",
    "EUS": "baq",
    "CES": "cze",
    "ELL": "gre",
    "RON": "rum",
    "SLK": "slo",
    "SQI": "alb",
    "CYM": "wel",
    "ISL": "ice",
    "MKD": "mac",
}

ACCESS_RIGHTS = {
    "PUBLIC": "open|ouvert|ouvertes|données ouvertes|open access|accès libre|libre|accès public|open data|public access|unrestricted|unclassified|"
    + INSPIRE
    + "LimitationsOnPublicAccess/noLimitations|no limitations to public access|no limitations|pas de restriction d'accès public selon inspire|pas de restriction d'accès public|aucune restriction|aucune restriction d'accès public|pas de restriction|aucune contrainte|nolimitations|http://purl.org/coar/access_right/c_abf2|info:eu-repo/semantics/openaccess",
    "RESTRICTED": "restreint|accès restreint|restreinte|restricted public|accès limité|http://purl.org/coar/access_right/c_16ec|information non ouverte|"
    + "|".join(
        f"{INSPIRE}LimitationsOnPublicAccess/INSPIRE_Directive_Article13_1{letter}"
        for letter in "abcdefgh"
    ),
    "NON_PUBLIC": "non public|privé|private|privée|interne|closed|fermé|confidentiel interne|usage interne|nonpublic|non-public",
    "CONFIDENTIAL": "confidentielle",
    "SENSITIVE": "sensibles",
}

DATASET_TYPES = {
    "CODE_LIST": ("liste de codes", "Code list"),
    "GEOSPATIAL": ("données géospatiales", "Geospatial data"),
    "GLOSSARY": ("glossaire", "Glossary"),
    "HVD": ("ensemble de données de forte valeur", "High-value dataset"),
    "NAL": ("liste d’autorité de noms", "Name authority list"),
    "ONTOLOGY": ("ontologie", "Ontology"),
    "RELEASE": ("version", "Release data"),
    "SCHEMA": ("schéma", "Schema"),
    "STATISTICAL": ("données statistiques", "Statistical data"),
    "SYNTHETIC_DATA": ("données synthétiques", "Synthetic data"),
    "TAXONOMY": ("taxinomie", "Taxonomy"),
    "TEST_DATA": ("données d’essai", "Test data"),
    "THESAURUS": ("thésaurus", "Thesaurus"),
}
RESOURCE_TYPES = {
    "dataset": ("jeu de données", "Spatial data set"),
    "series": ("série de jeux de données", "Spatial data set series"),
    "services": ("service de données", "Spatial data service"),
}

DATASET_STATUSES = {
    "COMPLETED": ("complété", "completed", "terminé|finalisé|complet|archivé|historicalArchive"),
    "DEPRECATED": ("déconseillé", "deprecated", "obsolète|obsolete|superseded"),
    "DEVELOP": (
        "en cours d’élaboration",
        "under development",
        "en cours|ongoing|onGoing|underDevelopment|under development|UnderDevelopment|planned|required|proposed|en projet|mise à jour continue",
    ),
    "DISCONT": ("abandonné", "discontinued", "interrompu"),
    "WITHDRAWN": ("retiré", "withdrawn", "supprimé|retired"),
}

PUBLISHER_TYPES = {
    "Academia-ScientificOrganisation": ("université ou organisme de recherche", "Academia"),
    "Company": ("entreprise", "Company"),
    "IndustryConsortium": ("consortium d’industriels", "Industry consortium"),
    "LocalAuthority": ("collectivité locale", "Local authority"),
    "NationalAuthority": ("autorité nationale", "National authority"),
    "NonGovernmentalOrganisation": (
        "organisation non gouvernementale",
        "Non-governmental organisation",
    ),
    "NonProfitOrganisation": ("association", "Non-profit organisation"),
    "PrivateIndividual": ("particulier", "Private individual"),
    "RegionalAuthority": ("autorité régionale", "Regional authority"),
    "StandardisationBody": ("organisme de normalisation", "Standardisation body"),
    "SupraNationalAuthority": ("autorité supranationale", "Supra-national authority"),
}

MEDIA_TYPES = {
    "application/atom+xml": "atom",
    "application/epub+zip": "epub",
    "application/geo+json": "geojson|application/vnd.geo+json",
    "application/geopackage+sqlite3": "gpkg|geopackage|application/geopackage+vnd.sqlite3",
    "application/gml+xml": "gml|application/gml",
    "application/gzip": "gz|gzip|application/x-gzip",
    "application/json": "json|text/json|application/json; charset=utf-8",
    "application/ld+json": "jsonld|json-ld",
    "application/msword": "doc",
    "application/n-quads": "nquads",
    "application/n-triples": "ntriples",
    "application/octet-stream": "binary|bin|application/binary",
    "application/pdf": "pdf",
    "application/rdf+xml": "rdf|rdf/xml",
    "application/rtf": "rtf",
    "application/sql": "sql",
    "application/trig": "trig",
    "application/vnd.apache.parquet": "parquet|application/parquet|application/x-parquet",
    "application/vnd.dbf": "dbf|application/dbf",
    "application/vnd.geo+json": "",
    "application/vnd.google-earth.kml+xml": "kml",
    "application/vnd.google-earth.kmz": "kmz",
    "application/vnd.las": "las",
    "application/vnd.ms-excel": "xls|application/msexcel",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.rar": "rar|application/x-rar-compressed",
    "application/vnd.shp": "shp|application/x-shapefile|shapefile",
    "application/vnd.sqlite3": "sqlite",
    "application/xhtml+xml": "xhtml",
    "application/xml": "xml",
    "application/zip": "zip|application/x-zip-compressed|application/x-zip|application/zip+shp",
    "audio/mpeg": "mp3",
    "image/gif": "gif",
    "image/jp2": "jp2",
    "image/jpeg": "jpg|jpeg|image/jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif|tiff|geotiff",
    "text/calendar": "ics",
    "text/csv": "csv|application/csv|text/comma-separated-values|text/csv; charset=utf-8",
    "text/html": "html|htm",
    "text/n3": "n3",
    "text/plain": "txt|text",
    "text/tab-separated-values": "tsv",
    "text/turtle": "ttl|turtle",
    "text/xml": "",
    "video/mp4": "mp4",
}
NO_VALUE = "unknown|inconnu|none|n/a|non renseigné"


def aliases(*several: str | Iterable[str]) -> str:
    """Join spellings, each once, in the order given."""
    seen: dict[str, None] = {}
    for some in several:
        for alias in some.split("|") if isinstance(some, str) else some:
            text = " ".join(alias.replace("|", " ").split())
            if text:
                seen.setdefault(text)
    return "|".join(seen)


def row(code: str, iri: str, fr: str, en: str, *several: str | Iterable[str]) -> Row:
    """One line of a table, without aliases that the other columns already hold."""
    known = {code.casefold(), iri.casefold(), fr.casefold(), en.casefold()}
    kept = [a for a in aliases(*several).split("|") if a and a.casefold() not in known]
    return {"code": code, "iri": iri, "label_fr": fr, "label_en": en, "aliases": "|".join(kept)}


def authority(entries: list[dict[str, Any]], more: dict[str, str]) -> list[Row]:
    """The rows of an EU authority table, without its technical ones."""
    return [
        row(
            e["code"],
            e["uri"],
            e["fr"],
            e["en"],
            e["aliases"],
            e.get("exact", ()),
            more.get(e["code"], ""),
        )
        for e in entries
        if e["code"] != "OP_DATPRO" and (e["code"] in more or not e.get("deprecated"))
    ]


def themes(read: Any) -> list[Row]:
    """EU data themes; INSPIRE themes and ISO topics are spellings of the themes they map to."""
    more = {code: [text] for code, text in THEMES.items()}
    for entry in read("inspire_theme"):
        for code in entry["eu_data_theme"]:
            more[code].extend([entry["uri"], entry["fr"], entry["en"]])
    for entry in read("iso_topic_category"):
        chosen = TOPICS.get(entry["code"]) or (entry["eu_data_theme"] or [""])[0]
        if chosen:
            more[chosen].extend([entry["uri"], entry["code"], entry["fr"], entry["en"]])
    return authority(
        read("eu_data_theme"), {code: aliases(*spellings) for code, spellings in more.items()}
    )


def formats(read: Any) -> list[Row]:
    """EU file types with the media types that are exactly them."""
    entries = read("eu_file_type")
    more = {
        e["code"]: aliases(FORMATS.get(e["code"], ""), e.get("inspire_media_type", ()))
        for e in entries
    }
    rows = authority(entries, more)
    known = {e["code"] for e in entries}
    for code, (label, spellings) in MORE_FORMATS.items():
        if code not in known:
            rows.append(row(code, f"{AUTHORITY}file-type/{code}", label, label, spellings))
    rows.append(row("", "", "", "", NO_VALUE, "data|document|url|fichier|file|autre|other"))
    return rows


def licences(read: Any) -> list[Row]:
    """EU licences with data.gouv.fr's, SPDX's and Creative Commons' names for them."""
    more: dict[str, list[str]] = {code: [text] for code, text in LICENCES.items()}
    for entry in read("datagouv_licences"):
        code = entry["eu_licence"].rsplit("/", 1)[-1]
        if code:
            spdx = [entry["spdx"], SPDX + entry["spdx"]] if entry["spdx"] else []
            more.setdefault(code, []).extend(
                [entry["code"], entry["en"], entry["uri"], *entry["aliases"]]
                + entry["alternate_urls"]
                + spdx
            )
    entries = read("eu_licence")
    for entry in entries:
        parts = entry["code"].split("_")
        if parts[0] == "CC" and len(parts) == 4 and parts[1].startswith("BY"):
            flavour = {
                "BY": "by",
                "BYSA": "by-sa",
                "BYNC": "by-nc",
                "BYND": "by-nd",
                "BYNCSA": "by-nc-sa",
                "BYNCND": "by-nc-nd",
            }[parts[1]]
            version = f"{parts[2]}.{parts[3]}"
            base = f"https://creativecommons.org/licenses/{flavour}/{version}"
            spdx = f"CC-{flavour.upper()}-{version}"
            words = f"cc {flavour} {version}|cc-{flavour}-{version}|creative commons {flavour} {version}|cc {flavour} v{version}"
            more.setdefault(entry["code"], []).extend(
                [
                    words,
                    base,
                    f"{base}/deed.fr",
                    f"{base}/deed.en",
                    f"{base}/legalcode",
                    spdx,
                    SPDX + spdx,
                    f"{base}/fr",
                    f"{base}/legalcode.fr",
                ]
            )
        entry["aliases"] = [a for a in entry["aliases"] if not versioned(entry["code"], a)]
    rows = authority(entries, {code: aliases(*spellings) for code, spellings in more.items()})
    # before ETALAB_2_0, whose label is the name that data.gouv.fr uses for the first version
    rows.insert(0, row("FR_LO_1_0", LO1, "Licence Ouverte 1.0", "Open Licence 1.0", LO1_ALIASES))
    rows.append(row("", "", "", "", NO_LICENCE))
    return rows


def versioned(code: str, alias: str) -> bool:
    """Whether an unversioned Creative Commons row claims the name of the 4.0 one."""
    return code.startswith("CC_BY") and "_" not in code[3:] and alias.endswith("4.0")


def frequencies(read: Any) -> list[Row]:
    """EU frequencies; data.gouv.fr's, ISO 19115's, ISO 8601's and Dublin Core's codes are spellings."""
    more = {code: [text] for code, text in FREQUENCIES.items()}
    for entry in read("datagouv_frequencies"):
        code = entry["eu_frequency"].rsplit("/", 1)[-1]
        more.setdefault(code, []).extend([entry["code"], *entry["aliases"]])
    for term, code in FREQUENCY_CLD.items():
        more.setdefault(code, []).append(FREQUENCY_CODES + term)
    rows = authority(
        read("eu_frequency"), {code: aliases(*spellings) for code, spellings in more.items()}
    )
    french = {
        "1MIN": "toutes les minutes",
        "5MIN": "toutes les cinq minutes",
        "10MIN": "toutes les dix minutes",
        "15MIN": "toutes les quinze minutes",
        "30MIN": "toutes les trente minutes",
        "12HRS": "toutes les douze heures",
        "AS_NEEDED": "selon les besoins",
        "NOT_PLANNED": "non planifiée",
    }
    for each in rows:
        each["label_fr"] = each["label_fr"] or french.get(each["code"], "")
    return rows


def languages(read: Any) -> list[Row]:
    """The official languages of the EU, those of French regions, and some neighbours'."""
    rows = []
    for entry in read("eu_language"):
        if entry["code"] in LANGUAGES and not entry.get("deprecated"):
            codes = [entry.get(k, "") for k in ("iso639_1", "iso639_2t", "iso639_2b")]
            rows.append(
                row(
                    entry["code"],
                    entry["uri"],
                    entry["fr"],
                    entry["en"],
                    entry["aliases"],
                    codes,
                    LANGUAGE_ALIASES.get(entry["code"], ""),
                )
            )
    return rows


def named(base: str, names: dict[str, tuple[str, ...]]) -> list[Row]:
    """Rows whose IRIs are a base and a code."""
    return [
        row(code, base + code, fr, en, *spellings) for code, (fr, en, *spellings) in names.items()
    ]


def availabilities(read: Any) -> list[Row]:
    """Planned availability of a distribution."""
    french = {
        "AVAILABLE": "disponible",
        "EXPERIMENTAL": "expérimental",
        "STABLE": "stable",
        "TEMPORARY": "temporaire",
    }
    rows = authority(read("eu_planned_availability"), {})
    for each in rows:
        each["label_fr"] = french[each["code"]]
    return rows


def roles(read: Any) -> list[Row]:
    """Roles of responsible parties: INSPIRE's, with ISO 19115's spellings as tails of their IRIs."""
    return [
        row(e["code"], e["uri"], e["fr"], e["en"] or e["code"], e["aliases"])
        for e in read("inspire_responsible_party_role")
        if e["code"] != "ResponsiblePartyRole"
    ]


def media_types(_read: Any) -> list[Row]:
    """IANA's media types that catalogues use."""
    return [
        row(
            code,
            IANA + code,
            "",
            "",
            spellings,
            f"http://www.iana.org/assignments/media-types/{code}",
            f"http://inspire.ec.europa.eu/media-types/{code}",
        )
        for code, spellings in MEDIA_TYPES.items()
        if code != "application/vnd.geo+json"
    ]


def tables(read: Any) -> dict[str, list[Row]]:
    """Every table by the vocabulary's name."""
    return {
        "access_rights": authority(read("eu_access_right"), ACCESS_RIGHTS),
        "availability": availabilities(read),
        "dataset_status": named(f"{AUTHORITY}dataset-status/", DATASET_STATUSES),
        "dataset_type": named(f"{AUTHORITY}dataset-type/", DATASET_TYPES)
        + named(f"{INSPIRE}ResourceType/", RESOURCE_TYPES),
        "distribution_status": authority(read("eu_distribution_status"), {}),
        "format": formats(read),
        "frequency": frequencies(read),
        "hvd_category": authority(read("eu_hvd_category"), {}),
        "language": languages(read),
        "licence": licences(read),
        "media_type": media_types(read),
        "publisher_type": named(f"{ADMS}publishertype/", PUBLISHER_TYPES),
        "role": roles(read),
        "theme": themes(read),
    }


def main() -> None:
    """Write every table."""
    default = Path(os.environ.get("REAL_DATA", ROOT.parent / "shared" / "data"))
    origin = Path(sys.argv[1]) if len(sys.argv) > 1 else default / "reference" / "vocab"
    target = ROOT / "mappings" / "vocabularies"
    target.mkdir(parents=True, exist_ok=True)

    def read(name: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = json.loads((origin / f"{name}.json").read_text("utf-8"))
        return entries

    for name, rows in tables(read).items():
        with (target / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(
                file, ["code", "iri", "label_fr", "label_en", "aliases"], lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
