"""Seamless pasting has no network; its scenes and measures are here."""
