"""What one email tells about its author: where a reply goes, which names and numbers are the author's own, who else.

Only the author's own words and signature count; quoted and forwarded words are another person's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.core.address import canonical
from triage.core.email import Address, Email
from triage.core.words import split_words
from triage.matching.names import FirstName, Name, compare_first, is_a_person, parse_name
from triage.matching.phones import find_phones
from triage.matching.selfnames import introduced, signed
from triage.matching.shingles import plain, shingles
from triage.matching.thirdparty import NOBODY_ELSE, ThirdParty, third_party

_MOST_READ = 16_384
_MOST_THREAD_IDS = 60


@dataclass(frozen=True, slots=True)
class Author:
    """One email's author. Addresses are canonical, phones E.164, names folded; absent things are empty.

    `reply_address` is where a reply would go (Reply-To, else From), `from_address` the first From. `display` is the
    display name if it is a person's; `claimed` are the names in the author's own words, introductions first; `guesses`
    are full names put together from a first name and the display name's surname (for finding candidates only).
    `about` are the names of people whom the words speak about, with the author's surname where none was written.
    `thread_ids` are Message-IDs this email answers. `words` are the author's own words, `plain_words` those that
    occur, folded, and `runs` the digests of their runs (see `shingles`).
    """

    reply_address: str
    from_address: str
    reply_spelling: str = ""
    display: Name | None = None
    claimed: tuple[Name, ...] = ()
    guesses: tuple[Name, ...] = ()
    about: tuple[Name, ...] = ()
    phones: tuple[str, ...] = ()
    others: ThirdParty = NOBODY_ELSE
    thread_ids: tuple[str, ...] = ()
    words: str = ""
    plain_words: frozenset[str] = field(default=frozenset())
    runs: frozenset[int] = field(default=frozenset())

    @property
    def reply_to_differs(self) -> bool:
        """Whether answers are asked for at another address than the sender's."""
        return self.reply_address != self.from_address

    @property
    def names(self) -> tuple[Name, ...]:
        """The author's names, those in the author's own words first."""
        return (*self.claimed, self.display) if self.display else self.claimed


def read_author(email: Email, own_phones: frozenset[str] = frozenset()) -> Author:
    """Read the author of one email; `own_phones` are the practice's numbers (E.164). Never raises on any text."""
    reply = email.reply_to[0] if email.reply_to else email.sender
    words = split_words(email.text)
    own, signature = _before_copied_header(_both_ends(words.own)), _both_ends(words.signature)
    display = _display_name(email.sender) or _display_name(reply)
    hints = frozenset(display.tokens if display else ()) | _local_words(email.sender) | _local_words(reply)
    claimed = list(introduced(own, hints))
    under = signed(own, signature, hints)
    if under and under not in claimed:
        claimed.append(under)
    folded = plain(own)
    others = third_party(own)
    return Author(
        reply_address=canonical(reply.spec),
        from_address=canonical(email.sender.spec),
        reply_spelling=reply.spec.strip().lower(),
        display=display,
        claimed=tuple(claimed),
        guesses=_guesses(display, claimed),
        about=_about(others, [*claimed, *([display] if display else [])]),
        phones=find_phones(f"{own}\n{signature}", own_phones),
        others=others,
        thread_ids=tuple(dict.fromkeys((*email.in_reply_to, *email.references)))[-_MOST_THREAD_IDS:],
        words=own,
        plain_words=frozenset(folded.split()),
        runs=shingles(folded),
    )


def _both_ends(text: str) -> str:
    """A long text's beginning and end: people introduce themselves in the one and sign in the other."""
    return text if len(text) <= _MOST_READ else f"{text[: _MOST_READ // 2]}\n{text[-_MOST_READ // 2 :]}"


def _before_copied_header(own: str) -> str:
    """The words above a copied "From: X <address>" line: what stands below it was written by X."""
    kept = []
    for line in own.splitlines():
        label, colon, rest = line.strip("> *\t\xa0").partition(":")
        if colon and "@" in rest and label.strip("* ").lower() in {"from", "de", "von"}:
            break
        kept.append(line)
    return "\n".join(kept)


def _local_words(address: Address) -> frozenset[str]:
    local = "".join(letter if letter.isalpha() else " " for letter in address.local.lower())
    return frozenset(part for part in local.split() if len(part) > 2)


def _display_name(address: Address) -> Name | None:
    """The display name as a person's name; None when it only repeats the local part."""
    written = address.display.strip()
    squeezed = written.lower().replace(" ", "").replace(".", "")
    if not written or (" " not in written and squeezed == address.local.lower().replace(".", "")):
        return None
    if any(mark in written for mark in "_@/\\") or (" " not in written and "." in written.strip(".")):
        return None
    name = parse_name(written)
    return name if name and is_a_person(name) else None


def _guesses(display: Name | None, claimed: list[Name]) -> tuple[Name, ...]:
    if display is None or not display.full:
        return ()
    return tuple(
        Name((*name.tokens, *display.surnames[-2:]))
        for name in claimed
        if len(name.tokens) == 1 and compare_first(name.first, display.first) is not FirstName.SAME
    )


def _about(others: ThirdParty, names: list[Name]) -> tuple[Name, ...]:
    surnames = next((name.surnames[-2:] for name in names if name.full), ())
    return tuple(Name(called if len(called) > 1 else (*called, *surnames)) for called in others.named)
