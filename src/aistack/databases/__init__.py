"""databases: sessions on the databases that people connect, whatever their engine.

A session runs one statement at a time within limits, and can be stopped on the server. `target.py` is what is
connected, `session.py` the contract of every engine. The rooms from the top: `pool` (sessions kept open), `workers`
(processes for engines that block, and for exports), `engines` (one module or folder an engine). Whether a statement
may run is checked in `query`; nothing here relies on that check.
"""
