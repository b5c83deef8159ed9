"""The settings themselves: every key, its default, and what each value must be.

`config.example.env` documents the same keys; a test compares the two.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from triage.core.address import is_deliverable, wire_form
from triage.core.email import Address
from triage.core.rules import MatchPolicy, Mode, Rules
from triage.mailbox.account import ImapAccount, MarkStyle, Security, SmtpAccount
from triage.mailbox.reaching import is_loopback

SECRETS = ("imap_password", "smtp_password", "database_url")
_ADDRESS_WITH_NAME = re.compile(r"^(?P<name>[^<>]*)<(?P<spec>[^<>\s]+)>$")


class LogFormat(StrEnum):
    """Log lines for people, or one JSON object a line."""

    PEOPLE = "people"
    JSON = "json"


def _split(value: object) -> object:
    """`a, b,c` becomes ("a", "b", "c")."""
    if isinstance(value, str):
        return tuple(item.strip() for item in re.split(r"[,;\s]+", value) if item.strip())
    return value


def _yes_or_no(value: object) -> object:
    """yes/no, on/off, true/false, 1/0 in any case."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in {"yes", "on", "true", "1", "y"}:
            return True
        if word in {"no", "off", "false", "0", "n"}:
            return False
        raise ValueError("It must be yes or no. | Write yes or no.")
    return value


List = Annotated[tuple[str, ...], BeforeValidator(_split)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Phone = re.compile(r"^[0-9+() .\-\u2010-\u2015]{5,30}$")


def _named_address(written: str) -> Address:
    """`Name <a@b>` or `a@b` as an address; not yet checked."""
    named = _ADDRESS_WITH_NAME.match(written)
    return Address(named["name"].strip().strip('"'), named["spec"]) if named else Address("", written)


class Settings(BaseModel):
    """Everything that can be configured; frozen, and safe to print (secrets show as stars)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    # the practice
    practice_name: str = Field(min_length=1, max_length=120)
    practice_address: str = Field("", max_length=200)
    practice_phone: str
    practice_website: str = ""
    form_url: str
    timezone: str = "UTC"
    languages: List = ("en", "es")
    # what the service may do
    mode: Mode = Mode.OBSERVE
    match_policy: MatchPolicy = MatchPolicy.STRICT
    go_live: datetime | None = None
    max_age_hours: int = Field(72, ge=1, le=24 * 30)
    send_delay: int = Field(120, ge=0, le=24 * 3600)
    reply_deadline_hours: int = Field(24, ge=1, le=24 * 7)
    same_letter_days: int = Field(7, ge=1, le=365)
    replies_per_address_per_day: int = Field(3, ge=1, le=100)
    replies_per_domain_per_hour: int = Field(400, ge=1, le=100_000)
    breaker_replies_per_hour: int = Field(500, ge=1, le=100_000)
    # reading
    imap_host: str
    imap_port: int = Field(0, ge=0, le=65535)
    imap_security: Security = Security.TLS
    imap_user: str
    imap_password: SecretStr
    imap_folder: str = Field("INBOX", min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    imap_timeout: int = Field(60, ge=1, le=600)
    mark: MarkStyle = MarkStyle.KEYWORD
    poll_seconds: int = Field(60, ge=1, le=3600)
    idle: YesNo = True
    authserv_id: str = ""
    form_senders: List = ()
    own_addresses: List = ()
    # sending
    reply_from: str = Field("", alias="from", validate_default=True)
    smtp_host: str = Field("", validate_default=True)
    smtp_port: int = Field(0, ge=0, le=65535)
    smtp_security: Security = Security.STARTTLS
    smtp_user: str = ""
    smtp_password: SecretStr = Field(SecretStr(""), validate_default=True)
    smtp_timeout: int = Field(60, ge=1, le=600)
    smtp_dot_timeout: int = Field(600, ge=1, le=3600)
    envelope_from: str = ""
    copy_to_self: YesNo = False
    # the machine
    practice_id: str = Field("practice", pattern=r"^[a-z0-9-]{1,40}$")
    database_url: SecretStr = SecretStr("sqlite:///var/triage.db")
    templates: Path | None = None
    ca_file: Path | None = None
    log_format: LogFormat = LogFormat.PEOPLE
    watchdog_seconds: int = Field(900, ge=10, le=24 * 3600)

    @field_validator("practice_phone")
    @classmethod
    def _phone(cls, value: str) -> str:
        if not Phone.match(value):
            raise ValueError("It does not look like a phone number. | Write it as patients dial it: (202) 555-0100.")
        return value

    @field_validator("form_url", "practice_website")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme != "https" or "." not in (parts.hostname or "") or re.search(r"\s", value):
            raise ValueError("It is not a web address with https. | Write it whole: https://www.example.com/contact.")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("There is no such time zone. | Write it like America/New_York.") from None
        return value

    @field_validator("languages")
    @classmethod
    def _languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or any(not re.fullmatch(r"[a-z]{2}", item) for item in value) or len(set(value)) < len(value):
            raise ValueError("It is not a list of languages. | Write two-letter codes, the main one first: en,es.")
        return value

    @field_validator("go_live")
    @classmethod
    def _aware(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=ZoneInfo(info.data.get("timezone", "UTC")))

    @field_validator("own_addresses")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, item in enumerate(value, 1):
            if not is_deliverable(item):
                raise ValueError(f"Entry {number} is not an email address. | Separate addresses by commas.")
        return tuple(item.lower() for item in value)

    @field_validator("form_senders")
    @classmethod
    def _senders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, item in enumerate(value, 1):
            address = item if "@" in item[1:] else f"any@{item.removeprefix('@')}"
            if not is_deliverable(address):
                raise ValueError(
                    f"Entry {number} is neither an address nor a domain. | Write wordpress@example.com or example.com."
                )
        return tuple(item.lower() for item in value)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("sqlite:///"):
            raise ValueError("Only SQLite is supported for now. | Write sqlite:///var/triage.db, or leave it out.")
        return value

    @field_validator("imap_security", "smtp_security")
    @classmethod
    def _security(cls, value: Security, info: ValidationInfo) -> Security:
        host = info.data.get(f"{str(info.field_name)[:4]}_host", "")
        if host and value is Security.PLAIN and not is_loopback(host):
            raise ValueError(
                "plain would send the password over the network. "
                "| Use tls or starttls; plain is for servers on this machine only."
            )
        return value

    @field_validator("reply_from")
    @classmethod
    def _sender_address(cls, value: str, info: ValidationInfo) -> str:
        if "imap_user" in info.data and not is_deliverable(_named_address(value or info.data["imap_user"]).spec):
            raise ValueError("It is not an email address. | Write office@example.com or Name <office@example.com>.")
        return value

    @field_validator("smtp_host")
    @classmethod
    def _needed_to_send(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("mode") is Mode.SEND:
            raise ValueError("It is missing, and TRIAGE_MODE is send. | Set it, or use another mode.")
        return value

    @field_validator("smtp_password")
    @classmethod
    def _half_a_login(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if "smtp_user" in info.data and bool(info.data["smtp_user"]) != bool(value.get_secret_value()):
            raise ValueError("User name and password belong together. | Set TRIAGE_SMTP_USER too, or leave both out.")
        return value

    @field_validator("imap_host", "smtp_host")
    @classmethod
    def _host(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{0,253}|\[?[0-9a-fA-F:.]{2,45}\]?", value):
            raise ValueError("It is not the name of a server. | Write the bare name, like imap.example.com, no port.")
        return value.strip("[]")

    @field_validator("envelope_from")
    @classmethod
    def _envelope(cls, value: str) -> str:
        if value not in {"", "<>"} and not is_deliverable(value):
            raise ValueError("It is not an email address. | Leave it out, or write <>.")
        return value

    @property
    def sender(self) -> Address:
        """Whom replies come from: `TRIAGE_FROM`, else the mailbox's own user name."""
        address = _named_address(self.reply_from or self.imap_user)
        return Address(address.display or self.practice_name, wire_form(address.spec))

    @property
    def owned(self) -> tuple[str, ...]:
        """Every address of the practice, in lower case, the answering one first."""
        addresses = [self.sender.spec.lower(), *self.own_addresses]
        addresses += [item.lower() for item in (self.imap_user, self.practice_address) if is_deliverable(item)]
        return tuple(dict.fromkeys(addresses))

    def rules(self, go_live: datetime) -> Rules:
        """The part of the settings that decisions depend on; `go_live` is the watermark in force."""
        return Rules(
            own_addresses=self.owned,
            languages=self.languages,
            authserv_id=self.authserv_id,
            form_senders=self.form_senders,
            match_policy=self.match_policy,
            go_live=go_live,
            max_age=timedelta(hours=self.max_age_hours),
            same_letter_pause=timedelta(days=self.same_letter_days),
            replies_per_address_per_day=self.replies_per_address_per_day,
            replies_per_domain_per_hour=self.replies_per_domain_per_hour,
            breaker_replies_per_hour=self.breaker_replies_per_hour,
        )

    def imap_account(self) -> ImapAccount:
        """How to read the mailbox."""
        return ImapAccount(
            host=self.imap_host,
            port=self.imap_port or (993 if self.imap_security is Security.TLS else 143),
            security=self.imap_security,
            user=self.imap_user,
            password=self.imap_password.get_secret_value(),
            folder=self.imap_folder,
            mark=self.mark,
            timeout=self.imap_timeout,
            ca_file=str(self.ca_file or ""),
        )

    def smtp_account(self) -> SmtpAccount:
        """How to hand replies over."""
        default_port = {Security.TLS: 465, Security.STARTTLS: 587, Security.PLAIN: 25}
        return SmtpAccount(
            host=self.smtp_host,
            port=self.smtp_port or default_port[self.smtp_security],
            security=self.smtp_security,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
            envelope_from="" if self.envelope_from == "<>" else wire_form(self.envelope_from) or self.sender.spec,
            timeout=self.smtp_timeout,
            dot_timeout=self.smtp_dot_timeout,
            ca_file=str(self.ca_file or ""),
        )
