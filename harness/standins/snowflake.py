"""fakesnow, which speaks Snowflake's protocol over DuckDB, with the tables of a shop.

`python -m harness.standins.snowflake PORT`
"""

import sys
import threading

import snowflake.connector
import uvicorn
from fakesnow.server import app

TABLES = """
CREATE DATABASE shop;
CREATE SCHEMA IF NOT EXISTS shop.public;
USE SCHEMA shop.public;
CREATE TABLE customers (id INT, name VARCHAR(50), city VARCHAR(50));
CREATE TABLE orders (id INT, customer_id INT, status VARCHAR(20), total DECIMAL(10, 2), created_at TIMESTAMP);
INSERT INTO customers VALUES (1, 'Ada', 'Bern'), (2, '李雷', '北京');
INSERT INTO orders VALUES (1, 1, 'paid', 92.50, '2024-01-15 10:00:00'), (2, 1, 'new', 60.00, '2024-02-03 09:30:00'),
  (3, 2, 'paid', 25.00, '2024-02-20 16:45:00')
"""


def fill(port: int) -> None:
    connection = snowflake.connector.connect(
        user="reader", password="SnowSecret1", account="local", host="127.0.0.1", port=port, protocol="http",
        session_parameters={"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
    )  # fmt: skip
    for statement in TABLES.split(";\n"):
        connection.cursor().execute(statement)


if __name__ == "__main__":
    server = uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]), log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    fill(int(sys.argv[1]))
    print("ready", flush=True)
    thread.join()
