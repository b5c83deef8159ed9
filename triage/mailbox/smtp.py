"""Handing one reply to the mail server, always knowing which phase the transaction is in (RFC 5321, RFC 1047).

Until the final dot is written, any failure is provably "not accepted"; from the dot on, only a whole and sane answer
says what happened, and everything else is "unknown". It must never repeat a transaction whose dot was written, nor
write the dot unless `before_dot` has returned.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass

from triage.core.outbox import ReplyState
from triage.errors import OperatorError, PermanentError
from triage.failpoints import Failpoint, reach
from triage.mailbox.account import SmtpAccount
from triage.mailbox.smtp_session import Session, connect

LONGEST_IDLE = 60.0
"""Seconds after which an open connection is not used again."""

_CLOSING_DOWN = 421
_AUTH_CODES = frozenset({530, 534, 535, 538})
_NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class SendResult:
    """How one transaction ended: SENT, DEFERRED, REJECTED or UNKNOWN.

    `server_words` is the server's last answer, at most 500 printable characters; it may name the recipient, so it goes
    to the store and never to a log. `code` is 0 when there was no answer.
    """

    state: ReplyState
    server_words: str
    code: int
    connection_usable: bool


class _Refused(Exception):  # noqa: N818 - an outcome on its way up, not an error
    """The transaction ended before its dot was written; `code` is 0 when there was no answer."""

    def __init__(
        self, code: int, words: bytes, *, at_mail: bool = False, may_go_on: bool = False, is_stale: bool = False
    ) -> None:
        self.code = code
        self.words = words
        self.at_mail = at_mail
        self.may_go_on = may_go_on
        self.is_stale = is_stale


class SmtpSender:
    """One account, one connection kept for a burst, one thread at a time."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._session: Session | None = None
        self._used_at = 0.0

    def send(self, content: bytes, recipient: str, *, before_dot: Callable[[], None], copy_to: str = "") -> SendResult:
        """Hand `content` (CRLF line ends) over for `recipient`.

        `before_dot` runs when everything but the final dot is written; if it raises, the dot is never written, the
        connection is dropped and its exception comes through. `copy_to` is a second recipient; where the server refuses
        only that one, the reply goes without the copy.

        Raises:
            OperatorError: login, certificate or settings; nothing was handed over.
            TransientError: no connection; nothing was handed over.
            PermanentError: these bytes or this address can never be sent.
        """
        _check(content, recipient, copy_to)
        envelope = _Envelope(self._account.envelope_from, recipient, copy_to)
        if (warm := self._warm_session()) is not None:
            try:
                return self._attempt(warm, envelope, content, before_dot)
            except _Refused:
                self._drop()  # it had ended before it heard of this reply, so a fresh one may begin anew
        self._session = connect(self._account)
        return self._attempt(self._session, envelope, content, before_dot, is_fresh=True)

    def check(self) -> None:
        """Connect, log in and part; raises as `send` does before MAIL FROM."""
        connect(self._account).part()

    def close(self) -> None:
        """Part from the server; never raises."""
        session, self._session = self._session, None
        if session is not None:
            session.part()

    def _warm_session(self) -> Session | None:
        """The connection of this burst, if it is certainly still good."""
        if time.monotonic() - self._used_at > LONGEST_IDLE:
            self.close()
        if self._session is not None and self._session.is_interrupted():
            self._drop()
        return self._session

    def _drop(self) -> None:
        """Close without a word: inside DATA even QUIT would become a part of the message."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _attempt(
        self,
        session: Session,
        envelope: _Envelope,
        content: bytes,
        before_dot: Callable[[], None],
        *,
        is_fresh: bool = False,
    ) -> SendResult:
        """One transaction. Raises `_Refused` only for a used connection that ended before it took MAIL FROM."""
        try:
            envelope.open(session)
            _say(session, _stuffed(content))
            _expect_silence(session)
            reach(Failpoint.BEFORE_CLOSING)
            before_dot()
            reach(Failpoint.AFTER_CLOSING)
            _expect_silence(session)
        except _Refused as refused:
            if refused.is_stale and not is_fresh:
                raise
            return self._refusal(session, refused)
        except BaseException:
            self._drop()
            raise
        return self._close_message(session)

    def _refusal(self, session: Session, refused: _Refused) -> SendResult:
        """What an end before the dot means: nothing was accepted; 5xx is final, all else is tried again."""
        if not (refused.may_go_on and _is_reset(session)):
            self._drop()
        self._used_at = time.monotonic()
        if refused.at_mail and refused.code in _AUTH_CODES:  # later it is said of this recipient alone
            raise OperatorError(
                f"The mail server {self._account.host} takes no mail from this login.",
                "Check TRIAGE_SMTP_USER and TRIAGE_SMTP_PASSWORD.",
            )
        state = ReplyState.REJECTED if refused.code // 100 == 5 else ReplyState.DEFERRED
        return self._result(state, refused.code, refused.words)

    def _close_message(self, session: Session) -> SendResult:
        """Write the final dot and learn the outcome; whatever is not a whole, sane answer leaves it unknown."""
        session.patience = self._account.dot_timeout
        try:
            session.send(b".\r\n")
            reach(Failpoint.AFTER_DOT)
            code, words = session.getreply()
        except (OSError, smtplib.SMTPException):
            code, words = _NO_ANSWER, b"No answer came after the final dot."
        session.patience = None
        state = _AFTER_DOT.get(code // 100, ReplyState.UNKNOWN)
        if state is ReplyState.SENT:
            reach(Failpoint.AFTER_ACCEPTED)
        if state is ReplyState.UNKNOWN or code == _CLOSING_DOWN:
            self._drop()
        self._used_at = time.monotonic()
        return self._result(state, code, words)

    def _result(self, state: ReplyState, code: int, words: bytes) -> SendResult:
        text = " ".join(words.decode("utf-8", "replace").split())
        printable = "".join(character for character in text if character.isprintable())
        told = f"{code} {printable}" if code > 0 else printable
        return SendResult(state, told[:500], max(code, 0), connection_usable=self._session is not None)


_AFTER_DOT = {2: ReplyState.SENT, 4: ReplyState.DEFERRED, 5: ReplyState.REJECTED}


@dataclass(frozen=True, slots=True)
class _Envelope:
    """Who hands over, to whom, and who else gets a copy."""

    sender: str
    recipient: str
    copy_to: str

    def open(self, session: Session) -> None:
        """MAIL FROM, RCPT TO and DATA; raises `_Refused` at the first that is not taken."""
        _ask(session, f"MAIL FROM:<{self.sender}>", 2, is_first=True)
        reach(Failpoint.AFTER_MAIL_FROM)
        _ask(session, f"RCPT TO:<{self.recipient}>", 2)
        if self.copy_to:
            try:
                _ask(session, f"RCPT TO:<{self.copy_to}>", 2)
            except _Refused as refused:
                if not refused.may_go_on:
                    raise
        reach(Failpoint.AFTER_RCPT)
        _ask(session, "DATA", 3)
        reach(Failpoint.AFTER_DATA)


def _ask(session: Session, command: str, wanted: int, *, is_first: bool = False) -> None:
    """One command whose answer must be of the class `wanted` (2 or 3)."""
    try:
        code, words = session.docmd(command)
    except (OSError, smtplib.SMTPException) as error:
        raise _Refused(_NO_ANSWER, b"The connection broke before the final dot.", is_stale=is_first) from error
    if code // 100 == wanted:
        return
    is_answer = code // 100 in {4, 5} and code != _CLOSING_DOWN
    is_stale = is_first and code == _CLOSING_DOWN
    raise _Refused(code, words, at_mail=is_first, may_go_on=is_answer, is_stale=is_stale)


def _say(session: Session, content: bytes) -> None:
    """Write the message without its dot."""
    try:
        session.send(content)
    except (OSError, smtplib.SMTPException) as error:
        raise _Refused(_NO_ANSWER, b"The connection broke before the final dot.") from error


def _expect_silence(session: Session) -> None:
    """An answer that comes before the dot is an answer to something else, and an end is an end."""
    if session.is_interrupted():
        raise _Refused(_NO_ANSWER, b"The mail server broke off, or spoke unasked, before the final dot.")


def _is_reset(session: Session) -> bool:
    """Whether the connection can take the next reply after a refusal."""
    try:
        return session.docmd("RSET")[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _stuffed(content: bytes) -> bytes:
    """With a dot doubled at the start of each line (RFC 5321 section 4.5.2)."""
    doubled = content.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def _check(content: bytes, *addresses: str) -> None:
    """Refuse what could end the message early (a lone CR or LF: "SMTP smuggling") or add a command."""
    ends = content.count(b"\r\n")
    if not content.endswith(b"\r\n") or content.count(b"\r") != ends or content.count(b"\n") != ends:
        raise PermanentError("The reply has a line end that is not CR LF, so it cannot be handed over safely.")
    if (
        any(not one.isascii() or not one.isprintable() or set(one) & set(" <>") for one in addresses)
        or not addresses[0]
    ):
        raise PermanentError("The reply's address cannot be written in an SMTP command.")
