"""Where an installation's processes remember what they found of files."""
