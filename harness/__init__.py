"""What tests and benchmarks share: real servers, stand-ins and our own services, started on free ports and stopped.

Plain context managers and classes that give addresses. No test runner is imported here, and nothing here knows a test
or a benchmark. From the bottom up: `processes` and `certificates`; `servers` (of others: PostgreSQL, Redis, Envoy ...);
`standins` (engines that cannot be installed), `sql` (demo schemas and statements), `samples` (documents, models);
`services` (ours, in this process or in one of their own) and `stack` (the whole, by its command); `containers`, and
`acceptance` (what every way of running the stack must do).
"""
