"""The commands as a person types them: what they print, what they refuse, and with which exit code."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.service import Service
from tests.support.typed import Run, typist
from triage.demo import scenes
from triage.demo.mails import AUTHSERV, OFFICE, WEBSITE_SENDER
from triage.demo.scenes import SCENES


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """The demo's practice, with servers that do not exist."""
    return Service.between(
        tmp_path,
        1,
        OFFICE,
        1,
        FROM=OFFICE,
        AUTHSERV_ID=AUTHSERV,
        FORM_SENDERS=WEBSITE_SENDER,
        PRACTICE_WEBSITE="https://lakeside.example.com",
        FORM_URL="https://lakeside.example.com/contact",
    )


@pytest.fixture
def run(service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command line in this process, with the practice's settings file unless another is named."""
    return typist(lambda: service.config, monkeypatch, capsys)


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """The demo's mails as files, named by their number."""
    folder = tmp_path / "mails"
    folder.mkdir()
    for number, scene in enumerate(SCENES):
        (folder / f"{number:02}.eml").write_bytes(scene.mail.to_bytes(datetime.now(UTC)))
    return folder


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """What the demo's people filled in, as JSON lines."""
    filled = (scenes.DANA, scenes.OMAR, scenes.LUCIA, scenes.PRIYA, scenes.MARCUS, scenes.JUNE, scenes.TOMAS)
    path = tmp_path / "submissions.jsonl"
    rows = [
        {
            "submission_id": f"form-{one.name}",
            "submitted_at": "2026-11-20T10:00:00+00:00",
            "name": one.name,
            "email": one.email,
            "phone": one.phone,
            "message": one.message,
        }
        for one in filled
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_decide_says_of_each_mail_what_the_daemon_would_do(run: Run, mails: Path, forms: Path) -> None:
    """Offline, each scene of the demo gets the decision it gets from the running daemon."""
    found = run("decide", str(mails), "--submissions", str(forms), "--json")
    assert found.code == 0
    decided = {Path(str(line["file"])).stem: line for line in found.lines()}
    words = {"answered": "reply", "with_staff": "hold", "not_answered": "ignore"}
    for number, scene in enumerate(SCENES):
        line = decided[f"{number:02}"]
        assert (line["decision"], line["letter"] or line["reason"]) == (words[scene.state], scene.outcome), scene.title
        assert set(line) >= {"file", "decision", "letter", "urgent", "reason", "match", "signals"}


def test_screen_tells_who_may_be_answered(run: Run, mails: Path) -> None:
    """Patients are eligible, machines ignored, and the assumptions stand in for what a file cannot show."""
    found = run("screen", str(mails), "--json", "--assume-addressed", "--assume-authentic").lines()
    verdicts = {scene.title: line["verdict"] for scene, line in zip(SCENES, found, strict=True)}
    assert verdicts["Grace: no form yet"] == "eligible"
    assert verdicts["Peter: nobody vouches for his server"] == "eligible"
    assert verdicts["not addressed to the practice"] == "eligible"
    assert {verdicts[scene.title] for scene in scenes.MACHINES} == {"ignore"}


def test_screen_and_assess_hold_what_cannot_be_read(run: Run, tmp_path: Path) -> None:
    """An empty file is a line of its own, on the safe side, and the next file is still read."""
    (tmp_path / "a.eml").write_bytes(b"")
    (tmp_path / "b.eml").write_bytes(SCENES[9].mail.to_bytes(datetime.now(UTC)))
    found = run("screen", str(tmp_path / "a.eml"), str(tmp_path / "b.eml"), "--json").lines()
    assert [line["verdict"] for line in found] == ["hold", "eligible"]
    assert run("assess", str(tmp_path / "a.eml"), "--json").lines()[0]["level"] == "review"


def test_assess_reads_one_text_a_line(run: Run, tmp_path: Path) -> None:
    """Plain texts are told by their line number; danger is urgent, an idiom is not."""
    texts = tmp_path / "texts.txt"
    texts.write_text("I want to end my life\nmy back is killing me\nquiero quitarme la vida\n", encoding="utf-8")
    found = run("assess", "--lines", str(texts), "--json").lines()
    assert [(line["line"], line["level"]) for line in found] == [(1, "urgent"), (2, "none"), (3, "urgent")]


def test_match_needs_neither_mailbox_nor_settings(run: Run, mails: Path, forms: Path, tmp_path: Path) -> None:
    """Each email gets a verdict with the file's own submission id and evidence in sentences."""
    lines = run(
        "match", "--submissions", str(forms), "--emails", str(mails), "--json", "--config", str(tmp_path / "none.env")
    ).lines()
    by_id = {line["message_id"]: line for line in lines}
    dana = by_id[next(scene.mail.id for scene in SCENES if scene.title.startswith("Dana"))]
    assert (dana["decision"], dana["submission_id"]) == ("certain", "form-Dana Whitfield")
    assert all(item["sentence"].endswith(".") for item in dana["evidence"])
    grace = by_id[next(scene.mail.id for scene in SCENES if scene.title.startswith("Grace: no form"))]
    assert (grace["decision"], grace["submission_id"]) == ("none", None)


def test_forms_read_shows_what_a_notification_says(run: Run, mails: Path) -> None:
    """A form mail gives its fields; a patient's own mail is no form."""
    found = run("forms", "read", str(mails / "00.eml"), str(mails / "09.eml"), "--json").lines()
    assert found[0]["system"] == "contact-form-7"
    assert found[0]["fields"]["email"] == scenes.DANA.email
    assert found[0]["problem"] == ""
    assert found[1]["system"] is None


def test_a_form_mail_from_a_stranger_says_why_it_is_not_believed(run: Run, mails: Path) -> None:
    """Without --assume-authentic the sender of a form mail counts."""
    number = next(n for n, scene in enumerate(SCENES) if scene.outcome == "form_not_trusted")
    found = run("forms", "read", str(mails / f"{number:02}.eml"), "--json").lines()[0]
    assert "not from a sender you allowed" in found["problem"]


def test_forms_import_may_be_repeated_and_names_each_bad_row(run: Run, tmp_path: Path) -> None:
    """Known rows are not stored twice; a malformed row is told with its line and the rest is stored."""
    export = tmp_path / "export.csv"
    export.write_text(
        "Entry Id,Name,Email,Phone,Message\n1,Ana Ruiz,ana@example.com,,Hello\n2,Bo Lind,not an address,,Hello\n"
        "3,Cy Moss,cy@example.org,202-555-0111,Hi\n",
        encoding="utf-8",
    )
    first, second = run("forms", "import", str(export)), run("forms", "import", str(export))
    assert first.out == "2 new, 0 known already, 1 not imported.\n"
    assert second.out == "0 new, 2 known already, 1 not imported.\n"
    assert f"{export}, line 3: not imported." in first.err
    assert "not an address" not in first.err
    assert first.code == 1
    assert json.loads(run("status", "--json").out)["submissions"] == 2


def test_danger_in_an_imported_form_is_told_at_once(run: Run, tmp_path: Path) -> None:
    """Somebody in danger inside an export is named by number, never by name, and the exit code says so."""
    export = tmp_path / "export.csv"
    export.write_text(
        "Entry Id,Name,Email,Message\n1,Ana Ruiz,ana@example.com,I want to end my life\n2,Bo,bo@example.com,Hello\n",
        encoding="utf-8",
    )
    found = run("forms", "import", str(export))
    assert found.out == "2 new, 0 known already, 0 not imported.\n"
    assert found.err == "Submission 1: somebody may be in danger. Read its message now.\n"
    assert found.code == 1


def test_letters_preview_writes_the_bytes_and_the_page(run: Run, tmp_path: Path) -> None:
    """The preview is what a patient would get, in the language asked for."""
    found = run("letters", "preview", "both_received", "--lang", "es", "--person", "José", "--out", str(tmp_path / "p"))
    assert found.code == 0
    assert "Hola, " in (tmp_path / "p" / "both_received.es.html").read_text(encoding="utf-8")
    assert b"Auto-Submitted: auto-replied\r\n" in (tmp_path / "p" / "both_received.es.eml").read_bytes()


def test_letters_check_is_content_with_the_shipped_letters(run: Run) -> None:
    """The letters that ship with triage have no error."""
    assert run("letters", "check").code == 0


def test_letters_check_tells_an_open_brace_with_its_line(run: Run, service: Service, tmp_path: Path) -> None:
    """A broken letter is a sentence with file, line and remedy, and the exit code says so."""
    folder = tmp_path / "templates"
    shutil.copytree(service.settings["TEMPLATES"], folder)
    letter = folder / "letters" / "en" / "form_missing.md"
    letter.write_text(letter.read_text(encoding="utf-8").replace("{{ first_name", "{{ first_name {"), encoding="utf-8")
    service.settings["TEMPLATES"] = str(folder)
    found = run("letters", "check")
    assert found.code == 1
    assert "letters/en/form_missing.md, line 4: error:" in found.out


def test_check_names_every_fault_and_keeps_going(run: Run) -> None:
    """Servers that cannot be reached are two faults with advice; what is well is said too."""
    found = run("check")
    assert found.code == 1
    for word in ("mailbox", "sending", "database", "letters", "clock", "lexicon", "self-test"):
        assert word in found.out
    assert found.out.count("fault") == 2


def test_wrong_settings_end_with_three_and_one_list(run: Run, service: Service) -> None:
    """Every problem of the settings is on stderr, and nothing was tried."""
    service.settings |= {"MODE": "sned", "IMAP_PROT": "993"}
    found = run("check")
    assert found.code == 3
    assert "TRIAGE_MODE" in found.err
    assert "Did you mean TRIAGE_IMAP_PORT?" in found.err


def test_a_mailbox_out_of_reach_ends_run_once_with_a_sentence(run: Run) -> None:
    """`run --once` says what is wrong and that it may be tried again."""
    found = run("run", "--once")
    assert found.code == 4
    assert found.err.splitlines()[-1].startswith("triage: ")


def test_explain_and_ledger_of_an_unknown_email(run: Run) -> None:
    """An empty ledger prints nothing; a Message-ID it does not hold is said so."""
    assert run("ledger", "--json").out == ""
    found = run("explain", "<nobody@example.com>")
    assert (found.code, found.err) == (1, "triage: The ledger holds no such email.\n")


@pytest.mark.parametrize(
    "command",
    ["run", "check", "status", "ledger", "explain", "screen", "assess", "match", "decide", "demo", "forms", "letters"],
)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    """--help says what the command is for."""
    found = run(command, "--help")
    assert found.code == 0
    assert "Usage:" in found.out
