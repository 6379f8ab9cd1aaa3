"""The web page: static files, no build step, served by the gateway at `/`."""
