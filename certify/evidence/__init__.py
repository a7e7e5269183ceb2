"""Evidence of training: scanned sheets and the like, kept by their content."""
