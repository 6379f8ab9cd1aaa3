"""Statements that must not get through, by engine and by what they try. ⏎ stands for a line's end, ␍ for a return.

`{file}`, `{out}` and `{port}` are a canary file, a file that must not come to be, and a port where somebody listens;
`canary` is a table that must stay as it is.
"""

POSTGRES = {
    "several statements": """
        SELECT 1; DROP TABLE canary
        SELECT 1; DELETE FROM canary; SELECT 2
        COMMIT; DROP TABLE canary
        ROLLBACK; UPDATE canary SET word = 'gone'
        END; INSERT INTO canary VALUES (9, 'x')
        SELECT 1;;DROP TABLE canary;
        BEGIN; SELECT 1; COMMIT
        ABORT; DROP TABLE canary
    """,
    "writes": """
        INSERT INTO canary VALUES (9, 'x')
        UPDATE canary SET word = 'gone'
        DELETE FROM canary
        TRUNCATE canary
        DROP TABLE canary
        CREATE TABLE mine (x int)
        CREATE TABLE mine AS SELECT * FROM canary
        ALTER TABLE canary ADD COLUMN x int
        MERGE INTO canary c USING canary d ON c.id = d.id WHEN MATCHED THEN DELETE
        CREATE VIEW v AS SELECT 1
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'
        CREATE EXTENSION dblink
        GRANT ALL ON canary TO public
        VACUUM canary
        REFRESH MATERIALIZED VIEW v
        COMMENT ON TABLE canary IS 'x'
        CREATE INDEX i ON canary (id)
        CREATE SCHEMA s
        REASSIGN OWNED BY tester TO postgres
        CLUSTER canary
        REINDEX TABLE canary
    """,
    "writes inside reads": """
        WITH x AS (DELETE FROM canary RETURNING *) SELECT * FROM x
        WITH x AS (INSERT INTO canary VALUES (9, 'x') RETURNING id) SELECT * FROM x
        WITH x AS (UPDATE canary SET word = 'gone' RETURNING id) SELECT count(*) FROM x
        SELECT * INTO mine FROM canary
        SELECT id INTO TEMP mine FROM canary
        SELECT * FROM canary FOR UPDATE
        SELECT * FROM canary FOR NO KEY UPDATE SKIP LOCKED
        SELECT nextval('canary_seq')
        SELECT setval('canary_seq', 1000)
        SELECT lo_create(4711)
        SELECT lo_from_bytea(0, 'x')
        SELECT lo_unlink(1)
        EXPLAIN ANALYZE DELETE FROM canary
        EXPLAIN (ANALYZE) UPDATE canary SET word = 'gone'
        TABLE canary; DELETE FROM canary
    """,
    "files": """
        COPY canary TO '{out}'
        COPY canary FROM '{file}'
        COPY (SELECT 1) TO '{out}'
        SELECT pg_read_file('{file}')
        SELECT pg_catalog.pg_read_file('{file}')
        SELECT "pg_read_file"('{file}')
        SELECT pg_read_binary_file('{file}')
        SELECT * FROM pg_ls_dir('/etc')
        SELECT * FROM pg_ls_waldir()
        SELECT pg_stat_file('{file}')
        SELECT lo_import('{file}')
        SELECT lo_export(1, '{out}')
        SELECT * FROM pg_file_settings
        SELECT * FROM pg_hba_file_rules
        SELECT pg_file_write('{out}', 'x', false)
        SELECT xmlparse(document '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>') FROM pg_read_file('{file}')
        SELECT pg_current_logfile(), pg_read_file(pg_current_logfile())
        LOAD '{file}'
    """,
    "programs and network": """
        COPY canary TO PROGRAM 'touch {out}'
        COPY (SELECT 1) TO PROGRAM 'curl http://127.0.0.1:{port}/'
        COPY canary FROM PROGRAM 'cat {file}'
        SELECT dblink('host=127.0.0.1 port={port}', 'SELECT 1')
        SELECT * FROM dblink_connect('host=127.0.0.1 port={port}')
        SELECT dblink_exec('host=127.0.0.1 port={port}', 'DROP TABLE canary')
        DO $$ BEGIN EXECUTE 'DROP TABLE canary'; END $$
        CALL evil()
        SELECT pg_notify('x', 'y')
        NOTIFY x, 'y'
        LISTEN x
        CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port={port}' PUBLICATION p
        CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}')
        IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public
    """,
    "SQL inside text": """
        SELECT query_to_xml('DELETE FROM canary', true, true, '')
        SELECT query_to_xml('SELECT pg_read_file(''{file}'')', true, true, '')
        SELECT database_to_xml(true, true, '')
        SELECT table_to_xml('canary', true, true, '')
        SELECT cursor_to_xml('c', 1, true, true, '')
        SELECT ts_rewrite('a'::tsquery, 'SELECT pg_read_file(''{file}'')::tsquery, ''a''::tsquery')
        SELECT * FROM ts_stat('SELECT to_tsvector(pg_read_file(''{file}''))')
        EXECUTE evil
        PREPARE evil AS DROP TABLE canary
        DECLARE c CURSOR FOR SELECT 1
        FETCH ALL FROM c
    """,
    "session and server": """
        SET default_transaction_read_only = off
        SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
        SET TRANSACTION READ WRITE
        RESET ALL
        DISCARD ALL
        SELECT set_config('transaction_read_only', 'off', false)
        SELECT pg_catalog.set_config('statement_timeout', '0', false)
        SELECT pg_terminate_backend(1)
        SELECT pg_cancel_backend(1)
        SELECT pg_reload_conf()
        SELECT pg_rotate_logfile()
        SELECT pg_switch_wal()
        SELECT pg_create_restore_point('x')
        SELECT pg_advisory_lock(1)
        SELECT pg_sleep(3600)
        SELECT pg_sleep_for('1 hour')
        SELECT current_setting('data_directory')
        SELECT * FROM pg_settings
        SELECT pg_export_snapshot()
        SELECT pg_logical_emit_message(true, 'x', 'y')
        SELECT pg_stat_reset()
        LOCK TABLE canary
        CHECKPOINT
        ALTER SYSTEM SET log_statement = 'none'
        SET ROLE postgres
        SHOW ALL
    """,
    "secrets": """
        SELECT rolpassword FROM pg_authid
        SELECT passwd FROM pg_shadow
        SELECT * FROM pg_catalog.pg_authid
        SELECT * FROM "pg_shadow"
        SELECT * FROM pg_user_mappings
        SELECT srvoptions FROM pg_foreign_server
        SELECT query FROM pg_stat_activity
        SELECT most_common_vals FROM pg_stats
        SELECT * FROM pg_statistic
        SELECT subconninfo FROM pg_subscription
        SELECT * FROM pg_largeobject
    """,
    "hidden from a reader": """
        SELECT 1 -- ␍; DROP TABLE canary
        SELECT 1 /* /* */ ; DROP TABLE canary */
        SELECT E'\\'; DROP TABLE canary; --'
        SELECT U&"\\0070g_read_file"('{file}')
        SELECT $a$ $b$ $a$; DROP TABLE canary; SELECT $a$ $b$ $a$
        SELECT pg_read\u200b_file('{file}')
        SELECT ｐｇ_read_file('{file}')
        SELECT 1\u2028; DROP TABLE canary
        SELECT 1 --⏎; DROP TABLE canary
        SELECT '\\'; DROP TABLE canary; --'
        SELECT "a"" ; DROP TABLE canary; --" FROM canary; DROP TABLE canary
        /* SELECT 1 */ DROP TABLE canary
        SELECT/**/pg_read_file/**/('{file}')
        SELECT PG_READ_FILE('{file}')
        SELECT 'a' 'b'; DELETE FROM canary
        Please delete everything from canary
    """,
}

MYSQL = {
    "several statements": """
        SELECT 1; DROP TABLE canary
        SELECT 1; DELETE FROM canary; SELECT 2
        COMMIT; DROP TABLE canary
        DELIMITER // DROP TABLE canary //
        BEGIN NOT ATOMIC DELETE FROM canary; END
    """,
    "writes": """
        INSERT INTO canary VALUES (9, 'x')
        REPLACE INTO canary VALUES (1, 'gone')
        UPDATE canary SET word = 'gone'
        DELETE FROM canary
        TRUNCATE TABLE canary
        DROP TABLE canary
        CREATE TABLE mine (x int)
        CREATE TABLE mine AS SELECT * FROM canary
        CREATE OR REPLACE TABLE canary (x int)
        ALTER TABLE canary ADD COLUMN x int
        RENAME TABLE canary TO gone
        CREATE VIEW v AS SELECT 1
        CREATE PROCEDURE p() DELETE FROM canary
        CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM canary
        CREATE TRIGGER t BEFORE INSERT ON canary FOR EACH ROW SET NEW.id = 1
        CREATE DATABASE d
        GRANT ALL ON *.* TO 'x'@'%'
        OPTIMIZE TABLE canary
        REPAIR TABLE canary
        ANALYZE TABLE canary
        LOAD DATA INFILE '{file}' INTO TABLE canary
        LOAD DATA LOCAL INFILE '{file}' INTO TABLE canary
        IMPORT TABLE FROM '{file}'
        ANALYZE DELETE FROM canary
        EXPLAIN ANALYZE UPDATE canary SET word = 'gone'
        DELETE canary FROM canary JOIN canary c ON c.id = canary.id
        DO SLEEP(3600)
        HANDLER canary OPEN
        CREATE SEQUENCE s
    """,
    "files": """
        SELECT * FROM canary INTO OUTFILE '{out}'
        SELECT * INTO OUTFILE '{out}' FROM canary
        SELECT 'x' INTO DUMPFILE '{out}'
        SELECT LOAD_FILE('{file}')
        SELECT load_file(0x2f6574632f706173737764)
        SELECT `load_file`('{file}')
        SELECT LOAD_FILE ('{file}')
        SELECT * FROM canary WHERE id = LOAD_FILE('{file}')
        SELECT id INTO @a FROM canary
        INSTALL SONAME 'file_key_management'
        CREATE FUNCTION sys_exec RETURNS int SONAME 'udf.so'
        SELECT sys_exec('touch {out}')
        SELECT sys_eval('cat {file}')
        CREATE TABLE mine ENGINE=CONNECT TABLE_TYPE=CSV FILE_NAME='{file}'
        CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1', PORT {port})
        CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}
        SELECT extractvalue(1, concat(0x7e, LOAD_FILE('{file}')))
    """,
    "session and server": """
        SET GLOBAL general_log = 'ON'
        SET SESSION TRANSACTION READ WRITE
        SET max_statement_time = 0
        SET @a = 1
        SELECT @a := 1
        SELECT @@global.secure_file_priv
        SELECT @a
        SELECT SLEEP(3600)
        SELECT BENCHMARK(1000000000, MD5('x'))
        SELECT GET_LOCK('x', 3600)
        SELECT RELEASE_ALL_LOCKS()
        SELECT MASTER_POS_WAIT('x', 1)
        SELECT * FROM canary FOR UPDATE
        SELECT * FROM canary LOCK IN SHARE MODE
        SELECT NEXT VALUE FOR s
        SELECT NEXTVAL(s)
        SELECT LAST_INSERT_ID(7)
        KILL 1
        KILL QUERY 1
        SHUTDOWN
        FLUSH TABLES
        RESET MASTER
        LOCK TABLES canary WRITE
        USE mysql
        SHOW GRANTS
        SHOW VARIABLES
        EXECUTE IMMEDIATE 'DROP TABLE canary'
        PREPARE p FROM 'DROP TABLE canary'
        CALL mysql.AddGeometryColumn('a', 'b', 'c', 'd', 1)
        BINLOG 'x'
        SET STATEMENT max_statement_time=0 FOR SELECT SLEEP(3600)
        SET PASSWORD = ''
    """,
    "secrets": """
        SELECT * FROM mysql.user
        SELECT authentication_string FROM mysql.global_priv
        SELECT * FROM `mysql`.`user`
        SELECT * FROM MYSQL.USER
        SELECT * FROM performance_schema.threads
        SELECT * FROM sys.processlist
        SELECT (SELECT Password FROM mysql.user LIMIT 1)
        TABLE mysql.user
    """,
    "hidden from a reader": """
        SELECT 1 /*! INTO OUTFILE '{out}' */
        SELECT 1 /*!50000 INTO OUTFILE '{out}' */
        SELECT 1 /*M! INTO OUTFILE '{out}' */
        /*! DELETE FROM canary */
        SELECT /*+ SET_VAR(max_statement_time=0) */ 1
        SELECT 'a\\\\'; DELETE FROM canary; -- '
        SELECT 1 --␍; DROP TABLE canary
        SELECT 1--1; DROP TABLE canary
        SELECT 1 # ␍; DROP TABLE canary
        SELECT '\\'' ; DROP TABLE canary; -- '
        SELECT 1 /* /* */ ; DROP TABLE canary /* */
        SELECT "a\\" ; DROP TABLE canary; -- "
        SELECT `a``; DROP TABLE canary; -- `; DROP TABLE canary
        SELECT LOAD_FILE/**/('{file}')
        SELECT LOAD_FILE--⏎('{file}')
        SELECT 1 UNION SELECT LOAD_FILE('{file}')
        SELECT * FROM canary PROCEDURE ANALYSE(1, 1)
    """,
}

SQLITE = {
    "several statements": """
        SELECT 1; DROP TABLE canary
        SELECT 1; ATTACH '{out}' AS x
        COMMIT; DELETE FROM canary
        SELECT 1;DELETE FROM canary;
    """,
    "writes": """
        INSERT INTO canary VALUES (9, 'x')
        INSERT OR REPLACE INTO canary VALUES (1, 'gone')
        REPLACE INTO canary VALUES (1, 'gone')
        UPDATE canary SET word = 'gone'
        DELETE FROM canary
        DROP TABLE canary
        CREATE TABLE mine (x)
        CREATE TEMP TABLE mine AS SELECT 1
        CREATE VIRTUAL TABLE v USING fts5(x)
        CREATE TRIGGER t AFTER INSERT ON canary BEGIN DELETE FROM canary; END
        ALTER TABLE canary RENAME TO gone
        REINDEX
        ANALYZE
        WITH x AS (SELECT 1) DELETE FROM canary
        WITH x AS (SELECT 1) INSERT INTO canary SELECT 9, 'x'
        EXPLAIN DELETE FROM canary
        SAVEPOINT s
    """,
    "files": """
        ATTACH DATABASE '{out}' AS x
        ATTACH '{file}' AS x
        ATTACH 'file:{out}?mode=rwc' AS x
        DETACH main
        VACUUM INTO '{out}'
        VACUUM
        SELECT load_extension('{file}')
        SELECT writefile('{out}', 'x')
        SELECT readfile('{file}')
        SELECT edit('x', 'touch {out}')
        SELECT * FROM fsdir('/etc')
        SELECT fts3_tokenizer('simple', x'0000')
        CREATE VIRTUAL TABLE c USING csv(filename='{file}')
        SELECT * FROM zipfile('{file}')
    """,
    "session": """
        PRAGMA query_only = OFF
        PRAGMA journal_mode = DELETE
        PRAGMA writable_schema = ON
        PRAGMA user_version = 7
        PRAGMA trusted_schema = ON
        PRAGMA temp_store_directory = '/tmp'
        SELECT * FROM pragma_database_list
        SELECT * FROM pragma_table_info('canary')
        SELECT * FROM pragma_query_only(0)
        BEGIN EXCLUSIVE
        SELECT * FROM sqlite_dbpage
        SELECT * FROM dbstat
        SELECT sqlite_compileoption_get(1)
        SELECT * FROM bytecode('DELETE FROM canary')
    """,
    "hidden from a reader": """
        SELECT 1 /* ; DROP TABLE canary
        SELECT [a]; DROP TABLE canary; --]
        SELECT 'a\\'; DROP TABLE canary; --'
        SELECT 1 -- ␍; DROP TABLE canary⏎; DROP TABLE canary
        SELECT "load_extension"('{file}')
        SELECT load_extension/**/('{file}')
        SELECT `load_extension`('{file}')
        SELECT [load_extension]('{file}')
        SELECT 1 /* /* */ ; DELETE FROM canary -- */
    """,
}

DUCKDB = {
    "several statements": """
        SELECT 1; DROP TABLE canary
        SELECT 1; COPY canary TO '{out}'
        COMMIT; DELETE FROM canary
    """,
    "writes": """
        INSERT INTO canary VALUES (9, 'x')
        UPDATE canary SET word = 'gone'
        DELETE FROM canary
        TRUNCATE canary
        DROP TABLE canary
        CREATE TABLE mine AS SELECT 1
        CREATE TEMP TABLE mine AS FROM canary
        CREATE MACRO m() AS 1
        CREATE SECRET s (TYPE s3)
        ALTER TABLE canary ADD COLUMN x int
        MERGE INTO canary USING canary AS d ON canary.id = d.id WHEN MATCHED THEN DELETE
        WITH x AS (DELETE FROM canary RETURNING *) SELECT * FROM x
        CHECKPOINT
        VACUUM
        SELECT nextval('canary_seq')
        EXPLAIN ANALYZE DELETE FROM canary
        PREPARE p AS DELETE FROM canary
        EXECUTE p
    """,
    "files": """
        SELECT * FROM read_csv('{file}')
        SELECT * FROM read_csv_auto('{file}')
        SELECT * FROM read_text('{file}')
        SELECT * FROM read_blob('{file}')
        SELECT * FROM read_json('{file}')
        SELECT * FROM read_ndjson_objects('{file}')
        SELECT * FROM read_parquet('{file}')
        SELECT * FROM parquet_scan('{file}')
        SELECT * FROM parquet_metadata('{file}')
        SELECT * FROM sniff_csv('{file}')
        SELECT * FROM glob('/etc/*')
        SELECT * FROM '{file}'
        SELECT * FROM "{file}"
        FROM '{file}'
        FROM '/etc/passwd.csv'
        SELECT * FROM 'https://127.0.0.1:{port}/x.parquet'
        COPY canary TO '{out}'
        COPY (SELECT 1) TO '{out}' (FORMAT csv)
        COPY canary FROM '{file}'
        EXPORT DATABASE '{out}'
        IMPORT DATABASE '{file}'
        ATTACH '{out}' AS x
        ATTACH '{file}' AS x (READ_ONLY)
        ATTACH 'host=127.0.0.1 port={port}' AS x (TYPE postgres)
        SELECT * FROM sqlite_scan('{file}', 't')
        SELECT * FROM postgres_scan('host=127.0.0.1 port={port}', 'a', 'b')
        SELECT * FROM read_xlsx('{file}')
        SELECT * FROM st_read('{file}')
        USE x
    """,
    "session": """
        SET enable_external_access = true
        SET lock_configuration = false
        SET memory_limit = '1TB'
        RESET memory_limit
        PRAGMA database_list
        PRAGMA enable_profiling
        INSTALL httpfs
        LOAD httpfs
        FORCE INSTALL spatial
        CALL pragma_version()
        SELECT * FROM duckdb_secrets()
        SELECT * FROM duckdb_settings()
        SELECT current_setting('home_directory')
        SELECT getenv('HOME')
        SELECT * FROM which_secret('s3://x', 's3')
        SELECT getvariable('x')
        SET VARIABLE x = 1
        SELECT sleep_ms(3600000)
    """,
    "SQL inside text": """
        SELECT * FROM query('DELETE FROM canary')
        SELECT * FROM query_table('canary')
        SELECT json_serialize_sql('SELECT 1'), json_deserialize_sql('x')
        SELECT * FROM json_execute_serialized_sql('x')
        FROM query('SELECT * FROM read_text(''{file}'')')
        SELECT write_log('x')
    """,
    "hidden from a reader": """
        SELECT 1 -- ␍; DROP TABLE canary
        SELECT 1 /* /* */ ; DROP TABLE canary */
        SELECT $$ $$; DROP TABLE canary; SELECT $$ $$
        SELECT * FROM READ_TEXT('{file}')
        SELECT * FROM "read_text"('{file}')
        SELECT * FROM main.read_text('{file}')
        SELECT * FROM system.main.read_text('{file}')
        SELECT * FROM read_text/**/('{file}')
        SELECT (SELECT content FROM read_text('{file}'))
        WITH x AS (FROM read_text('{file}')) FROM x
        SELECT E'\\'; DROP TABLE canary; --'
    """,
}


def _statements(group: str) -> list[str]:
    lines = [line.strip() for line in group.strip().split("\n")]
    return [line.replace("⏎", "\n").replace("␍", "\r") for line in lines if line]


HOSTILE: dict[str, list[tuple[str, str]]] = {
    engine: [(kind, statement) for kind, group in groups.items() for statement in _statements(group)]
    for engine, groups in {"postgres": POSTGRES, "mysql": MYSQL, "sqlite": SQLITE, "duckdb": DUCKDB}.items()
}
