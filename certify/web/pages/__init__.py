"""Pages for people, one module for each kind of person."""
