"""Who may be answered? Machines, impostors, people in danger, topics a letter must not touch. Pure."""

from triage.screening.assess import Assessment, assess
from triage.screening.authenticity import authenticity
from triage.screening.lexicon import Lexicon, parse_lexicon
from triage.screening.screener import screen

__all__ = ["Assessment", "Lexicon", "assess", "authenticity", "parse_lexicon", "screen"]
