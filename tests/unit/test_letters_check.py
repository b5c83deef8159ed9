"""The check of the letters: each slip of an author gets its own sentence, its line, and something to do."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.support.letters import FACTS, LANGUAGES, copy_templates, edit, problems_of
from triage.letters.check import check_folder
from triage.letters.problem import LetterProblem, Severity

LETTER = "letters/en/received.md"
GOOD = "---\nsubject: We received your message\n---\nHello,\n\nThank you. We read it soon.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_templates(tmp_path)


def with_body(folder: Path, body: str, letter: str = "closed") -> list[LetterProblem]:
    path = f"letters/en/{letter}.md"
    (folder / path).write_text(f"---\nsubject: We received your message\n---\n{body}\n", encoding="utf-8")
    return problems_of(folder, path)


def with_text(folder: Path, text: str) -> list[LetterProblem]:
    (folder / LETTER).write_text(text, encoding="utf-8")
    return problems_of(folder, LETTER)


BODIES = [
    ("Hi {{ fist_name }}", "`{{ fist_name }}` is not a field: did you mean `first_name`?", "The fields are first_name"),
    ("Hi {{ practice.fone }}", "did you mean `practice.phone`?", "practice.phone"),
    ("Hi {{ zzzzqq }}", "`{{ zzzzqq }}` is not a field.", "The fields are"),
    ("Hi {{ first_name", "are left open", "Close them with }}"),
    ("Hi {% if first_name", "are left open", "Close them with %}"),
    ("Hi {# a note", "are left open", "Close them with #}"),
    ("Hi {{ today {{ form_url }}", "are left open", "Close them with }}"),
    ("Hi {{ **first_name** }}", "formatting inside the braces", "Put the formatting around the braces"),
    ("Hi {{ first_<b>name</b> }}", "formatting inside the braces", "Put the formatting around the braces"),
    ("Hi {{ first\\_name }}", "formatting inside the braces", "take it away"),
    ("Hi {{ _first_name_ }}", "formatting inside the braces", "take it away"),
    ("Hi {{ first_name | default(“there”) }}", "curly quotes from a word processor", 'Type straight quotes: "there"'),
    ("Hi {{ first_name | default(‘there’) }}", "curly quotes from a word processor", "Type straight quotes"),
    ("Hi {{\xa0today }}", "holds an invisible character", "type it anew"),
    ("Hi {{ to\u200bday }}", "holds an invisible character", "type it anew"),
    ("Hi {first_name}", "looks like a field, but would be shown as it is", "two braces"),
    ("Hi { { first_name } }", "looks like a field, but would be shown as it is", "two braces"),
    ("Hi first_name }}", "closed here that were never opened", "Write {{ in front"),
    ("Hi <b>you</b>", "HTML in the text: `<b`", "plain Markdown"),
    ("Hi&nbsp;you", "HTML in the text: `&nbsp;`", "plain Markdown"),
    ("Hi <!-- note -->", "HTML in the text", "plain Markdown"),
    ("Hi \uf0b7 you", "invisible or unknown character", "Delete it"),
    ("Hi \u202eyou", "invisible or unknown character", "Delete it"),
    ("Hi {{ first_name }}", "`{{ first_name }}` is often unknown and has no default", 'default("there")'),
    ("Hi {{ today | upper }}", "There is no filter `upper`", "the filters default"),
    ("Hi {{ form_url | date }}", "The filter `date` is for the field `today` only", "{{ today | date }}"),
    ("Hi {{ first_name | default }}", "The filter `default` takes one text", "the filters default"),
    ("{% for x in practice %}a{% endfor %}", "`for` is not part of the letters' language", "Use fields"),
    ("Hi {% if first_name %}you", "The template language stops here", "Use fields"),
    ("We can cure you.", "`cure` promises something", "without a promise"),
    ("It is guaranteed.", "`guaranteed` promises something", "without a promise"),
    ("It is safe.", "`safe` promises something", "without a promise"),
    ("A proven way.", "`proven` promises something", "without a promise"),
    ("It is painless.", "`painless` promises something", "without a promise"),
    ("It is FDA approved.", "`fda approved` promises something", "without a promise"),
    ("It is FDA-approved.", "promises something", "without a promise"),
    ("Approved by the **FDA**.", "`approved by the fda` promises something", "without a promise"),
    ("A miracle for some.", "`miracle` promises something", "without a promise"),
    ("A dramatic change.", "`dramatic` promises something", "without a promise"),
    ("There are no side effects.", "`no side effects` promises something", "without a promise"),
    ('Hi {{ first_name | default("cured friend") }}', "`cured` promises something", "without a promise"),
    ("{% if first_name %}cur{% endif %}ed", "`cured` promises something", "without a promise"),
    ("[x](http://lakeside.example.com/)", "does not begin with https://", "Use the https:// address"),
    ("[x](https://example.net/)", "leads away from the practice", "lakeside.example.com, 988lifeline.org, fda.gov"),
    ("See https://example.net/a.", "`https://example.net/a` leads away from the practice", "Allowed are"),
    ("[x](https://lakeside.example.com@example.net/)", "leads away from the practice", "Allowed are"),
    ("[x](https://lakeside.example.com.example.net/)", "leads away from the practice", "Allowed are"),
    ("[x](https://lakeside.example.com:8443/)", "cannot be read", "Copy the address anew"),
    ("[x](https://[bad/)", "leads away from the practice", "Allowed are"),
    ("[x](mailto:else@example.net)", "is not the practice's own address or number", "own address"),
    ("[x](tel:+15555550199)", "is not the practice's own address or number", "own address"),
    ("[x](relative/page)", "does not begin with https://", "Use the https:// address"),
    (
        '[x](https://fda.gov/{{ first_name | default("a") }})',
        "A link holds the person's name or the day",
        "Take the field",
    ),
    ("{% if first_name %}Hello{% endif %}", "empty for some readers", "Write its words"),
    ("", "empty for some readers", "Write its words"),
    ("a" * 30_000, "longer than 20,000 characters", "Shorten it"),
]


@pytest.mark.parametrize(("body", "sentence", "advice"), BODIES, ids=[body[:40] or "empty" for body, _, _ in BODIES])
def test_a_slip_in_the_words_is_told_with_its_line(folder: Path, body: str, sentence: str, advice: str) -> None:
    """Each slip in the words is an error that names the line in the file and says what to do."""
    found = with_body(folder, f"Hello,\n\n{body}" if body and "empty" not in sentence else body)
    told = [problem for problem in found if sentence in problem.sentence]
    assert told, found
    assert told[0].severity is Severity.ERROR
    assert advice in told[0].advice
    expected = 0 if "longer" in sentence else 4 if "empty" in sentence else 6
    assert told[0].line == expected


@pytest.mark.parametrize(
    "body",
    [
        "There is no guarantee whatsoever of any result.",
        "The FDA has not approved it. It has not been proven.",
        "No hay ninguna garantía. No se ha comprobado.",
        "Your insurance: seguro médico. If you feel unsafe, call.",
        "[call](tel:+1-555-555-0123), [988](tel:988), [write](mailto:hello@lakeside.example.com)",
        "[a](https://lakeside.example.com/a_b), [b](https://www.fda.gov/x), [c](https://988lifeline.org)",
        "Visit https://lakeside.example.com/contact.",
        'Hello {{ first_name | title | default("there") }}, it is {{ today | date }}.',
        "{% if first_name and not form_url %}a{% elif today %}b{% else %}c{% endif %}",
        "{# a note for staff #}Hello.",
        "2 < 3 and a*b and {} and snake_case",
    ],
)
def test_honest_words_pass(folder: Path, body: str) -> None:
    """Denied claims, own links and every documented construct are no problem."""
    assert with_body(folder, body) == []


SUBJECTS = [
    ("Your ketamine treatment", "names the treatment or health: `ketamine`"),
    ("About your depression", "names the treatment or health: `depression`"),
    ("Su terapia con ketamina", "names the treatment or health: `terapia`"),
    ("Your mental health", "names the treatment or health: `mental`"),
    ('"{{ practice.name }} has your message"', "names the treatment or health: `infusion`"),
    ("We guarantee an answer", "`guarantee` promises something"),
    ("x" * 90, "longer than 78 characters"),
    ('""', "has no subject"),
    ('"Hi {{ first_name }}"', "`{{ first_name }}` is not a field"),
    ('"Hi {{ practice.name"', "left open"),
    ('"Hi <b>you</b>"', "HTML in the text"),
]


@pytest.mark.parametrize(("subject", "sentence"), SUBJECTS)
def test_a_subject_that_tells_too_much_is_refused(folder: Path, subject: str, sentence: str) -> None:
    """A subject is neutral, short and names nobody, since lock screens show it; the line is the subject's."""
    found = with_text(folder, GOOD.replace("We received your message", subject))
    assert [problem.line for problem in found if sentence in problem.sentence] == [2], found


FRONTS = [
    ("Hello", "does not begin with front matter", 1),
    ("---\nsubject: a\nHello", "front matter does not end", 1),
    ("---\nsubject: We have it: both\n---\nHello", "front matter cannot be read", 2),
    ("---\nsubject: {{ practice.name }}\n---\nHello", "front matter cannot be read", 2),
    ("---\njust words\n---\nHello", "holds no `key: value` lines", 1),
    ("---\nsubject: a\nsubjekt: b\n---\nHello", "`subjekt` is not a key", 3),
    ("---\nsubject: 12\n---\nHello", "value of `subject` is not of the right kind", 2),
    ("---\nsubject: a\nfacts: maybe\n---\nHello", "value of `facts` is not of the right kind", 3),
    ("---\nsubject: a\nnotices: [1]\n---\nHello", "value of `notices` is not of the right kind", 3),
    ("---\nsubject: &a a\nnotices: [*a]\n---\nHello", "anchors or aliases", 1),
    ("---\nsubject: " + "[" * 900 + "\n---\nHello", "front matter cannot be read", 0),
    ("---\nsubject: a\nnotices: [nothing]\n---\nHello", "There is no notice `nothing`", 1),
]


@pytest.mark.parametrize(("text", "sentence", "line"), FRONTS)
def test_broken_front_matter_is_told(folder: Path, text: str, sentence: str, line: int) -> None:
    """Front matter that cannot be read or holds the wrong things is an error at its line."""
    found = [problem for problem in with_text(folder, text) if sentence in problem.sentence]
    assert len(found) == 1
    assert found[0].severity is Severity.ERROR
    assert line in {found[0].line, 0}


def test_windows_line_ends_and_a_byte_order_mark_are_fine(folder: Path) -> None:
    """What Windows editors add to a file is no problem."""
    (folder / LETTER).write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert problems_of(folder, LETTER) == []


def test_a_file_that_is_not_utf8_is_told(folder: Path) -> None:
    """A file in another encoding is named, not guessed."""
    (folder / LETTER).write_bytes(GOOD.replace("Hello", "Ol\xe9").encode("latin-1"))
    assert [problem.sentence for problem in problems_of(folder, LETTER)] == ["The file is not UTF-8 text."]


def test_a_file_that_cannot_be_opened_is_told(folder: Path) -> None:
    """A path that is no readable file is named with the system's reason."""
    (folder / LETTER).unlink()
    (folder / LETTER).mkdir()
    assert problems_of(folder, LETTER)[0].sentence == "The file cannot be read: Is a directory."


def test_letters_that_must_reveal_nothing_never_name_anybody(folder: Path) -> None:
    """A first name in a letter that may reach somebody else is refused."""
    for letter in ("received", "confirm_address", "crisis"):
        found = with_body(folder, 'Call 988 or 911, {{ first_name | default("you") }}.', letter)
        assert "`{{ first_name }}` is not a field" in found[0].sentence


def test_the_crisis_letter_names_both_numbers_and_nothing_else(folder: Path) -> None:
    """988 and 911 must stand in the crisis letter, which can carry neither facts nor more notices."""
    assert "does not name 988 and 911" in with_body(folder, "Call 988.", "crisis")[0].sentence
    (folder / "letters/en/crisis.md").write_text("---\nsubject: Read this\nfacts: yes\n---\nCall 988 or 911.\n")
    assert "asks for more than help" in problems_of(folder, "letters/en/crisis.md")[0].sentence


def test_a_letter_about_the_form_that_does_not_link_to_it_is_a_warning(folder: Path) -> None:
    """The letter that asks for the form is useless without its link, but not wrong."""
    (problem,) = with_body(folder, "Please fill in our form.", "form_missing")
    assert problem.severity is Severity.WARNING
    assert "does not link to it" in problem.sentence


def test_hard_words_are_a_warning(folder: Path) -> None:
    """A text above grade 8 is told with its grade, and may still be used; Spanish has its own measure."""
    hard = "Subsequent pharmacological considerations necessitate comprehensive interdisciplinary evaluation " * 6
    (problem,) = with_body(folder, hard)
    assert problem.severity is Severity.WARNING
    assert "reads at school grade" in problem.sentence
    path = folder / "letters/es/closed.md"
    dura = (
        "Posteriormente consideraciones farmacológicas interdisciplinarias necesitarían evaluaciones exhaustivas " * 6
    )
    path.write_text(f"---\nsubject: Recibimos su mensaje\n---\n{dura}\n", encoding="utf-8")
    assert "has a reading ease of" in problems_of(folder, "letters/es/closed.md")[0].sentence


def test_a_letter_without_its_twin_is_a_warning(folder: Path) -> None:
    """A letter in English without its Spanish twin is told; the first language needs every letter."""
    (folder / "letters/es/closed.md").unlink()
    (folder / "letters/en/received.md").unlink()
    (twin,) = problems_of(folder, "letters/es/closed.md")
    assert twin.severity is Severity.WARNING
    assert "another language has it" in twin.sentence
    (missing,) = problems_of(folder, "letters/en/received.md")
    assert missing.severity is Severity.ERROR
    assert missing.sentence == "The letter is missing."


def test_a_misspelt_file_name_is_a_warning(folder: Path) -> None:
    """A file that is no letter is named with the letter it was probably meant to be."""
    (folder / "letters/en/both_recieved.md").write_text(GOOD)
    (problem,) = problems_of(folder, "letters/en/both_recieved.md")
    assert problem.advice == "Did you mean both_received.md?"


@pytest.mark.parametrize("fact", ["phone", "postal_address"])
def test_a_fact_that_the_settings_do_not_say_is_told(folder: Path, fact: str) -> None:
    """A letter that shows an unset fact is refused, unless it asks for it with an if."""
    without = dataclasses.replace(FACTS, **{fact: ""})
    (folder / LETTER).write_text(GOOD.replace("Thank", f"{{{{ practice.{fact} }}}} Thank"))
    told = fact.replace("_", " ")
    (problem,) = [one for one in problems_of(folder, LETTER, without) if "settings" in one.sentence]
    assert problem.sentence == f"The settings do not say the practice's {told}."
    assert problem.line == 6


def test_a_form_letter_without_a_form_address_is_told(folder: Path) -> None:
    """Without TRIAGE_FORM_URL the letters that show it cannot be used."""
    found = problems_of(folder, "letters/en/form_missing.md", dataclasses.replace(FACTS, form_url=""))
    assert found[0].sentence == "The settings do not say the address of the contact form."
    assert "TRIAGE_FORM_URL" in found[0].advice


def test_the_block_of_facts_is_checked_and_shown_only_on_request(folder: Path) -> None:
    """A broken block of facts stops only the letters that ask for it."""
    edit(folder / LETTER, lambda text: text.replace("\n---\n", "\nfacts: yes\n---\n", 1))
    assert problems_of(folder, LETTER) == []
    edit(folder / "facts/en.md", lambda text: text + "\nIt cures.\n")
    assert "`cures` promises" in problems_of(folder, "facts/en.md")[0].sentence
    assert "block of facts, which cannot be used" in problems_of(folder, LETTER)[0].sentence
    assert problems_of(folder, "letters/en/closed.md") == []


def test_a_language_that_triage_cannot_check_is_told(folder: Path) -> None:
    """A language without lists of claims and health words is refused by name."""
    (problem,) = [one for one in check_folder(folder, FACTS, ("en", "fr")) if one.path == "letters/fr"]
    assert problem.sentence == "triage cannot check `fr`."


def test_a_problem_reads_as_one_line() -> None:
    """A problem shows file, line, how bad, what is wrong and what to do."""
    problem = LetterProblem("letters/en/a.md", 3, Severity.ERROR, "It is wrong.", "Mend it.")
    assert str(problem) == "letters/en/a.md:3: error: It is wrong. Mend it."


def test_the_practices_own_name_is_no_promise(folder: Path) -> None:
    """A practice may be called what it is called: its name and addresses are not read as claims."""
    facts = dataclasses.replace(
        FACTS, name="Safe Harbor Cure Center", form_url="https://lakeside.example.com/safe-cure"
    )
    assert [problem.path for problem in check_folder(folder, facts, LANGUAGES)] == ["notices/versions.toml"]
    edit(folder / LETTER, lambda text: text + "\nWe are safe.\n")
    assert problems_of(folder, LETTER, facts)[0].sentence.startswith("`safe` promises")
