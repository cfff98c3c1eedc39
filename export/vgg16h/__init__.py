"""A VGG16-shaped encoder with a probabilistic head: automatic words for a picture, trained here from nothing."""
