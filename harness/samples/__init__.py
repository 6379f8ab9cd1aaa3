"""Documents in every format, broken ones, and tiny models, all made when they are needed. Uses nothing of the rest."""
