"""The model API through a running gateway, with real HTTP upstreams and the official clients."""
