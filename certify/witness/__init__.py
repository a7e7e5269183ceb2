"""An independent look at certificates just made, by other people's code (pyHanko and PyLD)."""
