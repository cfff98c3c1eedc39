"""A judge of pictures, for measuring only: no network is trained, and no picture chosen, by what it says."""
