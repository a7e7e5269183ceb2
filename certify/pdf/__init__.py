"""The press: certificate pages as tagged, archival PDF."""
