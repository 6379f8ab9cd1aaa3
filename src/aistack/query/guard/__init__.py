"""guard: decides what a statement may do before it runs.

In comes the text of a statement and its dialect; out comes the checked statement (`statement_check.py`) with masks and
row filters applied (`masking.py`) and its parameters bound (`parameters.py`), or `Refused`. Uses no other room.
"""
