"""The rules: who may be certified, what is missing, and how to close it."""
