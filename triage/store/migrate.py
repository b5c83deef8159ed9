"""Brings a database to the newest schema with Alembic, inside one transaction; a newer schema is never touched."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made from the installed package: there is no alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def known_versions() -> frozenset[str]:
    """Every schema version this program knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def upgrade(connection: Connection) -> None:
    """Migrate to the newest version on `connection`, which must be inside a transaction; nothing is committed here."""
    command.upgrade(config(connection), "head")
