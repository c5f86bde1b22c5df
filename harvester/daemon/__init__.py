"""`harvester serve`: scheduler, web and metrics in one process, until it is told to stop.

What it runs and serves is passed in (`Parts`): it knows when, not what. Commands reach the main thread through one queue:
signals, changed files, ended runs; whatever happens, happens there, one after the other.

* SIGTERM, SIGINT: no new run starts; runs under way get a moment to finish, then are asked to stop where they are, then
  are left (a killed run loses nothing). The web answers until the end; /readyz says 503 from the beginning.
* SIGHUP, a changed file: the configuration is read again. A wrong one is reported, and the old one stays.
"""

from harvester.daemon.listening import Asgi
from harvester.daemon.service import Daemon, Parts, Patience, serve

__all__ = ["Asgi", "Daemon", "Parts", "Patience", "serve"]
