"""The HTTP face: catalogues for machines, pages for people."""

from harvester.web.app import app, service, site

__all__ = ["app", "service", "site"]
