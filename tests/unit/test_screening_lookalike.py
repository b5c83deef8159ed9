"""Senders that imitate somebody else."""

from __future__ import annotations

import pytest

from tests.support.emails import PRACTICE, address
from triage.screening.lookalike import imitation


@pytest.mark.parametrize(
    ("display", "spec"),
    [
        ("Maria Lopez", "maria@example.org"),
        ("maria@example.org", "maria@example.org"),
        ("MARIA@EXAMPLE.ORG", "maria@example.org"),
        ("Маша", "masha@example.org"),
        ("Jürgen", "juergen@müller.example.org"),
        ("Ann @ home", "ann@example.org"),
        ("佐藤", "sato@例え.example.org"),
        ("", "x@xn--mller-kva.example.org"),
    ],
)
def test_an_honest_sender_imitates_nobody(display: str, spec: str) -> None:
    """Names in any script, domains in one."""
    assert imitation(address(spec, display), [PRACTICE]) == ""


@pytest.mark.parametrize(
    ("display", "spec", "why"),
    [
        ("hello@lakeside.example.com", "x@example.org", "display name carries another address"),
        ("Billing <pay@bank.example.com>", "x@example.org", "display name carries another address"),
        ("", "x@lаkeside.example.org", "domain mixes scripts"),
        ("", "x@xn--lkeside-2fg.example.org", "domain mixes scripts"),
        ("", "x@аре.example.org", "domain mixes scripts"),
        ("", "x@1akeside.example.com", "domain looks like ours"),
        ("", "x@lake-side.example.com", "domain looks like ours"),
        ("", "x@lakeslde.example.com", "domain looks like ours"),
    ],
)
def test_a_disguise_is_named(display: str, spec: str, why: str) -> None:
    """Display names with addresses, mixed or look-alike letters, our own domain nearly."""
    assert imitation(address(spec, display), [PRACTICE]) == why


def test_a_broken_a_label_is_no_crash() -> None:
    """Undecodable labels stay as written."""
    assert imitation(address("x@xn--99999999999.example.org"), [PRACTICE]) == ""
