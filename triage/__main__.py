"""`python -m triage` is the same as the command `triage`."""

from triage.cli import main

main()
