"""From a granted decision to stored, signed bytes: prepare, then issue."""
