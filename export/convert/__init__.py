"""Measures of the convert menu, whose methods are classical: there is nothing to train."""
