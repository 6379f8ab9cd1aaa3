"""What people prove who they are with, and how often they may try."""
