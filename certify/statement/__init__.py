"""The signed statement in the QR code: what a certificate says, in few enough bytes to be scanned (docs/offline-qr.md)."""
