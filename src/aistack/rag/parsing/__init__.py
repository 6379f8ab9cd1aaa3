"""Bytes go in, a document with headings, pages and chunks comes out. Uses no other room of this service."""
