"""Who wrote this? Joins an email to its contact-form submission, with evidence a person can check. Pure."""
