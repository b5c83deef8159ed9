"""How much a mail looks like somebody's own: what the signs of machines in its words are weighed against.

Nothing here ever proves that a person wrote; it decides between silence and a look by staff, and stops what nobody
seems to speak in. It never makes a mail eligible that another rule stops.
"""

from __future__ import annotations

import re
from itertools import pairwise

from triage.core.address import canonical
from triage.core.email import Email
from triage.core.signal import SignalKind
from triage.core.words import Words
from triage.screening.assess import Heard
from triage.screening.lexicon import Lexicon, Tier
from triage.screening.patterns import QUESTION
from triage.screening.senders import machine_sender
from triage.screening.spelling import Sentence, fold

BODY_CAP = 12_000
SENTENCES_CAP = 400
LINK = re.compile(r"https?://", re.IGNORECASE)
_NAMED = re.compile(
    r"^[ >*]{0,4}(?:e-?mail|correo)[a-z ]{0,20}: ?[<(]?([^\s<>()@]{1,64}@[^\s<>()]{3,200})",
    re.IGNORECASE | re.MULTILINE,
)
_LINKS_OF_A_PERSON = 3
_WORDS_OF_A_PERSON = 1500
_FEW, _SHORT = 6, 25
_PERSONAL = frozenset(
    {
        *("i", "my", "me", "we", "our", "you", "your", "please", "thanks", "hello", "hi"),
        *("yo", "mi", "mis", "me", "nos", "quiero", "quisiera", "usted", "gracias", "hola", "tengo", "favor", "soy"),
    }
)
_MYSELF = frozenset(
    {
        *("i", "my", "me", "mine", "myself"),
        *("yo", "mi", "mis", "me", "conmigo", "quiero", "quisiera", "queria", "tengo", "soy", "estoy", "necesito"),
        *("puedo", "podria", "busco", "deseo", "solicito", "espero", "sigo", "quedo", "vivo", "sufro", "tomo"),
        *("je", "voudrais", "eu", "gostaria", "ich", "io", "vorrei"),
        *(
            "padezco",
            "llene",
            "mande",
            "envie",
            "complete",
            "adjunto",
            "agradezco",
            "trabajo",
            "llevo",
            "tuve",
            "hablo",
        ),
    }
)
# How questions begin that are typed without their mark: "do you have openings", "cuanto cuesta".
_VERBS = frozenset({"do", "can", "could", "would", "are", "will", "did", "have", "how"})
_ASKED = frozenset({"you", "much", "long", "many", "soon"})
_OPENERS = frozenset({"cuanto", "cuanta", "cuantos", "donde", "cual", "tienen", "hay", "aceptan", "atienden", "hacen"})
_OFFERED = frozenset(
    {("you", verb) for verb in ("have", "take", "offer", "accept", "see", "treat")} | {("es", "posible")}
)
# What somebody writes who wants something; words that programs and absent people use too are not here.
_WISHES = frozenset(
    {
        *("want", "wants", "wanted", "interested", "wondering", "hoping", "curious", "inquiring", "considering"),
        *("emailing", "schedule", "evaluation", "referred", "recommended", "form", "forms", "advise", "kindly"),
        *("filled", "completed", "submitted", "esperando", "pendiente", "adjunto"),
        *("quiero", "quisiera", "queria", "necesito", "busco", "interesa", "interesada", "interesado", "deseo"),
        *("solicito", "informes", "informacion", "formulario", "llene", "mande", "confirmen", "ayuda", "gustaria"),
    }
)
_PAIRS = frozenset(
    {
        *(
            ("i", "need"),
            ("we", "need"),
            ("my", "name"),
            ("would", "like"),
            ("would", "love"),
            ("call", "me"),
            ("text", "me"),
        ),
        *(("email", "me"), ("help", "me"), ("send", "me"), ("tell", "me"), ("mi", "nombre"), ("looking", "for")),
        *(
            ("as", "requested"),
            ("please", "confirm"),
            ("please", "advise"),
            ("me", "interesa"),
            ("put", "me"),
            ("following", "up"),
            ("still", "waiting"),
            ("am", "waiting"),
        ),
        *(("dr", "said"), ("doctor", "said"), ("my", "doctor"), ("my", "therapist"), ("my", "psychiatrist")),
    }
)


def looks_human(email: Email, words: Words) -> bool:
    """Whether somebody may have typed this: own words in the first or second person, few links, a person's address."""
    own = words.own[:BODY_CAP]
    typed = re.findall(r"[a-z']+", fold(own))
    if not typed or len(typed) > _WORDS_OF_A_PERSON or len(LINK.findall(own)) > _LINKS_OF_A_PERSON:
        return False
    if machine_sender(email.sender.local) in (SignalKind.BOUNCE, SignalKind.ROLE_SENDER):
        return False
    return len(typed) < _FEW or not _PERSONAL.isdisjoint(typed)


def names_itself(heard: Heard) -> bool:
    """Whether it says "I" or "my": words of robots alone must not silence it."""
    return any(not _MYSELF.isdisjoint(words) for words in heard.own[:SENTENCES_CAP])


def asks(heard: Heard) -> bool:
    """Whether it says "I" and holds a question: no words of robots make that certain."""
    return names_itself(heard) and any(QUESTION in words[-2:] for words in heard.own[:SENTENCES_CAP])


def asks_for_itself(heard: Heard, lexicon: Lexicon) -> bool:
    """Whether it asks what a patient asks: "can I come on Friday?", "do you have evenings?", or about treatment."""
    questions = [words for words in heard.own[:SENTENCES_CAP] if QUESTION in words[-2:]]
    if any(not _MYSELF.isdisjoint(words) or not _OPENERS.isdisjoint(words) for words in questions):
        return True
    pairs = {pair for words in questions for pair in pairwise(words)}
    return not _OFFERED.isdisjoint(pairs) or (bool(questions) and _inquires(heard, lexicon))


def nobody_asks(heard: Heard, own: str, lexicon: Lexicon) -> bool:
    """Whether a text of some length holds no question, no wish of its writer and no short inquiry.

    Notes of programs and of absent people are like that; so are thanks, which need no letter.
    """
    sentences = heard.own[:SENTENCES_CAP]
    count = sum(len(words) - 2 for words in sentences)
    if count < _FEW:
        return False
    itself = names_itself(heard)
    if any(_begs(words, itself) for words in sentences):
        return False
    if "?" in own[:BODY_CAP] and (itself or count <= _SHORT):
        return False
    return not ((itself or count <= _SHORT) and _inquires(heard, lexicon))


def tells_of_another(email: Email, own: str) -> bool:
    """Whether a line such as "Email: jana@example.org" names somebody else than the sender: a lead, a form, a relay."""
    named = (match.group(1).lower().rstrip(".,;>") for match in _NAMED.finditer(own[:BODY_CAP]))
    return any(canonical(spec) != canonical(email.sender.spec) for spec in named)


def _begs(words: Sentence, itself: bool) -> bool:
    """A question without its mark, a wish, or what somebody says who writes because the practice asked for it."""
    begun, then = words[1:2], words[2:3]
    if begun and (begun[0] in _OPENERS or (begun[0] in _VERBS and then and then[0] in _ASKED)):
        return True
    if not _WISHES.isdisjoint(words):
        return itself or len(words) <= _SHORT
    return any(pair in _PAIRS for pair in pairwise(words))


def _inquires(heard: Heard, lexicon: Lexicon) -> bool:
    return any(
        entry.tier is Tier.INQUIRY
        for words in (*heard.subject, *heard.own[:SENTENCES_CAP])
        for entry in lexicon.topics.entries(words)
    )
