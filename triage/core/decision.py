"""What to do with one email: a value made by `policy`, carried out by a flow."""

from __future__ import annotations

from dataclasses import dataclass

from triage.core.letter import LetterName
from triage.core.told import Told


class HoldReason(Told):
    """Why an email waits for staff."""

    URGENT = "urgent", "Somebody may be in danger: read this now."
    EMERGENCY = "emergency", "This may be a medical emergency: read this now."
    DISTRESS = "distress", "The words speak of suicide, self-harm or worry about somebody."
    MINOR = "minor", "It seems to be about somebody under 18."
    LEGAL = "legal", "A legal matter, a complaint, the media or a privacy request: for the manager."
    CLINICAL = "clinical", "Records, a prescription or a clinical question: for the clinician."
    EXISTING_PATIENT = "existing_patient", "It is about an existing appointment."
    BILLING = "billing", "It is about a bill or insurance only."
    VENDOR = "vendor", "It seems to offer something for sale."
    STOP_REQUEST = "stop_request", "The sender asks us to stop automatic replies."
    PROBABLE_MATCH = "probable_match", "It probably belongs to a form, but that is not certain: please confirm."
    FIRST_LETTER_ALREADY_SENT = (
        "answered_before",
        "This person already had our automatic letter: it is a person's turn.",
    )
    MARKED_AUTOMATIC = "marked_automatic", "It looks like a person's message, but is marked as automatic."
    NOT_ADDRESSED = "not_addressed", "None of the practice's addresses is among the recipients."
    SENDER_UNCLEAR = "sender_unclear", "It is not clear who sent it: no sender, several senders, or a broken address."
    RETURN_PATH = "return_path", "The return path does not fit the sender."
    REPLY_TO_DIFFERS = "reply_to_differs", "It asks for answers to another address than its sender's."
    NOT_AUTHENTIC = "not_authentic", "Our mail server found the sender to be forged or doubtful."
    MANY_RECIPIENTS = "many_recipients", "It went to many recipients."
    NO_TEXT = "no_text", "It holds no words that triage can read (empty, encrypted, picture or attachment only)."
    NOTHING_ASKED = "nothing_asked", "Nobody seems to ask for anything in it: thanks, a note, or a notice of a program."
    LANGUAGE = "language", "It is in a language for which there are no letters."
    CHECK_FAILED = "check_failed", "One of triage's checks failed on this message."
    TOO_OLD = "too_old", "It was too old for an automatic answer when triage read it."
    BEFORE_GO_LIVE = "before_go_live", "It arrived before triage went live."
    ADDRESS_BUDGET = "address_budget", "This address has had as many automatic letters as it may get for now."
    DOMAIN_BUDGET = "domain_budget", "This sender's domain has had as many automatic letters as it may get for now."
    BREAKER_OPEN = "breaker_open", "Too many automatic letters went out within the hour; triage stopped."
    ANSWERED_BY_STAFF = "answered_by_staff", "Somebody at the practice has answered already."
    FORM_UNREADABLE = "form_unreadable", "It is a contact-form notification that triage could not read."
    FORM_NOT_TRUSTED = (
        "form_not_trusted",
        "It looks like a contact-form notification, but not from a sender you allowed.",
    )
    LETTER_BROKEN = "letter_broken", "The letter for this email cannot be used: see `triage letters check`."
    OBSERVE_MODE = "observe_mode", "triage only observes for now: a person must answer (the reply is ready to read)."
    DRAFT_READY = "draft_ready", "A reply lies in the Drafts folder: read it and press send."
    DANGER_BEFORE = "danger_before", "An earlier message of this person needs a person first: no automatic letter."
    MACHINE_THREAD = "machine_thread", "A machine spoke before in this conversation: this may be its second answer."
    HANDLED_BEFORE = "handled_before", "It carries the mark of a triage whose ledger does not know it."
    REPLY_FAILED = "reply_failed", "The reply could not be delivered."
    REPLY_UNCERTAIN = "reply_uncertain", "The reply may or may not have been sent."


class IgnoreReason(Told):
    """Why an email is deliberately not answered; counted and listed, never silent."""

    MACHINE = "machine", "It was sent by a machine."
    BOUNCE = "bounce", "It reports that some mail could not be delivered."
    OUT_OF_OFFICE = "out_of_office", "It is an automatic out-of-office note."
    READ_RECEIPT = "read_receipt", "It is a read receipt."
    MAIL_REPORT = "mail_report", "It is a report made by a mail system."
    CALENDAR = "calendar", "It is a calendar invitation or answer."
    MAILING_LIST = "mailing_list", "It came through a mailing list."
    BULK = "bulk", "It is bulk mail."
    OWN_MAIL = "own_mail", "It is the practice's own mail."
    FORM_NOTIFICATION = "form_notification", "It is a contact-form notification; its answers are stored."
    LEFT_UNCERTAIN = "left_uncertain", "Staff let it rest: the automatic reply may or may not have been sent."
    DUPLICATE = "duplicate", "It is a second copy of an email that is already in the ledger."


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer with this letter. `submission_id` is set only when the match is certain (it allows the first name)."""

    letter: LetterName
    submission_id: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """Leave it to staff; `urgent` asks for people now."""

    reason: HoldReason
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """Answer nothing, on purpose."""

    reason: IgnoreReason


Decision = Reply | Hold | Ignore

# While one of these waits for staff, its sender gets no automatic letter.
STOPS_LETTERS = frozenset(
    {HoldReason.URGENT, HoldReason.EMERGENCY, HoldReason.DISTRESS, HoldReason.STOP_REQUEST, HoldReason.DANGER_BEFORE}
)
