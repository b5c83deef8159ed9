"""What did they fill in? Contact-form submissions from notification mails and exported files."""
