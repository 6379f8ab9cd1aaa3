"""An S3 server (moto's) in a thread of this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.processes import free_port


@contextmanager
def s3(bucket: str) -> Iterator[str]:
    """The URL of its endpoint; the bucket is there, any key opens it."""
    import boto3
    from moto.server import ThreadedMotoServer

    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=endpoint, **keys).create_bucket(Bucket=bucket)
    try:
        yield endpoint
    finally:
        server.stop()
