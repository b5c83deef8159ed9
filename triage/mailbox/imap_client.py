"""The one typed wrapper of imapclient: a connection whose every failure is one of our errors.

It asks only for `BODY.PEEK`, so it never sets \\Seen. It never passes on what a server says, since server text may
quote a patient's mail; only response codes (RFC 5530) get through. imaplib's debugging stays off: it formats every
body twice.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, LoginError, ProtocolError
from imapclient.response_parser import parse_fetch_response

from triage.errors import OperatorError, TransientError, TriageError
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.imap_answers import Changes, FetchedItems, Folder, RefusedError, Selected
from triage.mailbox.imap_fetched import quickly
from triage.mailbox.imap_words import uid_sets
from triage.mailbox.reaching import no_route, refuse_plain, verified_context

T = TypeVar("T")

_NO = re.compile(r"[A-Za-z ]{1,20} failed: (?:\[([A-Z-]{1,40})[\] ])?")
_LOGIN_CODE = re.compile(r"\[([A-Z-]{1,40})\]")
_BUSY = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"})
_GARBLED = (ProtocolError, ValueError, TypeError, IndexError, KeyError, RecursionError)


class ImapConnection:
    """One logged-in connection. After a `TransientError` it is closed; after a `RefusedError` it goes on."""

    def __init__(self, account: ImapAccount) -> None:
        """Connect and log in.

        Raises:
            TransientError: the server cannot be reached now, or is busy.
            OperatorError: wrong password, bad certificate, no TLS, unknown host name.
        """
        self._client = _reach(account)
        self.closed = False
        try:
            _log_in(self._client, account)
            self.capabilities = frozenset(_text(word) for word in self._ask(self._client.capabilities))
        except TriageError:
            self.drop()
            raise
        except RefusedError:
            self.drop()
            raise TransientError("The mail server did not say what it can do.") from None

    def has(self, capability: str) -> bool:
        """Whether the server announced a capability (in capitals)."""
        return capability in self.capabilities

    def folders(self) -> list[Folder]:
        """All folders of the account, in the server's order."""
        return [
            Folder(str(name), _text(separator or b""), frozenset(_text(word).lower() for word in attributes))
            for attributes, separator, name in self._ask(self._client.list_folders)
        ]

    def prefix(self) -> str:
        """What the names of the account's own folders begin with ("INBOX." on some servers; RFC 2342)."""
        if not self.has("NAMESPACE"):
            return ""
        personal = self._ask(self._client.namespace).personal
        return str(personal[0][0]) if personal else ""

    def select(self, folder: str, *, readonly: bool) -> Selected:
        """SELECT or EXAMINE a folder. Raises OperatorError if it is read-only but was asked for writing."""
        answer = self._ask(lambda: self._client.select_folder(folder, readonly=readonly))
        self.changes()  # what SELECT itself said is no change
        permanent = answer.get(b"PERMANENTFLAGS")
        return Selected(
            uidvalidity=int(answer.get(b"UIDVALIDITY", 0)),
            uidnext=int(answer.get(b"UIDNEXT", 0)),
            exists=int(answer.get(b"EXISTS", 0)),
            permanent=None if permanent is None else frozenset(_text(flag).lower() for flag in permanent),
        )

    def status(self, folder: str) -> Selected:
        """The same figures by STATUS; of the selected folder they are as fresh as the last NOOP."""
        items = ["UIDVALIDITY", "UIDNEXT", "MESSAGES"]
        answer = self._ask(lambda: self._client.folder_status(folder, items))
        uidvalidity, uidnext, exists = (int(answer.get(item.encode(), 0)) for item in items)
        return Selected(uidvalidity, uidnext, exists, None)

    def noop(self) -> None:
        """Let the server tell what changed (see `changes`); refused if it says that something is wrong."""
        self._ask(self._client._imap.noop)
        if self._client._imap.untagged_responses.pop("NO", None):
            raise RefusedError("")

    def changes(self) -> Changes:
        """Take what the server said unasked; without this it would pile up for as long as the connection lives."""
        said = self._client._imap.untagged_responses
        exists, expunged = said.pop("EXISTS", []), said.pop("EXPUNGE", [])
        for other in ("FETCH", "RECENT", "FLAGS"):
            said.pop(other, None)
        counts = [int(word) for word in exists if word and word.isdigit()]
        return Changes(counts[-1] if counts else None, len(expunged))

    def search(self, criteria: str) -> list[int]:
        """UIDs that match, ascending. `criteria` is sent as it is: the caller quotes."""
        return sorted(self._ask(lambda: self._client.search(criteria)))

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, FetchedItems]:
        """Items of messages by UID; each answer may lack items, and vanished messages are absent."""
        found = self._ask(lambda: self._fetch(",".join(uid_sets(uids)), f"({' '.join(items)})"))
        return {uid: found[uid] for uid in uids if uid in found}

    def add_flags(self, uid_set: str, flags: Iterable[str]) -> None:
        """Add flags to messages, silently."""
        self._ask(lambda: self._client.add_flags(uid_set, list(flags), silent=True))

    def remove_flags(self, uid_set: str, flags: Iterable[str]) -> None:
        """Take flags from messages, silently."""
        self._ask(lambda: self._client.remove_flags(uid_set, list(flags), silent=True))

    def move(self, uid_set: str, folder: str) -> None:
        """MOVE messages (RFC 6851); without it, by copy and UID EXPUNGE (RFC 4315), never a plain EXPUNGE."""
        if self.has("MOVE"):
            self._ask(lambda: self._client.move(uid_set, folder))
            return
        self._ask(lambda: self._client.copy(uid_set, folder))
        self.add_flags(uid_set, ["\\Deleted"])
        self._ask(lambda: self._client.uid_expunge(uid_set))

    def create(self, folder: str) -> None:
        """Create a folder and subscribe to it, so that mail programs show it."""
        self._ask(lambda: self._client.create_folder(folder))
        with contextlib.suppress(RefusedError):
            self._ask(lambda: self._client.subscribe_folder(folder))

    def append(self, folder: str, content: bytes, flags: Iterable[str]) -> None:
        """APPEND one message. After a TransientError it may or may not lie there: search before trying again."""
        self._ask(lambda: self._client.append(folder, content, list(flags)))

    def idle(self) -> None:
        """Enter IDLE (RFC 2177)."""
        self._ask(self._client.idle)

    def idle_news(self) -> bool | None:
        """What lies ready on an idling connection: True if EXISTS was among it, None if there was nothing at all."""
        answers = self._ask(lambda: self._client.idle_check(timeout=0))
        if any(answer and answer[0] == b"BYE" for answer in answers):
            self.drop()
            raise TransientError("The mail server ended the connection.")
        return None if not answers else any(len(answer) > 1 and answer[1] == b"EXISTS" for answer in answers)

    def idle_done(self) -> bool:
        """Leave IDLE; True if an EXISTS came while leaving."""
        _, answers = self._ask(self._client.idle_done)
        return any(len(answer) > 1 and answer[1] == b"EXISTS" for answer in answers)

    def fileno(self) -> int:
        """The socket's number, to wait on."""
        return int(self._client.socket().fileno())

    def log_out(self, seconds: float = 1.0) -> None:
        """Say good-bye, waiting at most `seconds`, and close; never raises."""
        if self.closed:
            return
        with contextlib.suppress(OSError, imaplib.IMAP4.error, *_GARBLED):
            self._client.socket().settimeout(seconds)
            self._client.logout()
        self.drop()

    def drop(self) -> None:
        """Close the socket without a word; never raises."""
        self.closed = True
        with contextlib.suppress(OSError, imaplib.IMAP4.error, ValueError):
            self._client.shutdown()

    def _fetch(self, uid_set: str, items: str) -> dict[int, FetchedItems]:
        imap = self._client._imap
        imap.untagged_responses.pop("FETCH", None)  # what was said unasked before
        kind, data = imap.uid("FETCH", uid_set, items)
        self._client._checkok("fetch", kind, data)
        found: dict[int, FetchedItems] | None = quickly(data)
        return parse_fetch_response(data, normalise_times=False) if found is None else found

    def _ask(self, command: Callable[[], T]) -> T:
        if self.closed:
            raise TransientError("The connection to the mail server is closed.")
        try:
            return command()
        except imaplib.IMAP4.readonly:
            raise OperatorError(
                "The watched folder is read-only for this user, so handled email cannot be marked.",
                "Give the user write access to the folder, or set TRIAGE_MARK=none.",
            ) from None
        except _GARBLED:
            raise RefusedError("GARBLED") from None
        except TimeoutError:
            self.drop()
            raise TransientError("The mail server did not answer in time.") from None
        except (imaplib.IMAP4.abort, OSError):
            self.drop()
            raise TransientError("The connection to the mail server broke.") from None
        except imaplib.IMAP4.error as error:
            refused = _refusal(error)
            if refused is None:
                self.drop()
                raise TransientError("The mail server's answer made no sense.") from None
            raise refused from None


def _reach(account: ImapAccount) -> IMAPClient:
    """A greeted, protected connection that is not logged in yet."""
    refuse_plain(account.security, account.host, "TRIAGE_IMAP")
    needs_context = account.security is not Security.PLAIN or account.ca_file
    context = verified_context(account.ca_file) if needs_context else None
    tls = account.security is Security.TLS
    client = None
    try:
        client = IMAPClient(
            account.host,
            account.port,
            ssl=tls,
            ssl_context=context if tls else None,
            timeout=SocketTimeout(account.timeout, account.timeout),
        )
        client._imap.debug = 0
        client._imap._log = _keep_no_record
        client.normalise_times = False
        if account.security is Security.STARTTLS:
            client.starttls(context)
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, imaplib.IMAP4.error, *_GARBLED) as error:
        if client is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error, ValueError):
                client.shutdown()
        if isinstance(error, CapabilityError):
            raise OperatorError(
                f"The mail server {account.host} does not offer STARTTLS on port {account.port}.",
                "Use TRIAGE_IMAP_SECURITY=tls with port 993.",
            ) from None
        raise no_route(error, account.host, account.port, "TRIAGE_IMAP") from None
    return client


def _keep_no_record(_: str) -> None:
    """In place of imaplib's ring of the last commands, which would hold the password."""


def _log_in(client: IMAPClient, account: ImapAccount) -> None:
    both = account.user + account.password
    log_in = client.login if both.isascii() and both.isprintable() else client.plain_login
    try:
        log_in(account.user, account.password)
    except LoginError as error:
        match = _LOGIN_CODE.search(str(error)[:200])
        code = match[1] if match else ""
        if isinstance(error.__context__, imaplib.IMAP4.abort) or code in _BUSY:
            raise TransientError("The mail server is too busy for a login just now.") from None
        if code == "PRIVACYREQUIRED":
            raise OperatorError(
                "The mail server takes no password on an unprotected connection.",
                "Set TRIAGE_IMAP_SECURITY to tls or starttls.",
            ) from None
        raise OperatorError(
            "The mailbox refused the user name or password.",
            "Check TRIAGE_IMAP_USER and TRIAGE_IMAP_PASSWORD; many providers want an app password, made in the "
            "account's security settings, instead of the ordinary one.",
        ) from None
    except TimeoutError:
        raise TransientError(f"The mail server {account.host} did not answer the login in time.") from None
    except (OSError, imaplib.IMAP4.error, *_GARBLED):
        raise TransientError(f"The connection to the mail server {account.host} broke while logging in.") from None


def _refusal(error: Exception) -> RefusedError | None:
    words = str(error)
    if " command error: BAD" in words[:60]:
        return RefusedError("BAD")
    match = _NO.match(words)
    return RefusedError(match[1] or "") if match else None


def _text(word: bytes | str) -> str:
    return word.decode("ascii", "replace") if isinstance(word, bytes) else word
