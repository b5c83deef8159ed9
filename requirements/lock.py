"""Writes the locks: exact versions with hashes, without a registry's name or a download address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SETS = {
    "runtime": ["--group", "build"],
    "demo": ["--extra", "demo", "--group", "build"],
    "dev": ["--extra", "demo", "--group", "build", "--group", "dev"],
}
OPTIONS = [
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
]

for name, extras in SETS.items():
    target = f"requirements/{name}.lock"
    command = ["uv", "pip", "compile", "pyproject.toml", "-o", target, "--python-version", "3.11", *OPTIONS, *extras]
    result = subprocess.run([*command, "--custom-compile-command", "make lock"], cwd=ROOT, check=False)  # noqa: S603
    if result.returncode:
        sys.exit("The locks were not written. `make lock` needs uv (pip install uv).")
