"""What masks show of a column, in each dialect's SQL: a keyed hash, the last characters, or nothing.

The hash is HMAC-SHA-256 (RFC 2104), written with the server's own SHA-256: SHA256(outer || SHA256(inner || text)). The
two blocks are derived from the key here, so the key itself is not sent.
"""

import hashlib
import hmac

from aistack.connection.rules.model import Mask

TAIL = 4  # characters that a partial mask shows
BLOCK_BYTES = 64
KEY_PURPOSE = b"aistack-mask:"
MASK_SQL: dict[str, dict[str, str]] = {
    "postgres": {
        "text": "CAST({0} AS TEXT)", "length": "LENGTH", "tail": "'****' || RIGHT({0}, {1})",
        "hash": "encode(sha256(decode('{outer}', 'hex') || sha256(decode('{inner}', 'hex') || "
        "convert_to({text}, 'UTF8'))), 'hex')",
    },
    "duckdb": {
        "text": "CAST({0} AS TEXT)", "length": "LENGTH", "tail": "'****' || RIGHT({0}, {1})",
        "hash": "sha256(from_hex('{outer}') || from_hex(sha256(from_hex('{inner}') || encode({text}))))",
    },
    "mysql": {
        "text": "CAST({0} AS CHAR)", "length": "LENGTH", "tail": "CONCAT('****', RIGHT({0}, {1}))",
        "hash": "SHA2(CONCAT(UNHEX('{outer}'), UNHEX(SHA2(CONCAT(UNHEX('{inner}'), "
        "CONVERT({text} USING utf8mb4)), 256))), 256)",
    },
    "sqlite": {
        "text": "CAST({0} AS TEXT)", "length": "LENGTH", "tail": "'****' || SUBSTR({0}, -{1})",
        "hash": "aistack_hash({text}, '{inner}', '{outer}')",
    },
    "tsql": {
        "text": "CAST({0} AS NVARCHAR(4000))", "length": "LEN", "tail": "CONCAT('****', RIGHT({0}, {1}))",
        "hash": "CONVERT(VARCHAR(64), HASHBYTES('SHA2_256', 0x{outer} + HASHBYTES('SHA2_256', 0x{inner} + "
        "CONVERT(VARBINARY(8000), {text}))), 2)",
    },
    "oracle": {
        "text": "TO_CHAR({0})", "length": "LENGTH", "tail": "'****' || SUBSTR({0}, -{1})",
        "hash": "RAWTOHEX(STANDARD_HASH(UTL_RAW.CONCAT(HEXTORAW('{outer}'), STANDARD_HASH(UTL_RAW.CONCAT("
        "HEXTORAW('{inner}'), UTL_RAW.CAST_TO_RAW({text})), 'SHA256')), 'SHA256'))",
    },
    "clickhouse": {
        "text": "toString({0})", "length": "LENGTH", "tail": "concat('****', right({0}, {1}))",
        "hash": "lower(hex(SHA256(concat(unhex('{outer}'), SHA256(concat(unhex('{inner}'), {text}))))))",
    },
    "snowflake": {
        "text": "TO_VARCHAR({0})", "length": "LENGTH", "tail": "'****' || RIGHT({0}, {1})",
        "hash": "SHA2_HEX(TO_BINARY('{outer}', 'HEX') || SHA2_BINARY(TO_BINARY('{inner}', 'HEX') || "
        "TO_BINARY({text}, 'UTF-8')))",
    },
    "bigquery": {
        "text": "CAST({0} AS STRING)", "length": "LENGTH", "tail": "CONCAT('****', RIGHT({0}, {1}))",
        "hash": "TO_HEX(SHA256(CONCAT(FROM_HEX('{outer}'), SHA256(CONCAT(FROM_HEX('{inner}'), "
        "CAST({text} AS BYTES))))))",
    },
}  # fmt: skip


def masked_value(column: str, mask: Mask, dialect: str, key: bytes) -> str:
    """The expression that replaces a column. `column` is its quoted name."""
    words = MASK_SQL[dialect]
    text = words["text"].format(column)
    if mask.how == "null":  # with the column's type, so that comparisons still work
        return "NULL" if dialect == "sqlite" else f"CASE WHEN 1 = 0 THEN {column} END"
    if mask.how == "hash":
        padded = key.ljust(BLOCK_BYTES, b"\0")
        inner, outer = (bytes(one ^ pad for one in padded).hex() for pad in (0x36, 0x5C))
        shown = words["hash"].format(text=text, inner=inner, outer=outer)
    else:
        tail = words["tail"].format(text, TAIL)
        shown = f"CASE WHEN {words['length']}({text}) > {2 * TAIL} THEN {tail} ELSE '****' END"
    return f"CASE WHEN {column} IS NULL THEN NULL ELSE {shown} END"


def mask_key(secret: bytes, connection_id: str) -> bytes:
    """The key of a connection's hashes, 32 bytes: whoever reads one database's statements learns no other's."""
    return hmac.new(secret, KEY_PURPOSE + connection_id.encode(), hashlib.sha256).digest()
