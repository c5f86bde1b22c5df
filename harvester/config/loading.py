"""config.toml, sources/*.toml and mappings/*.toml → one `Config`, or everything that is wrong with them.

Nothing here asks the network or another part of the house: what a connector accepts (`kinds`), which
territories exist (`places`), what a schedule or a mapping may say comes in as values and functions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harvester.config import semantics
from harvester.config.document import Document, Finding, Key, read
from harvester.config.environment import Override, lay_over, overrides
from harvester.config.messages import message
from harvester.config.semantics import Places
from harvester.config.settings import Common, Config, ConfigFile, Source, SourceFile
from harvester.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)
Kinds = Mapping[str, type[BaseModel]]
CheckSchedule = Callable[[str], object]
CheckMappings = Callable[[Mapping[str, dict[str, Any]]], Iterable[tuple[str, tuple[Key, ...], str]]]


_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def load(
    path: Path | str,
    kinds: Kinds,
    places: Places | None = None,
    *,
    builtin_mappings: Iterable[str] = (),
    schedule: CheckSchedule | None = None,
    mappings: CheckMappings | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """The configuration, complete; raises ConfigurationError with every error, one a line.

    `kinds` are the connectors by name with the model of their `[options]`. Without `places` no territory
    is verified and no city's view is made. `builtin_mappings` are the names of mappings that need no file
    beside config.toml (none given: names of mappings are not verified). `schedule` raises ValueError, in
    French, on what it cannot read; `mappings` gets every mapping file and yields
    (mapping, key path, message). `environ` is the process's own where it is not given.
    """
    config, findings = examine(
        path,
        kinds,
        places,
        builtin_mappings=builtin_mappings,
        schedule=schedule,
        mappings=mappings,
        environ=environ,
    )
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if config is None or errors:
        raise ConfigurationError("\n".join(errors))
    return config


def check(
    path: Path | str, kinds: Kinds, places: Places | None = None, **context: Any
) -> list[Finding]:
    """Everything that is wrong with the files, without network: what `harvester check` prints."""
    return examine(path, kinds, places, **context)[1]


def examine(
    path: Path | str,
    kinds: Kinds,
    places: Places | None = None,
    *,
    builtin_mappings: Iterable[str] = (),
    schedule: CheckSchedule | None = None,
    mappings: CheckMappings | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Config | None, list[Finding]]:
    """The configuration as far as it could be made, and everything found; see `load`."""
    file = Path(path)
    if file.is_dir():
        file = file / "config.toml"
    directory = file.parent.resolve()
    findings: list[Finding] = []
    documents = _folder(file.parent / "sources", findings)
    mapping_documents = _folder(file.parent / "mappings", findings)
    laid, unknown = overrides(
        os.environ if environ is None else environ, ConfigFile, SourceFile, documents
    )
    findings += unknown
    builtin = set(builtin_mappings)
    names = builtin | mapping_documents.keys() if builtin else set()

    main = read(file, str(file))
    written: ConfigFile | None = None
    if isinstance(main, Finding):
        findings.append(main)
    else:
        part = [override for override in laid if override.keys[0] != "sources"]
        written = _validated(ConfigFile, main, part, places, findings)
        if written is not None:
            findings += semantics.main(written, main, places, schedule, _blame(part))

    sources: list[Source] = []
    for name, document in documents.items():
        part = [
            Override(override.keys[2:], override.value, override.variable)
            for override in laid
            if override.keys[:2] == ("sources", name)
        ]
        if not _SLUG.match(name):
            findings.append(
                Finding(
                    document.path,
                    0,
                    "le nom de ce fichier s'écrit en minuscules sans accents, avec des tirets.",
                )
            )
            continue
        source = _validated(SourceFile, document, part, places, findings)
        if source is None:
            continue
        findings += semantics.source(
            source, document, kinds, places, schedule, names, directory, _blame(part)
        )
        if written is not None:
            sources.append(semantics.completed(name, source, written, directory, places))
    findings += semantics.together(sources, {name: doc.path for name, doc in documents.items()})
    if mappings is not None:
        for name, keys, said in mappings({n: doc.data for n, doc in mapping_documents.items()}):
            found = mapping_documents.get(name)
            findings.append(
                found.finding(keys, said) if found else Finding(f"mapping {name}", 0, said)
            )
    findings.sort(key=lambda finding: (finding.line == 0, finding))
    if written is None:
        return None, findings
    views, title = semantics.views(written, places)
    values = {name: getattr(written, name) for name in Common.model_fields} | {
        "territory": semantics.today(written.territory, places),
        "title": title,
        "database": semantics.database(written.database, directory),
        "base_url": written.base_url.rstrip("/"),
        "views": views,
        "sources": tuple(sources),
        "directory": directory,
        "mappings": {name: document.data for name, document in mapping_documents.items()},
    }
    return Config(**values), findings


def _folder(folder: Path, findings: list[Finding]) -> dict[str, Document]:
    """The readable TOML files of a folder by their names; the others' errors go to `findings`."""
    documents = {}
    for file in sorted(folder.glob("*.toml")):
        if file.name.startswith("."):
            continue
        document = read(file, str(file))
        if isinstance(document, Finding):
            findings.append(document)
        else:
            documents[file.stem] = document
    return documents


Blame = Callable[[Document, tuple[Key, ...], str], Finding]


def _blame(laid: list[Override]) -> Blame:
    """A finding names the environment variable where the value at fault came from one."""

    def finding(document: Document, keys: tuple[Key, ...], said: str) -> Finding:
        for override in laid:
            if keys[: len(override.keys)] == override.keys:
                return Finding(override.variable, 0, said)
        return document.finding(keys, said)

    return finding


def _validated(
    model: type[Model],
    document: Document,
    laid: list[Override],
    places: Places | None,
    findings: list[Finding],
) -> Model | None:
    data = lay_over(document.data, ((override.keys, override.value) for override in laid))
    try:
        return model.model_validate(data)
    except ValidationError as errors:
        blame = _blame(laid)
        for error in errors.errors(include_url=False):
            keys, said = message(error, model)
            if error["type"] == "string_pattern_mismatch" and keys[-1:] == ("territory",):
                said += semantics.suggestion(str(error["input"]), places)
            findings.append(blame(document, keys, said))
    return None
