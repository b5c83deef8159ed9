"""Which submissions certainly come from the same human: several forms of one person are no conflict.

Two people are never joined by a third form that fits both: every form of a person must fit every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.address import canonical
from triage.matching.evidence import Comparison
from triage.matching.names import FirstName, compare
from triage.matching.phones import phone_of


@dataclass(frozen=True, slots=True)
class Person:
    """The compared submissions of one human, oldest first; never empty."""

    forms: tuple[Comparison, ...]

    @property
    def best(self) -> Comparison:
        """The form with the strongest evidence, the newest of equals."""
        return max(self.forms, key=lambda form: (form.score, _age(form)))

    @property
    def score(self) -> float:
        """The strongest form's bits."""
        return self.best.score

    @property
    def addresses(self) -> frozenset[str]:
        """The canonical addresses in the forms."""
        return frozenset(canonical(form.submission.email[:320]) for form in self.forms)


def latest(forms: Sequence[Comparison], received_at: datetime) -> Comparison:
    """The form submitted last at or before the email; if there is none, the first one after it."""
    earlier = [form for form in forms if form.submission.submitted_at <= received_at]
    return max(earlier, key=_age) if earlier else min(forms, key=_age)


def persons(forms: Sequence[Comparison]) -> list[Person]:
    """Sort compared submissions into persons, best first; does not depend on the order given."""
    groups: list[list[Comparison]] = []
    for form in sorted(forms, key=_age):
        home = next((group for group in groups if all(_same_person(form, other) for other in group)), None)
        if home is None:
            groups.append([form])
        else:
            home.append(form)
    found = [Person(tuple(group)) for group in groups]
    return sorted(found, key=lambda person: (person.score, _age(person.best)), reverse=True)


def _age(form: Comparison) -> tuple[datetime, int, str]:
    return form.submission.submitted_at, form.submission.id, form.submission.source_id


def _same_person(one: Comparison, other: Comparison) -> bool:
    """Same address and the same first name, or same phone and full names that fit.

    On one address a mere nickname (Chris, Christine) joins two forms only if the phone is the same too, and a spelling
    variant (Stephan, Stephanie) never does: families share addresses.
    """
    names = compare(one.form_name, other.form_name) if one.form_name and other.form_name else None
    if names is not None and names.conflict:
        return False
    phone = phone_of(one.submission.phone)
    same_phone = bool(phone) and phone == phone_of(other.submission.phone)
    address = canonical(one.submission.email[:320])
    if address and address == canonical(other.submission.email[:320]):
        if names is None or names.first in {FirstName.SAME, FirstName.UNKNOWN}:
            return True
        return same_phone and names.first is not FirstName.SPELLING
    return same_phone and names is not None and names.full
