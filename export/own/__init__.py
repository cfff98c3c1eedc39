"""A restoration network of one's own; export/README.md walks through it."""
