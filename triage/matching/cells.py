"""The kinds of evidence that may make a match certain, each a named cell, and what each demands.

`certain` is a promise: a cell either holds in full or not at all; no sum of bits replaces it. Possession cells show
that a reply reaches the form's own person; knowledge cells only that the author knows what the form holds.
"""

from __future__ import annotations

from triage.core.told import Told
from triage.matching.addresses import AddressAgreement
from triage.matching.evidence import Comparison, PhoneAgreement
from triage.matching.names import FirstName, Surname


class Cell(Told):
    """One kind of certainty; the sentence says on what it rests."""

    ADDRESS = "address", "The reply goes to the form's own address."
    THREAD = "thread", "It answers our own message about this form, in the name of its person."
    DOMAIN_TYPO = "domain_typo", "The form's address has a slip in the provider's name, and the names agree."
    LETTER_TYPO = "letter_typo", "The form's address has one slip, and the full name is the very same."
    TYPO_PHONE = "typo_phone", "The form's address has one slip, and name and phone agree."
    PHONE_NAME = "phone_name", "Name and phone are those of the form."
    PHONE_NEAR_NAME = "phone_near_name", "The full name is the form's, and the phone but for one slip."
    TEXT_NAME = "text_name", "The full name and the message are those of the form."
    LOCAL_PART_NAME = "local_part_name", "The full name is the form's, and so is an unusual part before the @."


POSSESSION = frozenset({Cell.ADDRESS, Cell.THREAD, Cell.DOMAIN_TYPO, Cell.LETTER_TYPO, Cell.TYPO_PHONE})

_TYPOS = frozenset(
    {
        AddressAgreement.DOMAIN_TYPO,
        AddressAgreement.LETTER_TYPO,
        AddressAgreement.SHORT_TYPO,
        AddressAgreement.DIGIT_TYPO,
    }
)


def cell_of(form: Comparison) -> Cell | None:
    """The strongest cell that this comparison fills, None if there is none. Vetoes are not looked at here."""
    if form.conflict or form.spoken_about:
        return None
    return _possession(form) or _knowledge(form)


def _possession(form: Comparison) -> Cell | None:
    name = form.name
    if form.address is AddressAgreement.SAME:
        return Cell.ADDRESS
    if form.thread and name.first >= FirstName.INITIAL:
        return Cell.THREAD
    if form.address in _TYPOS and form.phone is PhoneAgreement.SAME and name.first >= FirstName.SPELLING:
        return Cell.TYPO_PHONE
    if form.phone is PhoneAgreement.DIFFERENT or name.turned:
        return None
    by_true_name = name.first >= FirstName.NICKNAME and name.surname >= Surname.SHARED
    if form.address is AddressAgreement.DOMAIN_TYPO and name.full and name.surname >= Surname.SHARED:
        return Cell.DOMAIN_TYPO
    if form.address is AddressAgreement.LETTER_TYPO and by_true_name and name.surname is Surname.SAME:
        return Cell.LETTER_TYPO
    return None


def _knowledge(form: Comparison) -> Cell | None:
    name = form.name
    some_name = name.first >= FirstName.SPELLING or (name.first is FirstName.INITIAL and name.surname >= Surname.SHARED)
    if form.phone is PhoneAgreement.SAME and some_name:
        return Cell.PHONE_NAME
    if form.phone is PhoneAgreement.NEAR and name.full:
        return Cell.PHONE_NEAR_NAME
    if form.phone is PhoneAgreement.DIFFERENT:
        return None
    if form.text_share >= 0.8 and form.text_runs >= 8 and name.full:
        return Cell.TEXT_NAME
    unusual = form.address is AddressAgreement.LOCAL_PART and form.distinctive_local
    if unusual and name.full and not name.turned:
        return Cell.LOCAL_PART_NAME
    return None
