"""The rows of a larger dataset that are a commune's: which portal, which field, which question, which addresses. Pure.

`probe` leads the conversation with a portal; whoever asks (`harvester.run.proving`) sends its questions and gives it the answers.
A dialect is a module of its own; `columns` chooses the field, `local` says what a proved slice is as a dataset.
"""

from harvester.view.slices.columns import Commune
from harvester.view.slices.local import local_entry, slice_id, statement
from harvester.view.slices.probe import addresses, endpoints, prove, survey
from harvester.view.slices.values import (
    Conversation,
    Endpoint,
    Link,
    Part,
    Question,
    Refusal,
    Reply,
    Table,
)
from harvester.view.slices.words import Words, read_words

__all__ = [
    "Commune",
    "Conversation",
    "Endpoint",
    "Link",
    "Part",
    "Question",
    "Refusal",
    "Reply",
    "Table",
    "Words",
    "addresses",
    "endpoints",
    "local_entry",
    "prove",
    "read_words",
    "slice_id",
    "statement",
    "survey",
]
