"""Writes one letter to files, to be looked at: the very bytes that would be sent, and the HTML part for a browser."""

from __future__ import annotations

from pathlib import Path

from triage.core.letter import RenderedLetter
from triage.errors import OperatorError


def write_preview(rendered: RenderedLetter, out_dir: Path, frozen_bytes: bytes) -> tuple[Path, Path]:
    """Write `<letter>.<language>.eml` and `.html` into `out_dir`, which is made if need be; returns both paths.

    Raises:
        OperatorError: the files cannot be written there.
    """
    name = f"{rendered.letter.value}.{rendered.language}"
    mail, page = out_dir / f"{name}.eml", out_dir / f"{name}.html"
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        mail.write_bytes(frozen_bytes)
        page.write_text(rendered.html, encoding="utf-8")
    except OSError as fault:
        raise OperatorError(f"The preview cannot be written: {fault.strerror}.", "Choose another folder.") from fault
    return mail, page
