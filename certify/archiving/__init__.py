"""Archive timestamps behind issued files: what is due, added and renewed. Issued bytes never change."""
