"""What may pass, and where to: limits, deadlines, retries, circuit breakers, outlier detection, load balancing, CORS.

What a policy needs of a request or a service comes in as a small protocol; a decision or a local reply goes out. Uses
`http1`.
"""
