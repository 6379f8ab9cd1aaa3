"""A Docker engine of our own, images from a base made on the spot, a machine with systemd. Uses `processes`."""
