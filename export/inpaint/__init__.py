"""Filling a selection: the structure network, its masks, its training and its table."""
