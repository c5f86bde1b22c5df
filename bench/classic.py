"""The classic stack, for comparison: rdflib per page, `.value()` per field, an ORM's unit of work."""

from __future__ import annotations

from pathlib import Path

from rdflib import DCAT, DCTERMS, RDF, Graph
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from bench.catalogue import SUFFIX
from bench.measure import Task


class Base(DeclarativeBase):
    """The tables."""


class Dataset(Base):
    """A dataset as such programs keep it."""

    __tablename__ = "dataset"
    id: Mapped[int] = mapped_column(primary_key=True)
    iri: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str | None]
    description: Mapped[str | None]
    identifier: Mapped[str | None]
    issued: Mapped[str | None]
    modified: Mapped[str | None]
    publisher: Mapped[str | None]
    licence: Mapped[str | None]
    frequency: Mapped[str | None]
    landing_page: Mapped[str | None]
    keywords: Mapped[str]
    themes: Mapped[str]
    resources: Mapped[list[Resource]] = relationship(cascade="all, delete-orphan")


class Resource(Base):
    """A distribution."""

    __tablename__ = "resource"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    iri: Mapped[str]
    title: Mapped[str | None]
    url: Mapped[str | None]
    access: Mapped[str | None]
    format: Mapped[str | None]
    media_type: Mapped[str | None]
    licence: Mapped[str | None]
    size: Mapped[str | None]
    modified: Mapped[str | None]


def prepare(pages: str, syntax: str, database: str) -> Task:
    """Harvest the pages' files into a SQLite file."""
    files = sorted(Path(pages).glob(f"*.{SUFFIX[syntax]}"))

    def task() -> dict[str, int]:
        engine = create_engine(f"sqlite:///{database}")
        Base.metadata.create_all(engine)
        count = 0
        for file in files:
            graph = Graph().parse(file, format=syntax)
            with Session(engine) as session:
                for subject in graph.subjects(RDF.type, DCAT.Dataset):
                    _take(session, graph, subject)
                    count += 1
                session.commit()
        engine.dispose()
        return {"datasets": count}

    return task


def _take(session: Session, graph: Graph, subject: object) -> None:
    def value(node: object, predicate: object) -> str | None:
        found = graph.value(node, predicate)  # type: ignore[arg-type]
        return None if found is None else str(found)

    def values(predicate: object) -> str:
        return ",".join(sorted(map(str, graph.objects(subject, predicate))))  # type: ignore[arg-type]

    iri = str(subject)
    dataset = session.scalar(select(Dataset).where(Dataset.iri == iri)) or Dataset(iri=iri)
    dataset.title = value(subject, DCTERMS.title)
    dataset.description = value(subject, DCTERMS.description)
    dataset.identifier = value(subject, DCTERMS.identifier)
    dataset.issued = value(subject, DCTERMS.issued)
    dataset.modified = value(subject, DCTERMS.modified)
    dataset.publisher = value(subject, DCTERMS.publisher)
    dataset.licence = value(subject, DCTERMS.license)
    dataset.frequency = value(subject, DCTERMS.accrualPeriodicity)
    dataset.landing_page = value(subject, DCAT.landingPage)
    dataset.keywords = values(DCAT.keyword)
    dataset.themes = values(DCAT.theme)
    dataset.resources = [
        Resource(
            iri=str(node),
            title=value(node, DCTERMS.title),
            url=value(node, DCAT.downloadURL),
            access=value(node, DCAT.accessURL),
            format=value(node, DCTERMS.format),
            media_type=value(node, DCAT.mediaType),
            licence=value(node, DCTERMS.license),
            size=value(node, DCAT.byteSize),
            modified=value(node, DCTERMS.modified),
        )
        for node in graph.objects(subject, DCAT.distribution)  # type: ignore[arg-type]
    ]
    session.add(dataset)
