"""The composition root: settings become parts, wired once, for the daemon, the commands, the demo and the tests.

Nothing else builds an adapter. Every part is made here and handed down; nothing here decides anything.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from threading import Thread
from time import monotonic
from zoneinfo import ZoneInfo

from publicsuffixlist import PublicSuffixList

from triage.core.rules import Mode, Rules
from triage.delivery import Delivery
from triage.events import EventLog
from triage.followup import Followup
from triage.intake import Intake
from triage.intake_forms import FormIntake, FormJudge
from triage.judgement import Judge, Voice
from triage.letters.context import PracticeFacts
from triage.letters.library import LetterLibrary
from triage.letters.source import LetterSource
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.smtp import SmtpSender
from triage.mailbox.watch import Watcher
from triage.matching.phones import find_phones
from triage.recording import Dispatch
from triage.screening.lexicon import Lexicon, parse_lexicon
from triage.settings import Settings
from triage.store import Session, Store
from triage.upkeep import Reconcile

_GO_LIVE = "go_live"
_PARTING_SECONDS = 1.0
_SECRET = "instance.secret"  # noqa: S105 - the name of a stored value, not a secret
_INSTANCE = "instance.id"


Fence = Callable[[Session], None]
"""Asked inside each acting transaction; raises if another process has taken over."""


def _no_fence(_: Session) -> None:
    """For commands and tests that act alone."""


def utc_now() -> datetime:
    """The clock that everything is given."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes this installation itself: kept in the store, made once."""

    instance: str
    secret: bytes
    go_live: datetime


def load_lexicon() -> Lexicon:
    """The lexicon that ships with triage.

    Raises:
        OperatorError: an entry is not understood; names file and entry.
    """
    folder = resources.files("triage.screening") / "lexicon"
    texts = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    return parse_lexicon(texts)


def organisational_domains() -> Callable[[str], str]:
    """A function from a domain to the part somebody registered ("mail.example.co.uk" -> "example.co.uk")."""
    suffixes = PublicSuffixList()

    def organisational_domain(domain: str) -> str:
        return suffixes.privatesuffix(domain.lower()) or domain.lower()

    return organisational_domain


def templates_folder(settings: Settings | None) -> Path:
    """Where the letters lie: the setting, else `templates/` here, else the copy that ships with triage."""
    if settings and settings.templates:
        return settings.templates
    here = Path("templates")
    if here.is_dir():
        return here
    beside = Path(__file__).parent
    return next(folder for folder in (beside / "_templates", beside.parent / "templates") if folder.is_dir())


def facts_of(settings: Settings) -> PracticeFacts:
    """What letters may say of the practice."""
    return PracticeFacts(
        name=settings.practice_name,
        email=settings.sender.spec,
        phone=settings.practice_phone,
        website=settings.practice_website,
        postal_address=settings.practice_address,
        form_url=settings.form_url,
    )


def own_phones(settings: Settings) -> frozenset[str]:
    """The practice's own numbers, which say nothing about who wrote."""
    return frozenset(find_phones(settings.practice_phone))


def open_store(settings: Settings) -> Store:
    """The practice's store, migrated to this version.

    Raises:
        OperatorError: it cannot be opened or written; says why and what to do.
    """
    return Store.open(settings.database_url.get_secret_value(), practice=settings.practice_id)


def build_letters(
    settings: Settings, log: EventLog, last_good: Mapping[tuple[str, str], LetterSource] | None = None
) -> LetterLibrary:
    """The practice's letters; `last_good` are the versions that stand in for broken files."""
    return LetterLibrary(
        templates_folder(settings), facts_of(settings), settings.languages, log, last_good=last_good or {}
    )


def build_mailbox(settings: Settings, log: EventLog) -> ImapMailbox:
    """A connection to the mailbox, not yet opened."""
    return ImapMailbox(settings.imap_account(), log)


def build_sender(settings: Settings) -> SmtpSender:
    """A connection to the sending server, not yet opened."""
    return SmtpSender(settings.smtp_account())


def account_of(settings: Settings) -> str:
    """A name for the mailbox account that reveals nothing: another one means another mailbox."""
    account = settings.imap_account()
    return hashlib.sha256(f"{account.host.lower()}/{account.user}".encode()).hexdigest()[:32]


def identity_of(store: Store, settings: Settings, now: datetime) -> Identity:
    """This installation's own marks; the watermark is the setting, else the moment of the first start."""
    with store.begin() as tx:
        first_start = tx.meta.get_or_set(_GO_LIVE, now.isoformat)
        secret = tx.meta.get_or_set(_SECRET, lambda: secrets.token_hex(32))
        instance = tx.meta.get_or_set(_INSTANCE, lambda: secrets.token_hex(8))
    return Identity(instance, bytes.fromhex(secret), settings.go_live or datetime.fromisoformat(first_start))


class App:
    """Every part of the running service. `close()` when done."""

    def __init__(self, settings: Settings, log: EventLog, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.log = log
        self.clock = clock
        self.store = open_store(settings)
        self.identity = identity_of(self.store, settings, clock())
        self.rules: Rules = settings.rules(self.identity.go_live)
        self.lexicon = load_lexicon()
        self.organisational_domain = organisational_domains()
        with self.store.read() as tx:
            kept = tx.letters.last_good()
        self.letters = build_letters(settings, log, {key: LetterSource(*source) for key, source in kept.items()})
        voice = Voice(settings.sender, ZoneInfo(settings.timezone), self.identity.secret, self.identity.instance)
        self.judge = Judge(
            self.rules, self.letters, self.lexicon, self.organisational_domain, voice, own_phones(settings)
        )
        self.dispatch = Dispatch(
            settings.mode, timedelta(seconds=settings.send_delay), timedelta(hours=settings.reply_deadline_hours)
        )
        self._mailboxes: list[ImapMailbox] = []
        self._sender: SmtpSender | None = None

    def mailbox(self) -> ImapMailbox:
        """A connection of its own, for one job."""
        mailbox = build_mailbox(self.settings, self.log)
        self._mailboxes.append(mailbox)
        return mailbox

    def sender(self) -> SmtpSender | None:
        """The way out; None where no mail server is configured (observe and draft mode need none)."""
        if self._sender is None and self.settings.smtp_host:
            self._sender = build_sender(self.settings)
        return self._sender

    def intake(self, fence: Fence = _no_fence) -> Intake:
        """The flow that reads and decides."""
        forms = FormIntake(FormJudge(self.rules, self.lexicon, self.organisational_domain))
        return Intake(
            self.mailbox(), self.store, self.judge, forms, self.dispatch, self.log, fence, account_of(self.settings)
        )

    def followup(self, fence: Fence = _no_fence) -> Followup:
        """The flow that waits for the other half."""
        return Followup(self.mailbox(), self.store, self.judge, self.dispatch, self.log, fence)

    def delivery(self, fence: Fence = _no_fence) -> Delivery:
        """The flow that hands replies over."""
        return Delivery(
            self.store,
            self.sender() if self.settings.mode is Mode.SEND else None,
            self.log,
            self.settings.mode,
            mailbox=self.mailbox(),
            copy_to_self=self.settings.sender.spec if self.settings.copy_to_self else "",
            from_address=self.settings.sender,
            fence=fence,
        )

    def reconcile(self) -> Reconcile:
        """The flow that looks for email the ledger does not know."""
        return Reconcile(self.mailbox(), self.store, self.identity.go_live, self.rules.max_age)

    def watcher(self, on_change: Callable[[], None]) -> Watcher:
        """The listener that wakes the poll."""
        return Watcher(self.settings.imap_account(), on_change, self.log)

    def remember_letters(self) -> None:
        """Keep the letters' good versions in the store, so that a broken file at the next start has one."""
        now = self.clock()
        with self.store.begin() as tx:
            for (letter, language), source in self.letters.sources().items():
                tx.letters.remember(letter, language, source.version, source.text, now)

    def close(self) -> None:
        """End every connection; never raises."""
        # All at the same time, and not for long: a server that does not answer must not keep the service from ending.
        partings: list[Callable[[], None]] = [mailbox.close for mailbox in self._mailboxes]
        if self._sender is not None:
            partings.append(self._sender.close)
        threads = [Thread(target=part, daemon=True) for part in partings]
        deadline = monotonic() + _PARTING_SECONDS
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
        self.store.close()
