"""Points go in as they come, a regular series goes out, with its seasons, its trend and what was done to the points.

`points` parses, sorts and folds points, `regular` finds the step and puts them on a grid, `seasonality` finds periods,
`decomposition` separates trend, seasons and remainder. `findings` holds what every answer of these rooms carries:
method, quality and statements. `statistics` has the tests and robust measures. Knows no other room.

Modules of these rooms import numpy at their top, so a service imports them in the job that needs them.
"""
