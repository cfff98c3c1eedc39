"""Harmonisation: give a pasted region the light and colour of its surroundings."""
