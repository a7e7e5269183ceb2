"""PAdES baseline signatures as pure bytes: CMS codec and byte ranges. Knows no key store."""
