"""pool: sessions that are kept open, opened through SSH tunnels where a target asks for one.

In comes a target; out comes a session for exclusive use. Uses `engines` and `workers`.
"""
