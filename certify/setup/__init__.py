"""The first run of an empty installation: who may set it up, and when that is over."""
