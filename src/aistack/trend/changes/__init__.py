"""Values go in, the points where level or slope changed come out, each with its size and how sure it is.

`segmentation` finds the best divisions of a series by dynamic programming, `change_points` chooses among them. May use
`series`.
"""
