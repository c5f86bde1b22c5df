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
from harvester.config.document import Document, Finding, Key, Severity, read
from harvester.config.environment import Override, lay_over, overrides, without
from harvester.config.faces import Fault
from harvester.config.messages import message
from harvester.config.semantics import CheckSchedule, Kinds, Places
from harvester.config.settings import COVERAGE, MERGE, Common, Config, ConfigFile, SourceFile
from harvester.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)
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
    French, on what it cannot read; `mappings` gets every file of mappings/ and yields
    (file, key path, message). `environ` is the process's own where it is not given.
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
    documents, stems = _folder(file.parent / "sources", findings)
    own_mappings, _ = _folder(file.parent / "mappings", findings)
    laid, unknown = overrides(
        os.environ if environ is None else environ, ConfigFile, SourceFile, stems
    )
    findings += unknown
    builtin = set(builtin_mappings)
    names = builtin | (own_mappings.keys() - {MERGE, COVERAGE}) if builtin else set()
    checks = semantics.Checks(kinds, places, schedule, names, directory, stems)

    main = read(file, str(file))
    written: ConfigFile | None = None
    if isinstance(main, Finding):
        findings.append(main)
    else:
        part = [override for override in laid if override.keys[0] != "sources"]
        written = _validated(ConfigFile, main, part, checks, semantics.main, findings)
    sources: dict[str, SourceFile] = {}
    for name, document in documents.items():
        part = [
            Override(override.keys[2:], override.value, override.variable)
            for override in laid
            if override.keys[:2] == ("sources", name)
        ]
        source = _validated(SourceFile, document, part, checks, semantics.source, findings)
        if not _SLUG.match(name):
            said = "le nom de ce fichier s'écrit en minuscules sans accents, avec des tirets."
            findings.append(Finding(document.path, 0, said))
        elif source is not None:
            sources[name] = source
    findings += semantics.together(
        {documents[name].path: source for name, source in sources.items()}
    )
    if written is not None and not isinstance(main, Finding):
        faults = semantics.aliases(written, stems, sources.values())
        findings += [main.finding(*fault) for fault in faults]
    if mappings is not None:
        for name, keys, said in mappings({n: doc.data for n, doc in own_mappings.items()}):
            found = own_mappings.get(name)
            findings.append(
                found.finding(keys, said) if found else Finding(f"mapping {name}", 0, said)
            )
    findings.sort(key=lambda finding: (finding.line == 0, finding))
    if written is None:
        return None, findings
    return _complete(written, sources, own_mappings, checks), findings


def _complete(
    written: ConfigFile,
    sources: Mapping[str, SourceFile],
    mappings: Mapping[str, Document],
    checks: semantics.Checks,
) -> Config:
    values = {name: getattr(written, name) for name in Common.model_fields} | {
        "territory": semantics.today(written.territory, checks.places),
        "title": semantics.title(written, checks.places),
        "database": semantics.database(written.database, checks.directory),
        "base_url": written.base_url.rstrip("/"),
        "views": semantics.views(written, checks.places),
        "sources": tuple(
            semantics.completed(name, source, written, checks) for name, source in sources.items()
        ),
        "directory": checks.directory,
        "mappings": {n: d.data for n, d in mappings.items() if n not in (MERGE, COVERAGE)},
        "merge": mappings[MERGE].data if MERGE in mappings else {},
        "coverage": mappings[COVERAGE].data if COVERAGE in mappings else {},
    }
    return Config(**values)


def _folder(folder: Path, findings: list[Finding]) -> tuple[dict[str, Document], set[str]]:
    """The readable TOML files of a folder by their names, and all names; errors go to `findings`."""
    files = [file for file in sorted(folder.glob("*.toml")) if not file.name.startswith(".")]
    documents = {}
    for file in files:
        document = read(file, str(file))
        if isinstance(document, Finding):
            findings.append(document)
        else:
            documents[file.stem] = document
    return documents, {file.stem for file in files}


def _validated(
    model: type[Model],
    document: Document,
    laid: list[Override],
    checks: semantics.Checks,
    meaning: Callable[[Model, semantics.Checks], Iterable[Fault]],
    findings: list[Finding],
) -> Model | None:
    """The file as settings, or None when it has errors of form.

    What is well formed in a faulty file is still looked at for its meaning, so that one round of
    corrections is enough.
    """

    def tell(keys: tuple[Key, ...], said: str, severity: Severity = "error") -> None:
        for override in laid:
            if keys[: len(override.keys)] == override.keys:
                findings.append(Finding(override.variable, 0, said, severity))
                return
        findings.append(document.finding(keys, said, severity))

    data = lay_over(document.data, ((override.keys, override.value) for override in laid))
    faulty: list[tuple[Key, ...]] = []
    try:
        settings = model.model_validate(data)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            keys, said = message(error, model)
            if error["type"] == "string_pattern_mismatch" and keys[-1:] == ("territory",):
                said += semantics.suggestion(str(error["input"]), checks.places)
            tell(keys, said)
            faulty.append(error["loc"])
        try:
            settings = model.model_validate(_PLACEHOLDERS[model] | without(data, faulty))
        except ValidationError:
            return None
    if ("territory",) in faulty:
        faulty.append(("views",))
    for keys, said, severity in meaning(settings, checks):
        if not any(keys[: len(fault)] == fault for fault in faulty):
            tell(keys, said, severity)
    return None if faulty else settings


_PLACEHOLDERS: dict[type[BaseModel], dict[str, Any]] = {
    ConfigFile: {"territory": "fr"},
    SourceFile: {"name": "?", "kind": "", "url": ".", "level": "commune", "territory": "fr"},
}
