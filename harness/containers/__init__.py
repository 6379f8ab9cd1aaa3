"""A Docker engine of our own, images on a base that is made here, a machine with systemd. Uses `processes`."""
