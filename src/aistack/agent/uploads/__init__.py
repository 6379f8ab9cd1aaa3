"""Files that people send: received in pieces, inspected in a process of their own, and kept in the file store.

Bytes come in; a row says what they are, whose they are and where they lie. Uses `conversations` for the sessions that a
file is attached in. What a file says is read by `reading`.
"""
