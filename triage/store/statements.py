"""Two small things every aggregate needs: long lists in pieces, and the id of what was just inserted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert

_MOST = 500
_Item = TypeVar("_Item")


def chunked(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Distinct `items`, order kept, at most 500 at a time, which every database takes; nothing for none."""
    distinct = list(dict.fromkeys(items))
    for start in range(0, len(distinct), _MOST):
        yield distinct[start : start + _MOST]


def insert_one(connection: Connection, statement: Insert, values: Mapping[str, Any]) -> int:
    """Insert one row and return its id."""
    key = connection.execute(statement, values).inserted_primary_key
    if key is None:
        raise TypeError("the table has no id of its own")
    return int(key[0])
