"""Small facts about one practice that must survive a restart: instance id, secret, go-live watermark."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, insert, select, update

from triage.store.schema import meta


class Meta:
    """Keys and values of one practice, inside one transaction."""

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice

    def get(self, key: str) -> str | None:
        """The value of `key`, or None."""
        return self._connection.execute(
            select(meta.c.value).where(meta.c.practice == self._practice, meta.c.key == key)
        ).scalar()

    def set(self, key: str, value: str) -> None:
        """Keep `value`, in place of any earlier one."""
        changed = self._connection.execute(
            update(meta).where(meta.c.practice == self._practice, meta.c.key == key).values(value=value)
        )
        if not changed.rowcount:
            self._connection.execute(insert(meta).values(practice=self._practice, key=key, value=value))

    def get_or_set(self, key: str, make: Callable[[], str]) -> str:
        """The value of `key`; made and kept if there is none yet."""
        known = self.get(key)
        if known is not None:
            return known
        value = make()
        self.set(key, value)
        return value
