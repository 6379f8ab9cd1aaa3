"""A store to ask about, on each engine: customers, orders with their lines, products in categories, employees."""

import sqlite3
import subprocess
from pathlib import Path

from harness.sql.shop import statements_for

TABLES = """
CREATE TABLE categories (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);
CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL,
  category_id INTEGER REFERENCES categories (id), price DECIMAL(10, 2), weight DOUBLE PRECISION, stock INTEGER);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, city VARCHAR(50), country VARCHAR(50), birth_date DATE);
CREATE TABLE employees (id INTEGER PRIMARY KEY, first_name VARCHAR(40), last_name VARCHAR(40), salary INTEGER, hire_date DATE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id),
  employee_id INTEGER REFERENCES employees (id), status VARCHAR(20), total DECIMAL(10, 2), created_at TIMESTAMP);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id),
  product_id INTEGER REFERENCES products (id), quantity INTEGER, unit_price DECIMAL(10, 2));
INSERT INTO categories VALUES (1, 'Books'), (2, 'Garden'), (3, 'Games');
INSERT INTO products VALUES (1, 'Atlas', 1, 40.00, 2.5, 10), (2, 'Novel', 1, 12.50, 0.4, 120), (3, 'Spade', 2, 25.00, 1.8, 30),
  (4, 'Rake', 2, 19.00, 1.5, 0), (5, 'Chess Set', 3, 60.00, 1.2, 8), (6, 'Puzzle', 3, 15.00, 0.7, 44);
INSERT INTO customers VALUES (1, 'Ada Lovelace', 'London', 'United Kingdom', '1985-12-10'), (2, 'Grace Hopper', 'New York', 'USA', '1976-12-09'),
  (3, 'Li Lei', 'Beijing', 'China', '1990-05-01'), (4, 'Han Meimei', 'Beijing', 'China', '1992-08-15'),
  (5, 'Carl Gauss', 'Kiel', 'Germany', '1977-04-30'), (6, 'Emmy Noether', 'Kiel', 'Germany', '1982-03-23');
INSERT INTO employees VALUES (1, 'Nina', 'Berg', 5200, '2019-02-01'), (2, 'Tom', 'Ito', 4300, '2021-07-15');
INSERT INTO orders VALUES (1, 1, 1, 'paid', 92.50, '2024-01-15 10:00:00'), (2, 1, 2, 'shipped', 60.00, '2024-02-03 09:30:00'),
  (3, 2, 1, 'paid', 25.00, '2024-02-20 16:45:00'), (4, 3, 1, 'new', 120.00, '2024-03-05 12:00:00'),
  (5, 3, 2, 'paid', 38.00, '2023-11-11 11:11:00'), (6, 4, 2, 'cancelled', 15.00, '2024-03-30 08:00:00'),
  (7, 5, 1, 'paid', 65.00, '2023-06-01 00:00:00'), (8, 1, 2, 'paid', 12.50, '2024-06-18 19:20:00');
INSERT INTO order_items VALUES (1, 1, 1, 2, 40.00), (2, 1, 2, 1, 12.50), (3, 2, 5, 1, 60.00), (4, 3, 3, 1, 25.00),
  (5, 4, 5, 2, 60.00), (6, 5, 4, 2, 19.00), (7, 6, 6, 1, 15.00), (8, 7, 1, 1, 40.00), (9, 7, 3, 1, 25.00), (10, 8, 2, 1, 12.50);
"""


def make_store_sqlite(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    connection.close()
    return path


def make_store_duckdb(path: Path) -> Path:
    import duckdb

    connection = duckdb.connect(str(path))
    for statement in statements_for(TABLES, "duckdb"):
        connection.execute(statement)
    connection.close()
    return path


async def make_store_postgres(url: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    for statement in statements_for(TABLES, "postgres"):
        await connection.execute(statement)
    await connection.close()


def make_store_mariadb(port: int, name: str) -> None:
    keys = (
        ("products", "category_id", "categories"), ("orders", "customer_id", "customers"),
        ("orders", "employee_id", "employees"), ("order_items", "order_id", "orders"), ("order_items", "product_id", "products"),
    )  # fmt: skip
    script = f"CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name};" + ";\n".join(statements_for(TABLES, "mysql"))
    script += ";" + "".join(
        f"ALTER TABLE {table} ADD FOREIGN KEY ({column}) REFERENCES {other} (id);" for table, column, other in keys
    )
    subprocess.run(
        ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot", "--default-character-set=utf8mb4"],
        input=script.encode(), check=True, capture_output=True,
    )  # fmt: skip
