"""CKAN with ckanext-dcat: PostgreSQL and Redis of this machine, a stand-in for Solr (see solr.py).

Datasets are written by CKAN's own actions; a program in CKAN's environment calls them, as its command line does.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.peers import forms, servers
from tests.peers.fiches import LICENCE, Fiche, fiches
from tests.peers.solr import Solr
from tests.postgres import Server

PAGE = 50
DCAT_PAGE = 40
ACT = """
import json, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.plugins import toolkit
application = make_app(load_config(sys.argv[1]))
with application._wsgi_app.test_request_context():
    user = toolkit.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    answers = []
    for action, given in json.load(sys.stdin):
        given = {k: user if v == "<user>" else v for k, v in given.items()}
        answers.append(toolkit.get_action(action)({"ignore_auth": True, "user": user}, given))
json.dump(answers, sys.stdout, default=str)
"""
SETTINGS = """[app:main]
use = egg:ckan
SECRET_KEY = not-a-secret-on-loopback-0123456789
ckan.site_id = peers
ckan.site_url = {url}
ckan.site_title = Données de Grand Paris Seine Ouest
ckan.locale_default = fr
ckan.plugins = datastore dcat
ckan.views.default_views =
ckan.storage_path = {folder}/storage
ckan.search.rows_max = {page}
ckanext.dcat.datasets_per_page = {dcat_page}
licenses_group_url = file://{folder}/licences.json
sqlalchemy.url = {database}
ckan.datastore.write_url = {tables}
ckan.datastore.read_url = {tables_read}
solr_url = {solr}
ckan.redis.url = {redis}
"""


@dataclass(frozen=True, slots=True)
class Ckan:
    """The running portal."""

    url: str
    fiches: list[Fiche]
    python: Path
    settings: Path

    def put(self, fiche: Fiche) -> None:
        """Replace a dataset; one that was deleted comes back."""
        self.act([["package_update", forms.package(fiche) | {"state": "active"}]])

    def remove(self, fiche: Fiche) -> None:
        """Delete a dataset, as a person does on its page."""
        self.act([["package_delete", {"id": fiche.id}]])

    def table(self, fields: list[dict[str, str]], records: list[dict[str, Any]]) -> tuple[str, str]:
        """A dataset with a table in the datastore: the ids of both."""
        owner = self.fiches[0].commune.slug
        [package] = self.act(
            [["package_create", {"name": "bornes", "title": "Bornes", "owner_org": owner}]]
        )
        resource = {"package_id": package["id"], "name": "bornes"}
        given = {"resource": resource, "fields": fields, "records": records, "force": True}
        [made] = self.act([["datastore_create", given]])
        return str(package["id"]), str(made["resource_id"])

    def token(self) -> str:
        """An API token of the site's own user, who sees everything."""
        [answer] = self.act([["api_token_create", {"user": "<user>", "name": "moissonneur"}]])
        return str(answer["token"])

    def act(self, actions: list[list[Any]]) -> list[Any]:
        """Call actions one after the other, as the site's own user; what they answer."""
        line = [self.python, "-c", ACT, self.settings]
        told = servers.command("writing", line, json.dumps(actions)).stdout
        return list(json.loads(told.rpartition("\n")[2]))


@contextlib.contextmanager
def running(folder: Path, postgresql: Server) -> Iterator[Ckan]:
    """A portal with every fiche, in an organisation for each commune."""
    python = servers.environment("ckan")
    port = servers.free_port()
    schema = servers.packages(python) / "ckan" / "config" / "solr" / "schema.xml"
    database, tables = postgresql.create(), postgresql.create()
    reader = f"reader_{port}"
    _sql(postgresql.admin.render_as_string(hide_password=False), f"CREATE ROLE {reader} LOGIN")
    try:
        with Solr(schema.read_bytes()) as solr, _redis(folder) as redis:
            url = f"http://127.0.0.1:{port}"
            peer = Ckan(url, fiches("ckan.gpso.example"), python, folder / "ckan.ini")
            peer.settings.write_text(
                SETTINGS.format(
                    url=url,
                    folder=folder,
                    page=PAGE,
                    dcat_page=DCAT_PAGE,
                    database=_psycopg2(database),
                    tables=_psycopg2(tables),
                    tables_read=_psycopg2(tables, reader),
                    solr=solr.url,
                    redis=redis,
                )
            )
            (folder / "licences.json").write_text(json.dumps(LICENCES))
            program = [python.with_name("ckan"), "-c", peer.settings]
            servers.command("making the database", [*program, "db", "init"])
            allowed = servers.command("asking", [*program, "datastore", "set-permissions"]).stdout
            lines = [line for line in allowed.splitlines() if not line.startswith("\\connect")]
            _sql(tables, "\n".join(lines[lines.index(next(filter(_is_sql, lines))) :]))
            peer.act([*_organisations(peer.fiches), *_packages(peer.fiches)])
            serve = ["run", "--disable-reloader", "--host", "127.0.0.1", "--port", str(port)]
            alive = f"{url}/api/3/action/status_show"
            with servers.serving([*program, *serve], servers.answers(alive), folder / "log"):
                yield peer
    finally:
        postgresql.drop(database)
        postgresql.drop(tables)
        _sql(postgresql.admin.render_as_string(hide_password=False), f"DROP ROLE {reader}")


def _is_sql(line: str) -> bool:
    """Whether what the command says begins here: what it logs may come before."""
    return line.startswith(("--", "/*", "REVOKE", "GRANT", "CREATE"))


def _sql(url: str, statements: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statements)


LICENCES = [
    {
        "id": "etalab-2.0",
        "title": forms.LICENCE_TEXT,
        "url": LICENCE,
        "status": "active",
        "od_conformance": "approved",
        "osd_conformance": "not reviewed",
        "domain_data": True,
        "domain_content": False,
        "domain_software": False,
        "family": "",
        "maintainer": "Etalab",
        "is_generic": False,
    }
]


def _organisations(of: list[Fiche]) -> list[list[Any]]:
    names = {fiche.commune.slug: fiche.organisation for fiche in of}
    return [["organization_create", {"name": n, "title": title}] for n, title in names.items()]


def _packages(of: list[Fiche]) -> list[list[Any]]:
    return [["package_create", forms.package(fiche)] for fiche in of]


def _psycopg2(url: str, user: str = "") -> str:
    """The URL for CKAN, whose settings cannot hold a percent sign: a socket's folder stays as it is."""
    parts = make_url(url).set(drivername="postgresql")
    if user:
        parts = parts.set(username=user, password=None)
    host = parts.query.get("host")
    bare = parts.set(query={}).render_as_string(hide_password=False)
    return f"{bare}?host={host}" if host else bare


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A Redis of our own, on a free port; keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("CKAN needs Redis: redis-server is not installed")
    port = servers.free_port()
    line = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with servers.serving(line, servers.listens(port), folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"
