"""From the bytes of a file to text with structure, a module for each family of formats.

All of this runs in the parsing process, never in the service. What cannot be read raises CannotParse with a reason for
the person who uploaded it.
"""
