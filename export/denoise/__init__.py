"""Noise removal with a known or estimated noise level."""
