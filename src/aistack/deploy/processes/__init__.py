"""The stack as processes of this machine: started, stopped, watched, reloaded.

A stack comes in; processes run, and their state, status and reload reports go out. Uses `entrypoints`, `rendering`
(supervisord's configuration) and the settings and instances of `deploy`.
"""
