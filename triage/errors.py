"""Errors, sorted by what to do about them: try again, give up, ask a person, or be honest about not knowing.

Every error carries one sentence for a person. It must never carry a patient's name, address or words.
"""


class TriageError(Exception):
    """Any failure we foresee; `str(error)` is a whole sentence that may be shown to staff and logged."""


class TransientError(TriageError):
    """The world may be better in a while (network, busy server): try again later, nothing was lost."""


class PermanentError(TriageError):
    """Trying the same again cannot help (refused recipient, broken template): hand it to a person."""


class UncertainError(TriageError):
    """We cannot know whether the act took place (RFC 1047): never repeat it without evidence or a person."""


class OperatorError(TriageError):
    """Somebody who runs the service must change something; says what is wrong and what to do.

    `problem` is the fault, `advice` the remedy; both are sentences.
    """

    def __init__(self, problem: str, advice: str = "") -> None:
        self.problem = problem
        self.advice = advice
        super().__init__(f"{problem} {advice}".strip())
