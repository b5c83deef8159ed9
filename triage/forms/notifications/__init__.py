"""One module per form system: how its notification mails are recognised and read.

Each module has `SYSTEM` (its name), `recognise(email)` and `read(email)`; a hosted platform also has `SENDERS`, the
addresses or domains that its mails come from. `registry` lists them; nothing here decides whether a mail is trusted.
"""
