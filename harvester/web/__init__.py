"""The HTTP face: catalogues for machines, pages for people."""

from harvester.web.app import app, desk, service, site

__all__ = ["app", "desk", "service", "site"]
