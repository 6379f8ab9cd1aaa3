"""The model loop: a run's replies of the model and the calls of tools between them, until the answer is complete.

Its state is what is stored of the answer, so that another instance can go on after any step. Uses `runs` and
`conversations`, and tools through `calls`.
"""
