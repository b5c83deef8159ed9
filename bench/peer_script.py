"""The usual 60-line script, to compare with: imap_tools, Jinja2, smtplib; no store, no guard, no memory.

It reads unseen mail, renders one template for each, answers over one SMTP connection, and marks the mail as seen (by
reading it). Started as `python bench/peer_script.py IMAP_PORT USER PASSWORD SMTP_PORT`.
"""

from __future__ import annotations

import smtplib
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from imap_tools import AND, MailBoxUnencrypted
from jinja2 import Environment

SENDER = "Lakeside Infusion Clinic <office@example.com>"
TEXT = """Hello {{ name }},

thank you for writing to Lakeside Infusion Clinic. We received your message "{{ subject }}".
Please complete our contact form, if you have not done so yet: https://www.example.com/contact

This address is not watched around the clock. In an emergency call 911; in a crisis call or text 988.
Email is not a private way to talk about your health.

{{ practice }}, 12 Lakeside Road, Springfield, NY 10001
"""
HTML = "<html><body>{% for line in text.split('\n\n') %}<p>{{ line }}</p>{% endfor %}</body></html>"

environment = Environment(autoescape=False)
text_template = environment.from_string(TEXT)
html_template = Environment(autoescape=True).from_string(HTML)


def answer(imap_port: int, user: str, password: str, smtp_port: int) -> int:
    """Answer all unseen mail; how many."""
    count = 0
    with (
        MailBoxUnencrypted("127.0.0.1", imap_port).login(user, password) as mailbox,
        smtplib.SMTP("127.0.0.1", smtp_port) as smtp,
    ):
        for mail in mailbox.fetch(AND(seen=False)):
            name = mail.from_values.name if mail.from_values else ""
            text = text_template.render(name=name, subject=mail.subject, practice="Lakeside Infusion Clinic")
            reply = EmailMessage()
            reply["From"] = SENDER
            reply["To"] = mail.from_
            reply["Subject"] = f"Re: {mail.subject}"
            reply["Date"] = formatdate()
            reply["Message-ID"] = make_msgid(domain="example.com")
            reply["In-Reply-To"] = mail.obj["Message-ID"] or ""
            reply["Auto-Submitted"] = "auto-replied"
            reply.set_content(text)
            reply.add_alternative(html_template.render(text=text), subtype="html")
            smtp.send_message(reply)
            count += 1
    return count


if __name__ == "__main__":
    answer(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
