"""The practice's mail servers: reading by IMAP, waking on IDLE, handing over by SMTP."""
