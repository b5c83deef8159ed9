"""Exported files of submissions: every sample, every dialect, and what a spreadsheet or a broken disk makes of them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from triage.core.submission import Door, Submission
from triage.errors import OperatorError
from triage.forms.exports import NO_DATE, RejectedRow, read_export

SAMPLES = Path(__file__).parent.parent / "data" / "forms"
EXPORTS = sorted(SAMPLES.glob("*/*.csv"))
NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
HEADER = "Name,Email,Phone,Message,Date\n"
ANN = "Ann Lee,ann@example.com,202-555-0101,Hello,2026-06-01 10:00:00\n"
BOB = "Bob Roe,bob@example.com,202-555-0102,Good day,2026-06-02 11:00:00\n"


def read(tmp_path: Path, content: str | bytes, name: str = "export.csv") -> list[Submission | RejectedRow]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_export(path, NOW))


def submissions(found: Iterable[Submission | RejectedRow]) -> list[Submission]:
    return [one for one in found if isinstance(one, Submission)]


def rejected(found: Iterable[Submission | RejectedRow]) -> list[RejectedRow]:
    return [one for one in found if isinstance(one, RejectedRow)]


@pytest.mark.parametrize("path", EXPORTS, ids=[path.parent.name for path in EXPORTS])
def test_each_systems_export_is_read_in_full(path: Path) -> None:
    """Both people of each sample with every answer, the alert prefix gone and quoted newlines kept."""
    dana, jose = submissions(read_export(path, NOW))
    assert (dana.name, dana.email, dana.phone) == ("Dana Whitfield", "dana.whitfield@example.com", "(202) 555-0143")
    assert dana.message.splitlines()[1] == "Delivery of care: do you take evening visits?"
    assert dana.consent == "I agree to be contacted by email"
    assert (jose.name, jose.phone, jose.consent) == ("José Ángel O'Neill-Ruiz", "+1 202-555-0177", "Yes")
    assert jose.message.endswith("\n\nEmail: prefiero por la tarde.")
    assert {dana.submitted_at.date().isoformat(), jose.submitted_at.date().isoformat()} == {"2026-06-02"}
    assert dana.door is Door.FILE
    assert dana.source_id != jose.source_id


@pytest.mark.parametrize(
    ("sample", "source", "ids"),
    [
        ("gravity-forms/entries.csv", "gravity-forms", ["7", "8"]),
        ("wpforms/entries.csv", "wpforms", ["0", "1"]),
        ("google-forms/responses.csv", "google-forms", None),
        ("ninja-forms/submission.csv", "ninja-forms", None),
        ("contact-form-7/site-flamingo-inbound-2026-06-02.csv", "contact-form-7", None),
    ],
)
def test_the_system_and_its_ids_are_known_by_the_header_row(sample: str, source: str, ids: list[str] | None) -> None:
    """So that a row and its notification mail or webhook can be the same submission."""
    found = submissions(read_export(SAMPLES / sample, NOW))
    assert {one.source for one in found} == {source}
    if ids is not None:
        assert [one.source_id for one in found] == ids


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_separator_in_every_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """What Excel, Numbers and form systems write."""
    rows = [["Nombre", "Correo electrónico", "Mensaje"], ["José Núñez", "jose@example.com", "¿Mañana, o no; quizás?"]]
    text = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    (only,) = submissions(read(tmp_path, text.encode(encoding)))
    assert (only.name, only.email, only.message) == ("José Núñez", "jose@example.com", "¿Mañana, o no; quizás?")


def test_encodings_mixed_line_by_line_are_all_read(tmp_path: Path) -> None:
    """Two exports pasted together: UTF-8 lines stay right, the others are Windows-1252."""
    content = "Name,Email\nJosé,a@example.com\n".encode() + "Núria,b@example.com\n".encode("cp1252")
    assert [one.name for one in submissions(read(tmp_path, content))] == ["José", "Núria"]


def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Line numbers are those an editor shows, also behind a quoted newline; no value is quoted."""
    found = read(
        tmp_path,
        HEADER
        + 'Ann Lee,ann@example.com,,"two\nlines",\n'
        + "Carl,carl at example,,,\n"
        + "Dora,,,,\n"
        + "too,few\n"
        + "one,x@example.com,,,,too many\n"
        + BOB,
    )
    assert [one.email for one in submissions(found)] == ["ann@example.com", "bob@example.com"]
    assert rejected(found) == [
        RejectedRow(4, "The email address in column 2 is not valid."),
        RejectedRow(5, "The email address in column 2 is empty."),
        RejectedRow(6, "The row has 2 columns, the header row has 5."),
        RejectedRow(7, "The row has 6 columns, the header row has 5."),
    ]


def test_an_unclosed_quotation_mark_costs_only_its_own_row(tmp_path: Path) -> None:
    """Also when a later row's quotation mark closes it by accident, or nothing ever does."""
    eve = 'Eve,eve@example.com,,"open,\n'
    by_accident = read(tmp_path, HEADER + eve + ANN + BOB.replace("Good day", '"Good, day"'))
    assert [one.email for one in submissions(by_accident)] == ["ann@example.com", "bob@example.com"]
    assert [one.line for one in rejected(by_accident)] == [2]
    never = read(tmp_path, HEADER + eve + ANN * 3000)
    assert len(submissions(never)) == 3000
    assert [one.line for one in rejected(never)] == [2]


def test_a_half_written_file_gives_what_is_whole(tmp_path: Path) -> None:
    """The last row, cut inside a quoted cell or between cells, is rejected."""
    for cut in ('Bob Roe,bob@example.com,,"the message was', "Bob Roe,bob@exam"):
        found = read(tmp_path, HEADER + ANN + cut)
        assert [one.email for one in submissions(found)] == ["ann@example.com"]
        assert [one.line for one in rejected(found)] == [3]


def test_formula_guards_are_taken_off(tmp_path: Path) -> None:
    """An apostrophe or Flamingo's alert before = + - @ is not part of the answer; other apostrophes are."""
    content = "Name,Email,Phone,Message\n'Bou,a@example.com,'+1 202-555-0103,\"(Security Alert: x. See y) =1+1\"\n"
    (only,) = submissions(read(tmp_path, content))
    assert (only.name, only.phone, only.message) == ("'Bou", "+1 202-555-0103", "=1+1")


@pytest.mark.parametrize(
    ("written", "separator", "meant"),
    [
        ("2026-06-02T14:30:00+02:00", ",", datetime(2026, 6, 2, 14, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-06-02 14:30:00", ",", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("2026-06-02 14:30:00 UTC", ",", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("6/2/2026 2:30 PM", ",", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("06/02/26", ",", datetime(2026, 6, 2, tzinfo=UTC)),
        ("25/05/2026 14:30", ",", datetime(2026, 5, 25, 14, 30, tzinfo=UTC)),
        ("2/6/2026 14:30", ";", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("2.6.2026 14:30", ",", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("12/5/2026", ",", datetime(2026, 5, 12, tzinfo=UTC)),
        ("June 2, 2026 2:30 pm", ";", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("2 de junio de 2026", ";", datetime(2026, 6, 2, tzinfo=UTC)),
        ("Tuesday, June 2, 2026 at 2:30 PM", ";", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
    ],
)
def test_dates_follow_the_documented_rule(tmp_path: Path, written: str, separator: str, meant: datetime) -> None:
    """ISO, then a month's name, then numbers by the file's custom; a date in the future is read the other way round."""
    content = f'Email{separator}Date\na@example.com{separator}"{written}"\n'
    (only,) = submissions(read(tmp_path, content))
    assert only.submitted_at == meant


@pytest.mark.parametrize("written", ["", "soon", "99/99/2026", "2026-13-45", "Juneteenth 2, 2026"])
def test_without_a_readable_date_the_import_counts_and_the_row_says_so(tmp_path: Path, written: str) -> None:
    """The submission is not lost over its date."""
    (only,) = submissions(read(tmp_path, f'Email,Date\na@example.com,"{written}"\n'))
    assert only.submitted_at == NOW
    assert NO_DATE in only.fields


def test_naive_dates_are_in_the_zone_of_the_clock(tmp_path: Path) -> None:
    """The caller's clock is the practice's."""
    path = tmp_path / "export.csv"
    path.write_text("Email,Date\na@example.com,2026-06-02 14:30\n", encoding="utf-8")
    zone = timezone(timedelta(hours=-5))
    (only,) = submissions(read_export(path, NOW.astimezone(zone)))
    assert only.submitted_at == datetime(2026, 6, 2, 19, 30, tzinfo=UTC)


def test_two_forms_that_both_count_from_one_do_not_swallow_each_other(tmp_path: Path) -> None:
    """A bare ID is unique per form only; the same row read twice is still the same."""
    first = submissions(read(tmp_path, "ID,Email\n1,a@example.com\n"))[0]
    again = submissions(read(tmp_path, "ID,Email\n1,A@example.com\n"))[0]
    other = submissions(read(tmp_path, "ID,Email\n1,b@example.com\n"))[0]
    assert first.source_id == again.source_id != other.source_id


def test_two_hundred_columns_are_read_and_more_are_refused(tmp_path: Path) -> None:
    """A wide form is fine; a file that is no form is told apart."""
    wide = ",".join(f"Q{number}" for number in range(199))
    (only,) = submissions(read(tmp_path, f"Email,{wide}\na@example.com,{'x,' * 198}x\n"))
    assert len(only.fields) == 201
    with pytest.raises(OperatorError, match="201 columns"):
        read(tmp_path, f"Email,{wide},more\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no submissions"),
        (b"\n\n,,,\n", "holds no submissions"),
        (b"Name|Email\nAnn|ann@example.com\n", "no column for an email address|no header row"),
        (b"Name,Phone\nAnn,202-555-0101\n", "no column for an email address"),
        (b"Ann,ann@example.com\nBob,bob@example.com\n", "no header row"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "no column for an email address"),
    ],
)
def test_a_file_that_is_no_export_is_one_sentence(tmp_path: Path, content: bytes, problem: str) -> None:
    """It says what is wrong and what to do."""
    with pytest.raises(OperatorError, match=problem) as caught:
        read(tmp_path, content)
    assert caught.value.advice


def test_a_missing_file_or_a_folder_is_one_sentence(tmp_path: Path) -> None:
    """No traceback for a typing error."""
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(OperatorError, match="cannot be read"):
            list(read_export(path, NOW))


def test_the_matching_benchmarks_json_lines_are_read(tmp_path: Path) -> None:
    """source "json-lines", source_id = submission_id."""
    one = {
        "submission_id": "S0123456789",
        "submitted_at": "2026-06-01T10:00:00+00:00",
        "name": "Ann Lee",
        "email": "ann@example.com",
        "phone": "202-555-0101",
        "message": "Hello\nEmail: any time",
    }
    (only,) = submissions(read(tmp_path, json.dumps(one) + "\n", "submissions.jsonl"))
    assert (only.source, only.source_id) == ("json-lines", "S0123456789")
    assert only.submitted_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (only.name, only.email, only.phone, only.message) == (
        one["name"],
        one["email"],
        one["phone"],
        one["message"],
    )


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_is_read_like_json_lines(tmp_path: Path, indent: int | None) -> None:
    """Also with names in parts, lists, numbers and nulls."""
    people = [
        {"id": 7, "email": "ann@example.com", "name": {"first": "Ann", "last": "Lee"}, "consent": ["Yes"], "x": None},
        {"id": 8, "email": "bob@example.com", "name": "Bob", "consent": True, "message": ']}{ " [ '},
    ]
    found = submissions(read(tmp_path, json.dumps(people, indent=indent), "export.json"))
    assert [(one.name, one.consent) for one in found] == [("Ann Lee", "Yes"), ("Bob", "Yes")]
    assert found[1].message == ']}{ " ['


def test_bad_json_is_reported_by_line(tmp_path: Path) -> None:
    """In JSON lines the rest goes on; in an array nothing behind the fault can be told."""
    good = '{"email": "ann@example.com"}'
    lines = read(tmp_path, f'{good}\n{{"email": \n[1]\n{{"name": "x"}}\n{"[" * 5000}\n{good}\n')
    assert len(submissions(lines)) == 2
    assert [one.line for one in rejected(lines)] == [2, 3, 4, 5]
    array = read(tmp_path, f"[\n{good},\n{good},\n{{oops}},\n{good}]")
    assert len(submissions(array)) == 2
    assert [one.line for one in rejected(array)] == [4]
    assert [one.line for one in rejected(read(tmp_path, f"[{good},\n"))] == [2]


def test_characters_that_cannot_be_stored_are_dropped(tmp_path: Path) -> None:
    """Lone surrogates and controls from JSON escapes never reach the store."""
    (only,) = submissions(
        read(tmp_path, '{"email": "ann@example.com", "name": "A\\ud800n\\u0000n", "message": "\\u0007hi"}')
    )
    assert only.name.encode()
    assert "\x00" not in only.name + only.message
    assert all(text.encode() is not None for pair in only.fields for text in pair)


def test_a_line_without_end_is_refused_with_flat_memory(tmp_path: Path) -> None:
    """One line of eight megabytes is reported, not swallowed."""
    found = read(tmp_path, HEADER + ANN + "x" * 8_000_000)
    assert len(submissions(found)) == 1
    assert [one.line for one in rejected(found)] == [3]


def test_memory_stays_flat_over_many_rows(tmp_path: Path) -> None:
    """Twenty thousand rows cost no more than a few."""
    path = tmp_path / "long.csv"
    path.write_text(HEADER + ANN * 20_000, encoding="utf-8")
    tracemalloc.start()
    count = sum(1 for _ in read_export(path, NOW))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4_000_000
