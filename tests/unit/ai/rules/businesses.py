"""Three small businesses with rows: a shop, a clinic and a school."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime

from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer
from aistack.connection.wire import SchemaView

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, country TEXT, joined_date TEXT);
CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price NUMERIC, category_id INTEGER REFERENCES categories(id));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), order_date TEXT, status TEXT, total NUMERIC);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(id), product_id INTEGER NOT NULL REFERENCES products(id), quantity INTEGER, unit_price NUMERIC);
INSERT INTO customers VALUES (1,'Ann','Berlin','Germany','2023-01-05'),(2,'Bob','Paris','France','2023-05-01'),(3,'Cem','Berlin','Germany','2024-02-01'),(4,'Dora','Rome','Italy','2024-03-01');
INSERT INTO categories VALUES (1,'Garden'),(2,'Kitchen');
INSERT INTO products VALUES (1,'Rake',20,1),(2,'Spade',30,1),(3,'Knife',15,2),(4,'Pan',45,2),(5,'Pot',60,2);
INSERT INTO orders VALUES (1,1,'2024-01-10','paid',70),(2,1,'2024-02-11','shipped',15),(3,2,'2024-02-20','paid',90),(4,3,'2023-12-01','cancelled',20),(5,1,'2024-03-02','paid',60);
INSERT INTO order_items VALUES (1,1,1,2,20),(2,1,2,1,30),(3,2,3,1,15),(4,3,4,2,45),(5,4,1,1,20),(6,5,3,4,15);
"""
CLINIC = """
CREATE TABLE departments (department_id INTEGER PRIMARY KEY, department_name TEXT);
CREATE TABLE doctors (doctor_id INTEGER PRIMARY KEY, full_name TEXT, department_id INTEGER REFERENCES departments(department_id), salary NUMERIC, hire_date TEXT);
CREATE TABLE patients (patient_id INTEGER PRIMARY KEY, full_name TEXT, birth_date TEXT, gender TEXT, city TEXT);
CREATE TABLE appointments (appointment_id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patients(patient_id), doctor_id INTEGER NOT NULL REFERENCES doctors(doctor_id), appointment_date TEXT, duration_minutes INTEGER, fee NUMERIC, status TEXT);
INSERT INTO departments VALUES (1,'Cardiology'),(2,'Surgery'),(3,'Radiology');
INSERT INTO doctors VALUES (1,'Eve Adams',1,9000,'2015-01-01'),(2,'Finn Bay',2,8000,'2018-06-01'),(3,'Gil Cho',1,7000,'2020-01-01');
INSERT INTO patients VALUES (1,'Hana','1980-01-01','female','Lyon'),(2,'Ian','1990-05-05','male','Nice'),(3,'Jo','2000-01-01','female','Lyon');
INSERT INTO appointments VALUES (1,1,1,'2024-01-05',30,100,'completed'),(2,1,2,'2024-01-20',60,250,'completed'),(3,2,1,'2024-02-01',15,80,'cancelled'),(4,2,1,'2024-02-03',45,120,'completed');
"""
SCHOOL = """
CREATE TABLE students (id INTEGER PRIMARY KEY, name TEXT, grade INTEGER, city TEXT);
CREATE TABLE teachers (id INTEGER PRIMARY KEY, name TEXT, subject TEXT);
CREATE TABLE courses (id INTEGER PRIMARY KEY, title TEXT, teacher_id INTEGER REFERENCES teachers(id), credits INTEGER);
CREATE TABLE enrollments (student_id INTEGER REFERENCES students(id), course_id INTEGER REFERENCES courses(id), score NUMERIC, PRIMARY KEY (student_id, course_id));
INSERT INTO students VALUES (1,'Kai',9,'Oslo'),(2,'Lea',9,'Bergen'),(3,'Max',10,'Oslo'),(4,'Nia',10,'Oslo');
INSERT INTO teachers VALUES (1,'Orr','Math'),(2,'Pia','Physics'),(3,'Quin','Art');
INSERT INTO courses VALUES (1,'Algebra',1,4),(2,'Optics',2,3),(3,'Geometry',1,4);
INSERT INTO enrollments VALUES (1,1,80),(1,2,90),(2,1,70),(3,3,60),(3,1,100);
"""


class Business:
    """A database in memory, its graph, and the values of its text columns."""

    def __init__(self, script: str) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.executescript(script)
        names = [one for (one,) in self.database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [self._table(name) for name in names]
        view = SchemaView(connection="c", engine="sqlite", read_at=datetime.now(UTC), tables=tables)
        self.graph = SchemaGraph(view, Layer())

    def rows(self, sql: str) -> list[tuple]:
        return self.database.execute(sql).fetchall()

    def _table(self, name: str) -> dict:
        info = self.rows(f"PRAGMA table_info({name})")
        keys = self.rows(f"PRAGMA foreign_key_list({name})")
        return {
            "name": name, "kind": "table", "comment": "", "rows": 10, "indexes": [],
            "primary_key": [one[1] for one in sorted(info, key=lambda one: one[5]) if one[5]],
            "columns": [
                {
                    "name": column, "type": kind, "nullable": not required, "default": "", "comment": "",
                    "samples": self._samples(name, column) if kind == "TEXT" else [],
                }
                for _, column, kind, required, *_ in info
            ],
            "foreign_keys": [{"columns": [one[3]], "table": one[2], "table_columns": [one[4]]} for one in keys],
        }  # fmt: skip

    def _samples(self, table: str, column: str) -> list[str]:
        counted = Counter(one for (one,) in self.rows(f"SELECT {column} FROM {table}") if one)
        return [one for one, _ in counted.most_common(20)]
