"""An enum whose members each carry the plain sentence a person is told."""

from __future__ import annotations

from enum import StrEnum


class Told(StrEnum):
    """Members are written `NAME = "stored_value", "The sentence."`: a value for the store, a sentence for people."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Told:
        """Keep the sentence beside the stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member
