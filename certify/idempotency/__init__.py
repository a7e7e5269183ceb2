"""The same request sent twice is done once: keys that callers draw, and the answers kept under them."""
