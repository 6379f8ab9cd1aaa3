"""Request ids that clients send."""

from aistack.gateway.telemetry.request_ids import kept_or_new_request_id


def test_a_request_id_that_could_forge_log_lines_is_replaced():
    assert kept_or_new_request_id(b"abc-1") == b"abc-1"
    for bad in (b"", b"a b", b"a\nb", b'"', b"x" * 200):
        assert kept_or_new_request_id(bad) != bad
