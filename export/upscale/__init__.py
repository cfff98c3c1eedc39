"""Super-resolution x2: a compact net for clean pictures."""
