"""Settings: one frozen object, or every problem in one list, each with key, fault and advice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from triage.config import KNOWN_KEYS, SettingsError, load_settings
from triage.core.rules import Mode
from triage.mailbox.reaching import is_loopback
from triage.settings import SECRETS, Settings

EXAMPLE = Path(__file__).parents[2] / "config.example.env"
NEEDED = {
    "TRIAGE_PRACTICE_NAME": "Lakeside Infusion Clinic",
    "TRIAGE_PRACTICE_PHONE": "(202) 555-0100",
    "TRIAGE_FORM_URL": "https://www.example.com/contact",
    "TRIAGE_IMAP_HOST": "imap.example.com",
    "TRIAGE_IMAP_USER": "office@example.com",
    "TRIAGE_IMAP_PASSWORD": "s3cret-pass",
}


def settings(tmp_path: Path, **changes: str) -> Settings:
    """Settings from a file of the needed keys with changes (keys without TRIAGE_)."""
    values = NEEDED | {f"TRIAGE_{key}": value for key, value in changes.items()}
    path = tmp_path / "config.env"
    path.write_text("".join(f"{key}='{value}'\n" for key, value in values.items()), encoding="utf-8")
    return load_settings(path, {})


def problems(tmp_path: Path, **changes: str) -> dict[str, str]:
    """The problems of such a file: key -> the whole sentence."""
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, **changes)
    return {problem.key: str(problem) for problem in caught.value.problems}


def test_the_needed_keys_are_enough(tmp_path: Path) -> None:
    """With six keys the service observes, reads by TLS and keeps its ledger in var/."""
    found = settings(tmp_path)
    assert found.mode is Mode.OBSERVE
    assert found.imap_account().port == 993
    assert found.sender.spec == "office@example.com"
    assert found.sender.display == "Lakeside Infusion Clinic"


def test_the_example_names_every_setting_and_no_other() -> None:
    """config.example.env and the settings are the same list of keys."""
    text = EXAMPLE.read_text(encoding="utf-8")
    shown = set(re.findall(r"^#?(TRIAGE_[A-Z_]+)=", text, re.MULTILINE))
    assert shown == KNOWN_KEYS


def test_the_example_says_purpose_and_default_of_each_key() -> None:
    """Each key stands below a comment that gives a default or says that it is needed."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for block in re.findall(r"((?:^# .*\n)+)((?:^#?TRIAGE_.*\n)+)", text, re.MULTILINE):
        assert re.search(r"Default:|Needed", block[0]), block[1]


def test_the_example_can_be_loaded_as_it_stands() -> None:
    """Somebody who copies the example gets a service that starts in observe mode."""
    assert load_settings(EXAMPLE, {}).mode is Mode.OBSERVE


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Missing, mistyped and contradictory keys come in one list."""
    found = problems(
        tmp_path,
        IMAP_HOST="",
        PRACTICE_PHONE="call us",
        FORM_URL="http://www.example.com",
        MODE="sned",
        TIMEZONE="Mars/Base",
        IMAP_SECURTY="tls",
        SMTP_HOST="smtp.example.com",
        SMTP_SECURITY="plain",
        POLL_SECONDS="often",
        IDLE="perhaps",
    )
    assert set(found) == {
        f"TRIAGE_{name}"
        for name in (
            *("IMAP_HOST", "PRACTICE_PHONE", "FORM_URL", "MODE", "TIMEZONE", "IMAP_SECURTY", "SMTP_SECURITY"),
            *("POLL_SECONDS", "IDLE"),
        )
    }
    assert "Did you mean TRIAGE_IMAP_SECURITY?" in found["TRIAGE_IMAP_SECURTY"]
    assert "observe, draft or send" in found["TRIAGE_MODE"].replace("'", "")
    assert "missing" in found["TRIAGE_IMAP_HOST"]
    assert all(len(sentence.split(": ", 1)[1].split()) >= 3 for sentence in found.values())


def test_send_mode_needs_a_sending_server(tmp_path: Path) -> None:
    """The mode that sends cannot start without a server to send by."""
    assert "TRIAGE_MODE is send" in problems(tmp_path, MODE="send")["TRIAGE_SMTP_HOST"]


def test_plain_is_for_this_machine_only(tmp_path: Path) -> None:
    """A password never crosses the network in the clear."""
    assert set(problems(tmp_path, IMAP_SECURITY="plain")) == {"TRIAGE_IMAP_SECURITY"}
    assert settings(tmp_path, IMAP_SECURITY="plain", IMAP_HOST="127.0.0.1").imap_account().port == 143


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback_is_this_machine(host: str, verdict: bool) -> None:
    """Only addresses that cannot leave the machine count."""
    assert is_loopback(host) is verdict


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    """KEY_FILE is read, without its line end."""
    value = "sqlite:////elsewhere.db" if name == "database_url" else "from a file"
    secret = tmp_path / "secret"
    secret.write_text(f"{value}\n", encoding="utf-8")
    changes = {f"{name.upper()}_FILE": str(secret), name.upper(): "", "SMTP_USER": "u" * (name == "smtp_password")}
    assert getattr(settings(tmp_path, **changes), name).get_secret_value() == value


def test_a_secret_given_twice_or_unreadable_is_told(tmp_path: Path) -> None:
    """Two sources for one secret, or a file that is not there, are problems with their key."""
    found = problems(tmp_path, IMAP_PASSWORD_FILE="/nowhere", SMTP_PASSWORD_FILE="/nowhere")
    assert "too" in found["TRIAGE_IMAP_PASSWORD"]
    assert "cannot be read" in found["TRIAGE_SMTP_PASSWORD_FILE"]


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    """Neither printing the settings nor a list of problems shows a password."""
    found = settings(tmp_path, SMTP_USER="office", SMTP_PASSWORD="also-s3cret")
    assert "s3cret" not in repr(found) + str(found) + repr(found.imap_account()) + repr(found.smtp_account())
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, MODE="s3cret-pass", DATABASE_URL="postgresql://u:s3cret@h/d")
    assert "s3cret" not in str(caught.value)


def test_a_password_keeps_its_dollar_signs_and_hashes(tmp_path: Path) -> None:
    """Nothing in a value is expanded or cut."""
    found = settings(tmp_path, IMAP_PASSWORD="a${HOME}#b $c")
    assert found.imap_password.get_secret_value() == "a${HOME}#b $c"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """What the machine says overrules what the file says."""
    path = tmp_path / "config.env"
    path.write_text("".join(f"{key}={value}\n" for key, value in NEEDED.items()), encoding="utf-8-sig")
    assert load_settings(path, {"TRIAGE_MODE": "draft"}).mode is Mode.DRAFT


def test_a_complete_environment_needs_no_file(tmp_path: Path) -> None:
    """A container that sets every needed key in its environment has no settings file."""
    assert load_settings(tmp_path / "config.env", NEEDED).mode is Mode.OBSERVE


def test_without_file_and_keys_one_sentence_is_enough(tmp_path: Path) -> None:
    """Somebody who never made the file is told to make it, not about each of its keys."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / "config.env", {})
    assert len(caught.value.problems) == 1


def test_a_missing_file_and_a_broken_line_are_told(tmp_path: Path) -> None:
    """No file, or a line that is not KEY=value, is a problem with its place."""
    with pytest.raises(SettingsError, match=r"does not exist. Copy config.example.env"):
        load_settings(tmp_path / "nowhere.env", {})
    path = tmp_path / "config.env"
    lines = [f"{key}={value}\n" for key, value in NEEDED.items()]
    path.write_text("".join([*lines[:2], "= nonsense here\n", *lines[2:]]), encoding="utf-8")
    with pytest.raises(SettingsError, match="line 3: This line is not understood"):
        load_settings(path, {})


def test_own_addresses_hold_every_address_of_the_practice(tmp_path: Path) -> None:
    """The answering address comes first; lists are split, lower-cased, and listed once."""
    found = settings(
        tmp_path, FROM="The Office <Office@Example.com>", OWN_ADDRESSES="INFO@example.com; billing@example.com"
    )
    assert found.owned == ("office@example.com", "info@example.com", "billing@example.com")
    assert found.sender.display == "The Office"


def test_a_go_live_without_zone_is_in_the_practice_zone(tmp_path: Path) -> None:
    """The watermark people write is their own wall clock."""
    found = settings(tmp_path, GO_LIVE="2026-12-01T08:00", TIMEZONE="America/New_York")
    assert found.go_live is not None
    assert found.go_live.isoformat() == "2026-12-01T08:00:00-05:00"


def test_the_null_sender_is_an_envelope_only(tmp_path: Path) -> None:
    """`<>` becomes the empty envelope sender; nothing set means the practice's own address."""
    assert settings(tmp_path, ENVELOPE_FROM="<>").smtp_account().envelope_from == ""
    assert settings(tmp_path).smtp_account().envelope_from == "office@example.com"
