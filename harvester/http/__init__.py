"""The only outgoing socket: patient, polite, bounded, and never lured into the private network.

    with Client(source.http, contact=config.contact, home=source.url) as client:
        response = client.fetch(url, accept="text/turtle", etag=page.etag)

What a host may do and what it costs: see `Client`. Every request goes through a `requests` session whose adapter makes
guarded connections (`transport.py`). Proxies named in the environment are ignored: behind one, the guard would check the
proxy's address instead of the source's.
"""

from harvester.http.answer import Exchange, Response
from harvester.http.client import Client
from harvester.http.pace import Hosts

__all__ = ["Client", "Exchange", "Hosts", "Response"]
