"""Where a letter may lead: the practice's own pages, form, address and phone, 988 and the FDA. Nowhere else.

A letter goes to people who may be unwell; a mistyped or hijacked link in it would reach each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from triage.letters.context import MARKS, PracticeFacts
from triage.letters.markdown import Link
from triage.letters.problem import LetterProblem, error, quoted

ALWAYS_ALLOWED = ("988lifeline.org", "fda.gov")
_EMERGENCY = frozenset({"988", "911"})


def check_links(links: tuple[Link, ...], facts: PracticeFacts) -> Iterator[LetterProblem]:
    """Each link that is not https or leads to somebody else, with its line."""
    for link in links:
        shown = quoted(link.url)
        split = _split(link.url)
        if split is None:
            yield error(link.line, f"The link {shown} cannot be read.", "Copy the address anew.")
        elif any(mark in link.url or _percent(mark) in link.url for mark in MARKS):
            yield error(link.line, "A link holds the person's name or the day.", "Take the field out of the address.")
        elif split.scheme in {"mailto", "tel", "sms"}:
            if not _is_ours(split, facts):
                advice = "Use the practice's own address or number, 988 or 911."
                yield error(link.line, f"The link {shown} is not the practice's own address or number.", advice)
        elif split.scheme != "https":
            yield error(link.line, f"The link {shown} does not begin with https://.", "Use the https:// address.")
        elif not _leads_home(link.url, split, facts):
            hosts = ", ".join(filter(None, (host_of(facts.website), *ALWAYS_ALLOWED)))
            yield error(link.line, f"The link {shown} leads away from the practice.", f"Allowed are {hosts}.")


def host_of(address: str) -> str:
    """The host of a web address in lower case without "www."; "" if there is none."""
    split = _split(address)
    return (split.hostname or "").removeprefix("www.") if split else ""


def _leads_home(url: str, split: SplitResult, facts: PracticeFacts) -> bool:
    """Whether an https link leads to the contact form, the practice's site or one of the allowed ones."""
    if split.username is not None or "\\" in url:
        return False
    if facts.form_url and url == facts.form_url:
        return True
    host = (split.hostname or "").rstrip(".")
    hosts = filter(None, (host_of(facts.website), *ALWAYS_ALLOWED))
    return any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)


def _is_ours(split: SplitResult, facts: PracticeFacts) -> bool:
    if split.scheme == "mailto":
        return bool(facts.email) and split.path.lower() == facts.email.lower() and not split.query
    number = _digits(split.path)
    return number in _EMERGENCY or (bool(number) and number[-10:] == _digits(facts.phone)[-10:])


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _split(address: str) -> SplitResult | None:
    try:
        split = urlsplit(address)
        has_port = split.port is not None
    except ValueError:
        return None
    return None if has_port else split
