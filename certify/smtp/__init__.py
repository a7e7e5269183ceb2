"""Mail servers over SMTP (adapter)."""
