"""Counts over time and their totals go in, bursts and how surprising a growth is come out.

`kleinberg` finds bursts of a term against the total volume, `growth` says how improbable the latest counts are. May use
`series`.
"""
