"""What a holder makes public of their own certificates: nothing, until they say so, and nothing again when they say so."""
