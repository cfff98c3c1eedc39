"""Noise, JPEG compression and blur: three trainings of one network, each told how strong its damage is."""
