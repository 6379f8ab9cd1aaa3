"""engines: one module or folder for each database engine. In come statements and values; out come rows and schemas.

PostgreSQL, MySQL, MongoDB and Redis have asynchronous drivers and implement `session.Session`. The others block and
implement `blocking.BlockingEngine`; they run in a worker process. Uses no other room.
"""
