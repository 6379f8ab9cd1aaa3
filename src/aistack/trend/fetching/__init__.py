"""Reading sources politely: what may be fetched, when, how often, and what a response means for the next time.

In goes a source's address with its validators; out comes a response, or the reason why there is none and how long to
wait. Uses no other room.
"""
