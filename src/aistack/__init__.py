"""AI Stack: a private AI backend in one Python install."""

__version__ = "0.1.0"
