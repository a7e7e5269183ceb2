"""Reads strangers' files in a process that can be killed: whatever a file does, the service goes on."""
