"""Keys: the local certification authority, the encrypted store, the permitted algorithms."""
