"""From bytes to items: feeds (RSS, Atom, JSON Feed), pages with a CSS selector, sitemaps, and the dates in all of them.

In come the bytes of a response and its content type; out come items with a title, a text, a URL and a time. It runs in
a process of its own, because what it reads is untrusted. Uses no other room.
"""
