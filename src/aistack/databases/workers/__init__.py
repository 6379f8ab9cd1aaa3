"""workers: processes that run an engine or an export, so that they can be limited and killed.

In come statements; out come rows (`engine_session.py` talks to `engine_worker.py`) or encoded results (`exports.py`
talks to `export_worker.py`). Uses `engines`, in the worker processes only.
"""
