"""Morphing has no network; its scenes and measures are here."""
