"""Taking in files and URLs: guarded, checked, hashed and kept; fal's addresses and TLS."""
