"""Data behind the sample portals: tables whose rows are really filtered, by the interfaces that portals have for that.

One module per interface, each a pure function `answer(tables, root, asked)`; `interfaces.answer` finds the one that is meant. They
answer as the real ones do: typed fields, their own errors, their own habits (`Rows.habits`): a server may ignore what it is
asked, or refuse to count.
"""

from harvester.demo.rows.values import Field, Rows

__all__ = ["Field", "Rows"]
