"""Global tone and colour of a photo: the network behind `enhance relight`."""
