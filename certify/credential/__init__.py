"""The award as an Open Badges 3.0 verifiable credential: pure codecs."""
