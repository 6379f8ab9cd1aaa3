"""Queries that must run although they look like something else, by engine, on the tables of `shop.py`."""

import re

EVERYWHERE = """
    SELECT 1
    SELECT 1;
    select * from orders
    SELECT * FROM orders -- all of them
    SELECT * FROM orders /* every one; even DROP TABLE orders */
    -- first a remark: DELETE FROM orders⏎SELECT count(*) FROM orders
    SELECT 'DROP TABLE orders' AS words
    SELECT 'it''s; DELETE FROM orders' AS words
    SELECT 'a -- b' AS words
    SELECT '/* not a comment */' AS words
    SELECT '-- neither' AS words, 2 AS two
    SELECT ';' AS semicolon
    SELECT status AS "update" FROM orders
    SELECT status AS delete_flag, id AS insert_order FROM orders
    SELECT count(*) AS "drop" FROM orders
    SELECT id FROM orders WHERE note = 'please update the address; delete the old one'
    SELECT id FROM orders WHERE note LIKE '%DROP%'
    SELECT id FROM orders WHERE note LIKE '%;%' OR note LIKE '%--%'
    SELECT upper(note) FROM orders WHERE note IS NOT NULL
    SELECT replace(note, 'insert', 'update') FROM orders
    SELECT c.name, count(*) AS n FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name ORDER BY n DESC LIMIT 5
    SELECT customer_id, sum(total) FROM orders GROUP BY customer_id HAVING sum(total) > 100
    SELECT * FROM orders WHERE total BETWEEN 10 AND 20
    SELECT * FROM orders WHERE status IN ('paid', 'shipped')
    SELECT * FROM orders WHERE status NOT IN (SELECT status FROM orders WHERE total < 0)
    SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id)
    SELECT CASE WHEN total > 100 THEN 'large' WHEN total > 10 THEN 'middling' ELSE 'small' END AS size FROM orders
    WITH big AS (SELECT * FROM orders WHERE total > 50) SELECT count(*) FROM big
    WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b
    WITH deleted AS (SELECT id FROM orders WHERE status = 'deleted') SELECT * FROM deleted
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT sum(i) FROM n
    SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY total DESC) AS place FROM orders
    SELECT id, sum(total) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS running FROM orders
    SELECT id, lag(total) OVER (ORDER BY id), lead(total) OVER (ORDER BY id) FROM orders
    SELECT id, first_value(total) OVER (PARTITION BY status ORDER BY id) FROM orders
    SELECT id, ntile(4) OVER (ORDER BY total), rank() OVER (ORDER BY total), dense_rank() OVER (ORDER BY total) FROM orders
    SELECT id FROM orders UNION SELECT id FROM customers
    SELECT id FROM orders UNION ALL SELECT id FROM customers ORDER BY 1 LIMIT 3
    SELECT id FROM orders INTERSECT SELECT id FROM customers
    SELECT id FROM orders EXCEPT SELECT id FROM customers
    (SELECT id FROM orders) UNION (SELECT id FROM customers)
    SELECT * FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) AS t WHERE n > 1
    SELECT coalesce(note, 'none'), nullif(status, 'paid') FROM orders
    SELECT abs(-1), round(2.567, 1), mod(7, 3), length('x'), lower('X')
    SELECT avg(total), min(total), max(total), count(DISTINCT status) FROM orders
    SELECT a.id, b.id FROM orders a LEFT JOIN orders b ON b.id = a.id + 1
    SELECT * FROM orders CROSS JOIN customers LIMIT 2
    SELECT * FROM orders ORDER BY total DESC, id ASC LIMIT 10 OFFSET 2
    SELECT DISTINCT status FROM orders
    SELECT -total, +total, total * 2, total / 2, total - 1 FROM orders
    SELECT NOT (1 = 2), 1 <> 2, 1 <= 2 AND 2 >= 1
    SELECT cast(total AS integer) FROM orders WHERE 1 = 2
    SELECT substr(status, 1, 2), trim(status) FROM orders
    SELECT 'héllo wörld', '你好；删除表', 'emoji 🎉', 'عربي'
    SELECT name FROM customers WHERE name = '李雷'
    SELECT c.name AS 客户, sum(o.total) AS 总额 FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name
    SELECT 1 AS "a ""quoted"" name"
    SELECT count(*) FROM orders WHERE customer_id IS NULL
    SELECT 1 WHERE 1 = 1
    SELECT "grant", "select" FROM reserved_words
    SELECT "insert into" FROM reserved_words
    SELECT r."order" FROM reserved_words r WHERE r."order" > 0
    SELECT exp(1), ln(2), sqrt(4), power(2, 3), sign(-3)
    SELECT current_date, current_timestamp
"""

POSTGRES = """
    SELECT E'it\\'s' AS words
    SELECT $$DROP TABLE orders; --$$ AS words
    SELECT $x$a $$ b$x$ AS words
    SELECT 1 /* outer /* inner */ still outer; DROP TABLE orders */
    SELECT total::numeric(10, 2), id::text || '!' FROM orders
    SELECT date_trunc('month', created_at) AS month, sum(total) FROM orders GROUP BY 1 ORDER BY 1
    SELECT extract(year FROM created_at), extract(dow FROM created_at) FROM orders
    SELECT created_at + interval '1 day', age(created_at), now() - created_at FROM orders
    SELECT to_char(created_at, 'YYYY-MM-DD') FROM orders
    SELECT created_at AT TIME ZONE 'UTC' FROM orders
    SELECT string_agg(status, ', ' ORDER BY status) FROM orders
    SELECT array_agg(id ORDER BY id) FROM orders
    SELECT count(*) FILTER (WHERE status = 'paid') FROM orders
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders
    SELECT DISTINCT ON (customer_id) customer_id, total FROM orders ORDER BY customer_id, total DESC
    SELECT * FROM generate_series(1, 5) AS g(n)
    SELECT * FROM generate_series('2024-01-01'::date, '2024-01-05', '1 day') d
    SELECT * FROM orders WHERE note ~* 'update|delete'
    SELECT * FROM orders WHERE note ILIKE '%drop%' AND note !~ '^x'
    SELECT * FROM orders WHERE status = ANY (ARRAY['paid', 'new'])
    SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(id, name)
    VALUES (1, 'a'), (2, 'b')
    SELECT '{"a": [1, 2]}'::jsonb -> 'a' -> 0, '{"a": 1}'::json ->> 'a'
    SELECT jsonb_build_object('id', id, 'total', total) FROM orders
    SELECT jsonb_array_elements('[1, 2]'::jsonb), jsonb_typeof('1'::jsonb)
    SELECT '{"a": 1}'::jsonb @> '{"a": 1}'::jsonb, '{"a": 1}'::jsonb ? 'a'
    SELECT c.name, x.total FROM customers c CROSS JOIN LATERAL (SELECT total FROM orders o WHERE o.customer_id = c.id LIMIT 1) x
    SELECT status, customer_id, sum(total) FROM orders GROUP BY ROLLUP (status, customer_id)
    SELECT status, customer_id, sum(total), grouping(status) FROM orders GROUP BY GROUPING SETS ((status), (customer_id), ())
    SELECT id, sum(total) OVER w FROM orders WINDOW w AS (PARTITION BY status ORDER BY id)
    SELECT split_part('a-b', '-', 2), left('abc', 2), right('abc', 1), lpad('7', 3, '0'), initcap('ab')
    SELECT regexp_replace('abc', 'b', 'x'), regexp_split_to_array('a,b', ','), strpos('abc', 'c')
    SELECT md5('x'), encode('x'::bytea, 'hex'), decode('eA==', 'base64')
    SELECT width_bucket(total, 0, 100, 10), ceil(total), floor(total), trunc(total, 1) FROM orders
    SELECT corr(total, id), regr_slope(total, id), stddev(total), var_pop(total) FROM orders
    SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'
    SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' LIMIT 5
    SELECT unnest(ARRAY[1, 2, 3]), cardinality(ARRAY[1, 2])
    SELECT (ARRAY[1, 2, 3])[2], (ARRAY[1, 2, 3])[1:2]
    SELECT ROW(1, 'a'), (1, 'b') = (1, 'b')
    SELECT 'fat cats'::tsvector @@ to_tsquery('cats'), to_tsvector('english', 'The cats')
    SELECT b'101', x'1F', 1e3, 0.5
    SELECT make_date(2024, 1, 2), date '2024-01-02' - date '2023-01-02', justify_days(interval '40 days')
    SELECT * FROM orders FETCH FIRST 3 ROWS ONLY
    SELECT status, count(*) FROM orders GROUP BY status HAVING bool_or(total > 10)
    SELECT greatest(1, 2), least(1, 2), random() < 2, pi(), gcd(4, 6)
    SELECT current_user, current_schema, version(), pg_typeof(1)
    SELECT "Order Details"."Unit Price" FROM "Order Details"
    SELECT o FROM orders o LIMIT 1
    WITH t AS MATERIALIZED (SELECT 1 AS x) SELECT * FROM t
    SELECT to_json(o) FROM orders o LIMIT 1
    SELECT overlay('abcdef' placing 'x' from 2 for 1), position('b' in 'abc'), substring('abc' from 2)
    SELECT count(*) FROM orders TABLESAMPLE SYSTEM (100)
    SELECT '2024-01-01'::timestamptz, timestamp '2024-01-01 10:00', time '10:00'
    SELECT string_to_array('a,b', ','), array_to_string(ARRAY['a', 'b'], '-'), array_length(ARRAY[1], 1)
    SELECT ((total)) FROM orders WHERE (((id = 1)))
"""

MYSQL = """
    SELECT 'it\\'s' AS words
    SELECT "double; DROP TABLE orders" AS words
    SELECT `update` FROM reserved
    SELECT 1 # a remark; DELETE FROM orders
    SELECT 1 -- a remark
    SELECT 5--1
    SELECT date_format(created_at, '%Y-%m') AS month, sum(total) FROM orders GROUP BY month
    SELECT year(created_at), month(created_at), dayofweek(created_at), quarter(created_at) FROM orders
    SELECT created_at + INTERVAL 1 DAY, date_add(created_at, INTERVAL 1 MONTH), date_sub(created_at, INTERVAL 2 WEEK) FROM orders
    SELECT datediff(now(), created_at), timestampdiff(DAY, created_at, now()) FROM orders
    SELECT group_concat(status ORDER BY status SEPARATOR '; ') FROM orders
    SELECT if(total > 10, 'big', 'small'), ifnull(note, '-') FROM orders
    SELECT concat('a', 'b'), concat_ws('-', 'a', 'b'), char_length('你好'), length('你好')
    SELECT locate('b', 'abc'), instr('abc', 'b'), substring_index('a.b.c', '.', 2), lpad('7', 3, '0')
    SELECT json_extract('{"a": 1}', '$.a'), json_unquote(json_extract('{"a": "x"}', '$.a'))
    SELECT json_object('id', id), json_array(1, 2), json_valid('{}') FROM orders
    SELECT * FROM orders WHERE note REGEXP 'update|delete'
    SELECT * FROM orders WHERE note RLIKE '^a'
    SELECT * FROM orders WHERE status <=> 'paid'
    SELECT * FROM orders LIMIT 5, 10
    SELECT status, sum(total) FROM orders GROUP BY status WITH ROLLUP
    SELECT `Unit Price` FROM `Order Details`
    SELECT truncate(2.567, 1), format(1234.5, 1), conv('ff', 16, 10), hex('a'), greatest(1, 2)
    SELECT str_to_date('01,5,2013', '%d,%m,%Y'), unix_timestamp(), from_unixtime(0), last_day('2024-02-01')
    SELECT cast('1' AS UNSIGNED), cast(total AS CHAR), convert(total, SIGNED) FROM orders
    SELECT * FROM orders USE INDEX (PRIMARY) WHERE id = 1
    SELECT STRAIGHT_JOIN * FROM orders o JOIN customers c ON c.id = o.customer_id
    SELECT sum(status = 'paid') FROM orders
    SELECT 'a' 'b'
    SELECT _utf8mb4'x', x'41', 0x41, b'1'
    SELECT table_name FROM information_schema.tables WHERE table_schema = database()
    SELECT id DIV 2, id % 2, id MOD 2, 5 XOR 3, 1 << 2, ~1 FROM orders
    SELECT find_in_set('b', 'a,b'), field('b', 'a', 'b'), elt(1, 'a'), strcmp('a', 'b')
    SELECT md5('x'), sha1('x'), crc32('x'), to_base64('x'), uuid()
    SELECT user(), database(), version(), connection_id()
    SELECT replace('a', 'a', 'b'), insert('abc', 1, 1, 'x'), repeat('a', 3), reverse('ab'), space(2)
    SELECT weekday(created_at), dayname(created_at), monthname(created_at), yearweek(created_at) FROM orders
    SELECT stddev_pop(total), var_samp(total), bit_or(id) FROM orders
"""

SQLITE = """
    SELECT [update] FROM reserved
    SELECT `update` FROM reserved
    SELECT date('now'), datetime('now', '-1 day'), strftime('%Y-%m', created_at), julianday('now') FROM orders
    SELECT strftime('%Y', created_at) AS year, sum(total) FROM orders GROUP BY year
    SELECT group_concat(status, '; ') FROM orders
    SELECT total(total), typeof(total), ifnull(note, '-'), iif(total > 10, 1, 0) FROM orders
    SELECT printf('%.2f', total), instr(note, 'a'), hex('a'), quote('a'), unicode('a'), char(65) FROM orders
    SELECT * FROM orders WHERE note GLOB '*update*'
    SELECT * FROM orders WHERE status IS 'paid' OR status IS NOT NULL
    SELECT json_extract('{"a": 1}', '$.a'), json_array(1, 2), json_object('a', 1)
    SELECT value FROM json_each('[1, 2, 3]')
    SELECT '{"a": 1}' ->> '$.a'
    SELECT name FROM sqlite_master WHERE type = 'table'
    SELECT rowid, * FROM orders LIMIT 1
    SELECT 1 == 1, 2 % 2, 1 | 2, 1 & 2, ~1, 1 << 2, 'a' || 'b'
    SELECT x'41', 1e3
    SELECT max(1, 2), min(1, 2), random() > 0, coalesce(NULL, 1)
    SELECT "Unit Price" FROM "Order Details"
    SELECT count(*) FILTER (WHERE status = 'paid') FROM orders
    VALUES (1, 'a'), (2, 'b')
    SELECT * FROM orders INDEXED BY orders_by_status WHERE status = 'paid'
    SELECT unixepoch('now'), time('now')
    SELECT CAST(total AS TEXT) COLLATE NOCASE FROM orders
"""

DUCKDB = """
    FROM orders
    FROM orders SELECT status, total WHERE total > 1
    SELECT * EXCLUDE (note) FROM orders
    SELECT * REPLACE (upper(status) AS status) FROM orders
    SELECT status, sum(total) FROM orders GROUP BY ALL ORDER BY ALL
    SELECT COLUMNS('.*id') FROM orders
    SELECT [1, 2, 3], [x * 2 FOR x IN [1, 2]], list_sum([1, 2]), len([1])
    SELECT {'a': 1, 'b': 'x'}.a, struct_pack(a := 1)
    SELECT list_transform([1, 2], lambda x : x + 1)
    SELECT map {'a': 1}['a'], map_keys(map {'a': 1})
    SELECT unnest([1, 2, 3])
    SELECT * FROM range(5), generate_series(1, 3)
    SELECT id FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY total) = 1
    SELECT date_trunc('month', created_at), strftime(created_at, '%Y'), date_diff('day', created_at, now()::timestamp) FROM orders
    SELECT time_bucket(INTERVAL '1 week', created_at), created_at + INTERVAL 1 DAY FROM orders
    SELECT median(total), quantile_cont(total, 0.9), mode(status), arg_max(id, total), histogram(status) FROM orders
    SELECT approx_count_distinct(status), string_agg(status, ',' ORDER BY status), list(id) FROM orders
    SELECT total::DECIMAL(10, 2), TRY_CAST('x' AS INTEGER), 7 // 2, 2 ** 3, 7 % 2 FROM orders
    SELECT regexp_extract('abc', 'b'), regexp_matches('abc', 'b'), string_split('a,b', ','), 'abc'[1:2]
    SELECT * FROM orders USING SAMPLE 10 ROWS
    PIVOT orders ON status USING sum(total)
    SELECT * FROM (PIVOT orders ON status USING sum(total) GROUP BY customer_id)
    SELECT * FROM orders o ASOF JOIN customers c ON o.customer_id = c.id AND o.created_at >= c.since
    SELECT o.id FROM orders o POSITIONAL JOIN customers c
    SELECT '{"a": 1}'::JSON -> 'a', json_extract('{"a": 1}', '$.a')
    SELECT $$DROP TABLE orders$$, E'it\\'s'
    SELECT count(*) FILTER (status = 'paid') FROM orders
    SELECT "Unit Price" FROM "Order Details"
    SELECT table_name FROM information_schema.tables
    SELECT typeof(1), version(), current_schema(), uuid() IS NOT NULL
    SELECT levenshtein('a', 'b'), jaccard('ab', 'ac'), md5('x'), hash('x') IS NOT NULL
    SELECT id, sum(total) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM orders
    VALUES (1, 'a'), (2, 'b')
    SELECT status, customer_id, sum(total) FROM orders GROUP BY CUBE (status, customer_id)
    WITH t(a, b) AS (VALUES (1, 2)) SELECT a + b FROM t
"""

_MYSQL_NAMES = str.maketrans({'"': "`"})


def _queries(text: str) -> list[str]:
    return [line.strip().replace("⏎", "\n") for line in text.strip().split("\n") if line.strip()]


def _for_mysql(query: str) -> str:
    """Names in its own quotes, and casts to its own types."""
    return query.translate(_MYSQL_NAMES).replace("``", "'").replace("AS integer", "AS SIGNED")


HARMLESS: dict[str, list[str]] = {
    "postgres": [*_queries(EVERYWHERE), *_queries(POSTGRES)],
    "mysql": [*map(_for_mysql, _queries(EVERYWHERE)), *_queries(MYSQL)],
    "sqlite": [one for one in _queries(EVERYWHERE) if not one.startswith("(")] + _queries(SQLITE),
    "duckdb": [*_queries(EVERYWHERE), *_queries(DUCKDB)],
}


NOT_IN = {  # what a dialect says in other words
    "tsql": ("LIMIT", "true", "BOOLEAN", "''", "NULLS", '""', "RECURSIVE", "||"),
    "oracle": (" AS o ", "true", "LIMIT", "RECURSIVE"),
    "clickhouse": ("UNION SELECT", "UNION (", "客户"),
    "bigquery": ("''", "UNION SELECT", "UNION (", "INTERSECT", "EXCEPT"),
}


def everywhere(dialect: str) -> list[str]:
    """The queries that say the same in a dialect that has no list of its own here."""
    left_out = NOT_IN.get(dialect, ())
    found = [one for one in _queries(EVERYWHERE) if not any(word in one for word in left_out)]
    if dialect == "tsql":
        return [re.sub(r'"([^"]*)"', r"[\1]", one) for one in found]
    return [one.translate(_MYSQL_NAMES) for one in found] if dialect == "bigquery" else found
