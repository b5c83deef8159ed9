"""Bad days of those who run triage: each is a sentence that says what and what to do, in `check` and `run --once`."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.support.imap_script import HANG, ScriptedImap
from tests.support.ports import free_port
from tests.support.service import ROOT, Service
from tests.support.smtp_script import Hang, say, scripted
from tests.support.typed import Run, typist
from triage.daemon import Troubles
from triage.mailbox.account import Security, SmtpAccount
from triage.mailbox.smtp import SmtpSender


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A practice whose servers each test chooses; nobody waits for long."""
    found = Service.between(tmp_path, free_port(), "office@example.com", free_port(), LOG_FORMAT="people")
    found.settings |= {"IMAP_TIMEOUT": "1", "SMTP_TIMEOUT": "1"}
    return found


@pytest.fixture
def run(service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Types a command with the practice's settings."""
    return typist(lambda: service.config, monkeypatch, capsys)


@contextmanager
def speaking_tls(context: ssl.SSLContext) -> Iterator[int]:
    """A server that shows its certificate and says no more; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as shown:
                    shown.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize(
    ("fault", "what", "advice"),
    [
        ("expired", "has expired", "clock"),
        ("foreign", "made out to another name", "_HOST"),
        ("unknown", "nobody this machine trusts has signed it", "TRIAGE_CA_FILE"),
    ],
)
def test_a_certificate_that_proves_nothing(
    service: Service, run: Run, tmp_path: Path, fault: str, what: str, advice: str
) -> None:
    """Both servers are named with what is wrong with their certificate, and whose turn it is."""
    authority = trustme.CA()
    trust = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trust))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    past = datetime.now(UTC) - timedelta(days=1) if fault == "expired" else None
    name = "mail.example.org" if fault == "foreign" else "127.0.0.1"
    authority.issue_cert(name, not_after=past).configure_cert(context)
    secure = {"IMAP_SECURITY": "tls", "SMTP_SECURITY": "tls"} | ({"CA_FILE": str(trust)} if fault != "unknown" else {})
    with speaking_tls(context) as port:
        service.settings |= secure | {"IMAP_PORT": str(port), "SMTP_PORT": str(port)}
        checked, tried = run("check"), run("run", "--once")
    assert checked.words.count(what) == 2
    assert advice in checked.words
    assert (checked.code, tried.code) == (1, 5)
    assert what in tried.err


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_protection_that_a_server_does_not_offer(service: Service, run: Run, security: str) -> None:
    """A port or security that does not fit is told with both settings, for both servers."""
    with ScriptedImap({}) as mailbox, scripted() as sending:
        service.settings |= {"IMAP_PORT": str(mailbox.port), "SMTP_PORT": str(sending.port)}
        service.settings |= {"IMAP_SECURITY": security, "SMTP_SECURITY": security}
        found = run("check")
        tried = run("run", "--once")
        assert not mailbox.sent("LOGIN")
    assert (found.code, tried.code) == (1, 5)
    for side in ("IMAP", "SMTP"):
        assert f"TRIAGE_{side}_SECURITY" in found.words
    assert "TRIAGE_IMAP_SECURITY" in tried.err


def test_ports_of_the_wrong_service(service: Service, run: Run) -> None:
    """The reading port speaks SMTP and the sending port IMAP: each sentence names its own port setting."""
    with ScriptedImap({}) as mailbox, scripted() as sending:
        service.settings |= {"IMAP_PORT": str(sending.port), "SMTP_PORT": str(mailbox.port)}
        found = run("check")
    assert found.words.count("No greeting that makes sense") == 2
    assert "TRIAGE_IMAP_PORT" in found.words
    assert "TRIAGE_SMTP_PORT" in found.words


def test_servers_that_say_nothing(service: Service, run: Run) -> None:
    """Silence is told as silence, at the greeting and at the login, and promises no retry that nobody makes."""
    with ExitStack() as servers:
        mailbox = servers.enter_context(ScriptedImap({"LOGIN": [HANG]}))
        sending = servers.enter_context(scripted({"GREET": [Hang()]}))
        service.settings |= {"IMAP_PORT": str(mailbox.port), "SMTP_PORT": str(sending.port)}
        checked, tried = run("check"), run("run", "--once")
    assert "did not answer the login in time" in checked.words
    assert "No answer in time" in checked.words
    assert "by itself" not in checked.words
    assert tried.code == 4
    assert tried.err.endswith("Nothing was lost: try again in a while.\n")


def test_names_that_cannot_be_servers(service: Service, run: Run) -> None:
    """A web address, a port or a blank in a server's name is found in the settings, before anything is tried."""
    service.settings |= {"IMAP_HOST": "imaps://imap.example.com", "SMTP_HOST": "smtp.example.com:587 "}
    found = run("check")
    assert found.code == 3
    assert found.err.count("Write the bare name") == 2


def test_a_name_too_long_for_any_server(service: Service, run: Run) -> None:
    """What the name service cannot even ask for is a name that is not known."""
    long = f"{'a' * 70}.example"
    service.settings |= {"IMAP_HOST": long, "SMTP_HOST": long, "IMAP_SECURITY": "tls", "SMTP_SECURITY": "tls"}
    assert run("check").words.count("is not known") == 2


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ({"EHLO": [say(b"250 script\r\n")]}, "takes no login"),
        ({"EHLO": [say(b"250-script\r\n250 AUTH XOAUTH2\r\n")]}, "by user name and password"),
        ({"AUTH": [say(b"535 no, office@example.com\r\n")]}, "refused the login"),
        ({"AUTH": [Hang()]}, "at the login"),
        ({"GREET": [say(b"554 not you\r\n")]}, "takes nothing just now"),
    ],
)
def test_logins_that_fail(service: Service, run: Run, script: dict[str, list[object]], says: str) -> None:
    """Each way of not being let in to send has its sentence, which never holds the password or the server's words."""
    with ScriptedImap({}) as mailbox, scripted(script) as sending:  # type: ignore[arg-type]
        service.settings |= {"IMAP_PORT": str(mailbox.port), "SMTP_PORT": str(sending.port)}
        service.settings |= {"SMTP_USER": "office@example.com", "SMTP_PASSWORD": "hush-hush"}
        found = run("check")
    assert found.code == 1
    assert says in found.words
    assert "hush" not in found.words
    assert "not you" not in found.words


def test_a_password_with_an_accent_is_sent_as_it_is() -> None:
    """smtplib would stumble over it; PLAIN carries UTF-8 (RFC 4616)."""
    account = SmtpAccount("127.0.0.1", 0, Security.PLAIN, "office@example.com", "contraseña", "", 2.0, 2.0)
    with scripted() as server:
        SmtpSender(
            SmtpAccount(**{name: getattr(account, name) for name in account.__slots__} | {"port": server.port})
        ).check()
    assert "AUTH PLAIN AG9mZmljZUBleGFtcGxlLmNvbQBjb250cmFzZcOxYQ==" in server.commands


def test_half_a_login_is_told(service: Service, run: Run) -> None:
    """A password without its user, or a user without a password, is no login."""
    service.settings["SMTP_PASSWORD"] = "hush-hush"
    found = run("check")
    assert found.code == 3
    assert "belong together" in found.err
    assert "hush" not in found.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.decode().encode("utf-16"), "not plain text in UTF-8"),
        (lambda data: data + b"TRIAGE_MODE=observe\n", "TRIAGE_MODE: It is set more than once"),
        (lambda data: data.replace(b"TRIAGE_POLL_SECONDS='1'", b"TRIAGE_POLL_SECONDS=1m"), "not a whole number"),
        (lambda data: data.replace(b"TRIAGE_POLL_SECONDS='1'", b"TRIAGE_POLL_SECONDS=9999"), "at most 3600"),
        (lambda data: data + b'TRIAGE_IMAP_FOLDER="IN\\nBOX"\n', "does not belong there"),
        (lambda data: data.replace(b"TRIAGE_GO_LIVE='", b"TRIAGE_GO_LIVE='not "), "such as 2026-12-01T08:00"),
        (lambda data: data.replace(b"IMAP_PASSWORD='secret'", b"IMAP_PASSWORD_FILE=gone"), "cannot be read"),
    ],
)
def test_a_settings_file_with_one_fault_tells_that_one(service: Service, run: Run, change: object, says: str) -> None:
    """One fault is one problem, not a list of everything that could not be read because of it."""
    path = service.config
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    found = run("check", "--config", str(path))
    assert found.code == 3
    assert "have 1 problem:" in found.err
    assert says in found.err
    assert "secret" not in found.err


def test_a_settings_file_from_windows_is_understood(service: Service, run: Run) -> None:
    """A byte order mark, CR LF and blanks around = change nothing."""
    path = service.config
    data = path.read_bytes().replace(b"\n", b"\r\n").replace(b"='", b" = '")
    path.write_bytes(b"\xef\xbb\xbf" + data)
    assert run("status", "--config", str(path)).code == 0


def test_a_folder_in_place_of_the_settings_file(run: Run, tmp_path: Path) -> None:
    """It is told as such."""
    found = run("check", "--config", str(tmp_path))
    assert (found.code, "Name a file." in found.err) == (3, True)


def test_relative_paths_count_from_the_settings_file(
    service: Service, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed from anywhere, a command finds the same database, letters and secrets; nothing is made where it stands."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(ROOT / "templates", home / "templates")
    (home / "password").write_text("secret\n")
    service.settings |= {"DATABASE_URL": "sqlite:///var/triage.db", "IMAP_PASSWORD_FILE": "password"}
    del service.settings["IMAP_PASSWORD"], service.settings["TEMPLATES"]
    moved = service.config.rename(home / "config.env")
    monkeypatch.chdir(elsewhere)
    assert run("status", "--config", str(moved)).code == 0
    assert (home / "var" / "triage.db").is_file()
    assert str(home / "templates") in run("letters", "check", "--config", str(moved)).out
    assert not list(elsewhere.iterdir())


def test_a_templates_folder_that_is_not_there(service: Service, run: Run, tmp_path: Path) -> None:
    """One sentence, not one for every letter and notice that follows from it."""
    service.settings["TEMPLATES"] = str(tmp_path / "gone")
    checked, letters = run("check"), run("letters", "check")
    assert checked.words.count("fault letters") == 1
    assert "no such folder" in checked.words
    assert "TRIAGE_TEMPLATES" in checked.words
    assert letters.code == 1
    assert len(letters.out.splitlines()) == 2


def test_many_letters_with_one_fault_are_one_finding(service: Service, run: Run, tmp_path: Path) -> None:
    """Without the layout no letter can be used: `check` says it once, with the number of letters."""
    folder = tmp_path / "templates"
    shutil.copytree(service.settings["TEMPLATES"], folder)
    (folder / "layout.html").unlink()
    (folder / "notices" / "versions.toml").unlink()
    service.settings["TEMPLATES"] = str(folder)
    found = run("check")
    assert found.words.count("Mend layout.html first.") == 1
    assert "more like it" in found.words
    assert "under [en]" in found.words, "square brackets are shown, not taken for markup"


def test_a_language_that_has_no_letters_is_no_preview(run: Run, tmp_path: Path) -> None:
    """Nothing is written in another language instead."""
    found = run("letters", "preview", "received", "--lang", "fr", "--out", str(tmp_path / "out"))
    assert found.code == 2
    assert not (tmp_path / "out").exists()


def test_a_preview_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    """A file stands where the folder should be: a sentence with the place."""
    (tmp_path / "out").write_text("a file")
    found = run("letters", "preview", "received", "--out", str(tmp_path / "out"))
    assert found.code == 5
    assert str(tmp_path / "out") in found.err


def test_numbers_that_no_ledger_holds(run: Run) -> None:
    """A number with too many digits is an email or a reply that does not exist."""
    assert run("explain", "9" * 30).err == "triage: The ledger holds no such email.\n"
    assert run("reply", "let-rest", "9" * 30, "--yes").code == 2


@pytest.mark.parametrize("line", ["letters check > /dev/full", "letters check | true"])
def test_output_that_nobody_takes(service: Service, line: str) -> None:
    """A full disk behind > is a sentence; a reader that left is none of our business. Never a traceback."""
    command = f"{sys.executable} -m triage {line.replace('check', f'check --config {service.config}')}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == (5 if "full" in line else 0)
    assert ("No space left on device" in done.stderr) is ("full" in line)


def test_a_terminal_that_shows_ascii_only(service: Service) -> None:
    """What it cannot show becomes ?, and JSON stays JSON."""
    command = [sys.executable, "-m", "triage", "forms", "import", "--help"]
    environ = {"PYTHONIOENCODING": "ascii", "COLUMNS": "40", "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, env=environ, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_trouble_that_lasts_is_told_now_and_then() -> None:
    """The first time, again when it is another, again after it was over; not at every turn."""
    troubles = Troubles()
    told = [troubles.are_news("deliver", problem) for problem in ("", "full", "full", "gone", "gone", "", "gone")]
    assert told == [False, True, False, True, False, False, True]
    assert troubles.are_news("poll", "gone")
