"""Reports: what happened in a window, findings first, with evidence, charts, tables, method and limits.

In come topics and documents; out come contents that are kept, compared and rendered as HTML and Markdown.
"""
