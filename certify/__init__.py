"""certify: from a logged training module to a signed certificate that a scan verifies."""

__version__ = "0.1.0"
