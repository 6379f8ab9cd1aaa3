"""Uploads, URLs and watched folders go in, searchable documents come out.

A file passes `uploads`, `fetcher` or `sources`, then `document_writer`, `job_queue`, `ingest`, and `parse_pool` with
its processes. May use `parsing`, `graph` and `indexes`.
"""
