"""Colours for grey photos: the network behind `enhance colorize`."""
