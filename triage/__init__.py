"""triage: reads a practice's mailbox, joins each email to its contact-form submission, and answers with care.

Start reading at docs/flow.md; the words are in docs/glossary.md.
"""

__version__ = "0.1.0"
