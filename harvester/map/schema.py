"""The JSON Schema of mappings/*.toml: which fields and tables there are, described in French for editors.

Form only: paths, cleaners and values are `check_mappings`' to judge.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from harvester.map import fields
from harvester.map.compiler import ENTRIES

Schema = dict[str, Any]

_PATHS: Schema = {"$ref": "#/$defs/paths"}
_PATHS_DEFINED: Schema = {
    "description": "Un chemin, ou plusieurs : le premier qui contient quelque chose l'emporte.",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}

DESCRIPTIONS = {
    "access_rights": "Droits d'accès : public, restreint, non public.",
    "access_service": "Service qui donne accès à la ressource.",
    "access_url": "Adresse de la ressource, ou d'une page qui y mène.",
    "accrual_periodicity": "Fréquence de mise à jour.",
    "address": "Adresse postale.",
    "agent": "La personne ou l'organisme.",
    "algorithm": "Algorithme de la somme de contrôle : sha256, md5.",
    "applicable_legislation": "Textes de loi qui imposent la publication.",
    "availability": "Disponibilité prévue de la ressource.",
    "bbox": "Emprise : ouest, sud, est, nord.",
    "byte_size": "Taille en octets.",
    "centroid": "Centre du lieu.",
    "character_encoding": "Jeu de caractères.",
    "checksum": "Somme de contrôle.",
    "compress_format": "Format de compression.",
    "conforms_to": "Schéma ou norme que les données respectent.",
    "contact_point": "À qui s'adresser.",
    "created": "Date de création.",
    "creator": "Auteurs.",
    "description": "Description.",
    "distribution": "Ressources : fichiers et accès.",
    "download_url": "Adresse de téléchargement direct.",
    "email": "Adresse électronique.",
    "end": "Fin de la période.",
    "endpoint_description": "Description technique du service.",
    "endpoint_url": "Adresse du service.",
    "format": "Format.",
    "geometry": "Géométrie, en WKT ou GeoJSON.",
    "has_policy": "Conditions d'usage, en ODRL.",
    "has_quality_measurement": "Mesures de qualité.",
    "has_part": "Jeux qui sont des parties de celui-ci.",
    "has_version": "Autres versions de ce jeu.",
    "homepage": "Site.",
    "hvd_category": "Catégorie de données de forte valeur.",
    "identifier": "Identifiant.",
    "in_series": "Série à laquelle le jeu appartient.",
    "iri": "Identifiant permanent (IRI).",
    "is_part_of": "Jeu dont celui-ci est une partie.",
    "is_referenced_by": "Ressources qui citent ce jeu.",
    "is_version_of": "Jeu dont celui-ci est une version.",
    "issued": "Date de publication.",
    "keyword": "Mots-clés.",
    "landing_page": "Page du jeu de données sur son portail.",
    "language": "Langue.",
    "license": "Licence.",
    "media_type": "Type de média (text/csv).",
    "metric": "Ce qui est mesuré.",
    "modified": "Date de modification.",
    "name": "Nom.",
    "notation": "L'identifiant lui-même.",
    "organisation": "Organisme.",
    "other_identifier": "Autres identifiants, avec leur système.",
    "package_format": "Format de l'archive.",
    "page": "Documentation.",
    "provenance": "Généalogie.",
    "publisher": "Producteur.",
    "qualified_attribution": "Autres organismes, avec leur rôle.",
    "qualified_relation": "Autres ressources liées, avec leur rôle.",
    "relation": "Ressources liées.",
    "representation_technique": "Mode de représentation géographique.",
    "rights": "Mentions de droits.",
    "rights_holder": "Titulaires des droits.",
    "role": "Rôle.",
    "sample": "Extrait.",
    "scheme": "Système de l'identifiant.",
    "serves_dataset": "Jeux de données que le service diffuse.",
    "service_category": "Catégorie du service.",
    "source": "Jeux dont celui-ci est tiré.",
    "spatial": "Territoire couvert.",
    "spatial_resolution_in_meters": "Résolution spatiale, en mètres.",
    "start": "Début de la période.",
    "status": "État : en cours, achevé, obsolète.",
    "subject": "Sujets.",
    "telephone": "Téléphone.",
    "temporal": "Période couverte.",
    "temporal_resolution": "Résolution temporelle (P1D).",
    "theme": "Thèmes.",
    "title": "Titre.",
    "type": "Type.",
    "unit": "Unité de la mesure.",
    "url": "Adresse.",
    "value": "Valeur.",
    "version": "Version.",
    "version_notes": "Nouveautés de la version.",
    "was_generated_by": "Activité qui a produit les données.",
}


def mapping_schema() -> Schema:
    """What a file of mappings/ may hold."""
    definitions: dict[str, Schema] = {"paths": _PATHS_DEFINED}
    properties = {
        "extends": {"type": "string", "description": "Correspondance que celle-ci complète."},
        "language": {
            "type": "string",
            "description": "Langue des textes dont rien ne la dit : fr.",
        },
        "kind": {
            "type": "object",
            "description": "À quoi l'on reconnaît jeux de données, séries et services.",
            "required": ["from"],
            "additionalProperties": False,
            "properties": {
                "from": {"type": "string", "description": "Le chemin qui les distingue."},
                **{
                    name: {**_PATHS, "description": f"Les valeurs qui signifient « {name} »."}
                    for name in ENTRIES
                },
            },
        },
        "shape": {
            "type": "object",
            "description": "Formes communes à plusieurs champs, reprises par « like ».",
            "additionalProperties": {"type": "object"},
        },
        "values": {
            "type": "object",
            "description": "Par vocabulaire, ce que signifient les mots du portail.",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
        },
    }
    for name, of in ENTRIES.items():
        properties[name] = _table(of, definitions)
        for field, inner in definitions[of.__name__]["properties"].items():
            if "anyOf" in inner:  # a nested value may stand at the top, for every kind of entry
                properties.setdefault(field, inner)
    return {
        "description": "Comment lire les fiches d'un genre de portail : docs/mappings.md.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def _table(of: type[BaseModel], definitions: dict[str, Schema]) -> Schema:
    """A reference to the table of a model, which is defined on the way."""
    name = of.__name__
    if name not in definitions:
        properties: dict[str, Schema] = {
            "each": {**_PATHS, "description": "Le chemin de chacun."},
            "like": {"type": "string", "description": "La forme à reprendre."},
        }
        definitions[name] = {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
        }
        kinds = fields.kinds(of)
        for field, (what, _) in kinds.items():
            properties[field] = {**_right(what, definitions), "description": DESCRIPTIONS[field]}
        for alias, field in fields.ALIASES.items():
            if field in kinds and alias not in kinds:
                properties[alias] = {**properties[field], "description": f"Comme « {field} »."}
    return {"$ref": f"#/$defs/{name}"}


def _right(what: Any, definitions: dict[str, Schema]) -> Schema:
    if not (isinstance(what, type) and issubclass(what, BaseModel)):
        return _PATHS
    table = _table(what, definitions)
    return {"anyOf": [_PATHS, table, {"type": "array", "items": table}]}
