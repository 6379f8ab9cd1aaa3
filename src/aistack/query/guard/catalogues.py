"""What callers with rules may read of the server's own tables: names and types, nothing that tells of hidden rows.

Row counts, sizes, statistics and sequences do. An allow-list: a table, and the columns of it if not all are harmless.
"""

ALL = ""


def _named(words: str, columns: str = ALL) -> dict[str, str]:
    return dict.fromkeys(words.split(), columns)


CLASS = "oid relname relnamespace reltype relowner relkind relnatts relhasindex relpersistence relispartition"
POSTGRES: dict[str, str] = _named(
    """pg_namespace pg_attribute pg_attrdef pg_type pg_constraint pg_index pg_description pg_tables pg_views pg_matviews
    pg_indexes pg_enum pg_proc pg_extension pg_collation pg_partitioned_table pg_inherits pg_trigger pg_language
    pg_operator pg_timezone_names pg_timezone_abbrevs"""
) | {"pg_class": CLASS, "pg_database": "oid datname datdba encoding datcollate datctype"}
SQLITE: dict[str, str] = _named("sqlite_master sqlite_schema", "type name tbl_name sql")
NAMES: dict[str, dict[str, str]] = {
    "postgres": POSTGRES,
    "sqlite": SQLITE,
    "duckdb": _named(
        """duckdb_columns duckdb_constraints duckdb_schemas duckdb_types duckdb_views pg_namespace pg_attribute
        pg_type pg_tables pg_views"""
    )
    | SQLITE
    | {
        "duckdb_tables": "database_name schema_name table_name comment internal temporary has_primary_key column_count "
        "index_count sql",
        "pg_class": "oid relname relnamespace reltype relowner relkind relnatts relhasindex",
    },
}
TABLES = "schemata columns views key_column_usage table_constraints referential_constraints check_constraints"
INFORMATION_SCHEMA: dict[str, dict[str, str]] = {
    "postgres": _named(f"{TABLES} tables constraint_column_usage domains routines triggers"),
    "duckdb": _named(f"{TABLES} tables"),
    "mysql": _named(f"{TABLES} character_sets collations routines triggers")
    | {"tables": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_TYPE ENGINE TABLE_COLLATION TABLE_COMMENT"},
}
SCHEMAS = ("", "pg_catalog", "main", "temp", "system")
FUNCTIONS = frozenset(
    (
        "pg_relation_size", "pg_table_size", "pg_total_relation_size", "found_rows", "row_count", "last_insert_rowid",
        "changes", "total_changes",
    )
)  # fmt: skip


def harmless_columns(name: str, schema: str, dialect: str) -> list[str] | None:
    """The columns of a system table that a caller with rules may read: none listed for all; None if it may not."""
    listed = INFORMATION_SCHEMA if schema.lower() == "information_schema" else NAMES
    if listed is NAMES and schema.lower() not in SCHEMAS:
        return None
    columns = listed.get(dialect, {}).get(name.lower())
    return None if columns is None else columns.split()
