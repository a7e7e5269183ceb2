"""A person's rights in what is known of them: a copy of all of it, and the end of their account (GDPR, 15, 17, 20)."""
