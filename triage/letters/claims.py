"""Words a letter must not use: promises about the treatment, and subjects that tell a lock screen about health.

A list of words cannot judge meaning; it stops the usual slips of an eager text. A claim that is denied close by in the
same sentence ("no guarantee", "not approved") is the honest thing and passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from triage.letters.context import PracticeFacts
from triage.letters.markdown import Block
from triage.letters.problem import LetterProblem, error, quoted

# Lower case, without accents; * stands for any further letters. Spanish "seguro" alone is also insurance.
_CLAIMS = """
cure cures cured curing guarantee* safe safely safest safety proven painless pain-free risk-free miracle* dramatic*
breakthrough* revolutionary life-changing effective permanent* instantly harmless 100%
cura curas curar curara curado curada curan garanti* milagro* dramatic* comprobad* indolor*
revolucionari* inofensiv* eficaz permanente* infalible
"""
_PHRASES = """
no risk|no risks|without risk|without risks|no side effects|without side effects|no pain|fda approved|fda-approved
approved by the fda|fda has approved|fda approves|works for everyone|you will feel better|make you feel better
works every time|long lasting|long-lasting|we promise
sin riesgo|sin riesgos|sin efectos secundarios|sin dolor|es seguro|es segura|tratamiento seguro|terapia segura
muy seguro|muy segura|totalmente seguro|totalmente segura|aprobado por la fda|aprobada por la fda|fda aprobo
fda ha aprobado|se sentira mejor|cambia la vida|le prometemos|es efectivo|es efectiva|tratamiento efectivo
esta probado|esta probada|ha sido probado|ha sido probada|clinicamente probado
"""
_HEALTH = """
ketamine ketamina infusion* treatment* tratamiento* therap* terapia* depress* depresi* anxi* ansied* ptsd tept trauma
suicid* pain dolor* patient* paciente* clinic* medic* medicina* health salud mental psych* psiqui* diagnos* symptom*
sintoma* crisis doctor* prescri* receta* drug* droga* dose* dosis appointment* cita citas emergenc* disorder* trastorno*
988 911 suffer* illness* enferm*
"""
_DENIALS = frozenset(
    {
        *("no", "not", "never", "cannot", "nobody", "none", "without", "isn't", "doesn't", "don't", "can't", "hasn't"),
        *("won't", "ningun", "ninguna", "ninguno", "nunca", "nadie", "tampoco", "sin", "ni"),
    }
)
_NEAR = 5
_WORD = re.compile(r"[a-z0-9%]{1,60}(?:['.-][a-z0-9%]{1,60}){0,6}")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


def claims_in(
    blocks: tuple[Block, ...], facts: PracticeFacts, may_speak_of_fda: bool = False
) -> Iterator[LetterProblem]:
    """Each promise found, with its line. `may_speak_of_fda` is for the notice that says what the FDA approved.

    The practice's own name and addresses are no promise, whatever words they hold.
    """
    advice = "Say what is known in plain words, without a promise, or take it away."
    for block in blocks:
        line = block.line
        for sentence in _sentences(_without_facts(block.words, facts)):
            if (claim := _claim(sentence)) and not (may_speak_of_fda and "fda" in claim):
                yield error(line, f"{quoted(claim)} promises something about the treatment.", advice)
            line += sentence.count("\n")


def health_word_in(subject: str) -> str:
    """The first word of a subject that names the treatment or health, as folded for comparison; "" if none."""
    return next((word for word in _words(subject) if _is_listed(word, _HEALTH_EXACT, _HEALTH_STEMS)), "")


def _without_facts(words: str, facts: PracticeFacts) -> str:
    for own in (facts.form_url, facts.website, facts.email, facts.postal_address, facts.name):
        words = words.replace(own, "we") if own else words
    return words


def _claim(sentence: str) -> str:
    """The first claim of a sentence that is not denied by one of the few words in front of it."""
    words = _words(sentence)
    for place, word in enumerate(words):
        for phrase in _PHRASE_WORDS.get(word, ()):
            if tuple(words[place : place + len(phrase)]) == phrase and not _is_denied(words, place):
                return " ".join(phrase)
        if _is_listed(word, _CLAIM_EXACT, _CLAIM_STEMS) and not _is_denied(words, place):
            return word
    return ""


def _is_denied(words: list[str], place: int) -> bool:
    before = words[max(place - _NEAR, 0) : place]
    return any(word in _DENIALS for word in before) and "only" not in before and "solo" not in before


def _is_listed(word: str, exact: frozenset[str], stems: tuple[str, ...]) -> bool:
    return word in exact or word.startswith(stems) or any(part in exact for part in word.split("-") if "-" in word)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        yield text[start : end.end()]
        start = end.end()
    yield text[start:]


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.lower().replace("\u2019", "'").replace("\u2011", "-"))
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return _WORD.findall(plain)


def _split(listed: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = listed.split()
    return frozenset(word for word in words if word[-1] != "*"), tuple(word[:-1] for word in words if word[-1] == "*")


def _by_first_word(listed: str) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in listed.strip().replace("\n", "|").split("|"):
        words = tuple(_words(phrase))
        found.setdefault(words[0], []).append(words)
    return found


_CLAIM_EXACT, _CLAIM_STEMS = _split(_CLAIMS)
_HEALTH_EXACT, _HEALTH_STEMS = _split(_HEALTH)
_PHRASE_WORDS = _by_first_word(_PHRASES)
