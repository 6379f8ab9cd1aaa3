"""Results as Arrow columns: decimals, dates and times have Arrow's own types, and every value is the server's.

Arrow cannot hold every value of a database: no infinite or zero dates, no NaN among decimals, no times beyond 24 hours.
The first rows settle a column's type. If it cannot hold one of them, the column is text. If it cannot hold a later one,
the export fails with a message that names the column.
"""

import importlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from aistack.databases.arrow.arrays import (
    DAY_MICROSECONDS,
    NOT_REPRESENTABLE,
    Values,
    as_texts,
    check_range,
    date_array,
    decimal_array,
    digits_of,
    dimensions,
    distinct_names,
    is_list,
    leaves_of,
    list_array,
    list_type,
    microseconds,
    plain_number,
    storage_of,
    time_microseconds,
)  # fmt: skip
from aistack.databases.json_values import decoded_binary
from aistack.databases.session import Column, DatabaseFailed

DIGITS_SHORT, DIGITS_MAX = 38, 76  # of decimal128 and decimal256
NATIVE = "native"  # the kind of a column whose engine made the array
STORED = "stored"  # the kind of a column whose values are Python objects
NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class ArrowColumn:
    """Encodes the values of one column; `settle` decides its type from the first ones."""

    def __init__(self, column: Column) -> None:
        self._pa: Any = importlib.import_module("pyarrow")
        self.column = column
        self.type: Any = self._pa.string()
        self._depth = 0

    def settle(self, values: Values, is_complete: bool) -> None:
        """Takes the first values; `is_complete` if there are no others."""
        values = self._parsed(values)
        if self.column.type == "array":
            self._depth = dimensions(values)
        try:
            for candidate in self._candidates(values, is_complete):
                self.type = candidate
                try:
                    self._encode(values)
                    return
                except NOT_REPRESENTABLE:
                    continue
        except NOT_REPRESENTABLE:
            pass
        self.type = self._pa.string()

    def encode(self, values: Values) -> Any:
        """An array of the settled type. Raises DatabaseFailed for a value that it cannot hold."""
        try:
            return self._encode(self._parsed(values))
        except NOT_REPRESENTABLE as error:
            message = str(error).split("\n")[0][:200]
            raise DatabaseFailed(
                "failed",
                f"the column {self.column.name} is {self.type} by its first rows, but has a value that does not fit: "
                f"{message}; cast the column to text in the statement",
            ) from None

    def _parsed(self, values: Values) -> Values:
        """Arrays that the server wrote as JSON, as lists."""
        if self.column.type != "array" or is_list(values):
            return values
        if self._pa.types.is_string(values.type):
            return [None if one is None else json.loads(one, parse_float=str) for one in values.to_pylist()]
        return values

    def _candidates(self, values: Values, is_complete: bool) -> Iterator[Any]:
        pa, kind = self._pa, self.column.type
        if kind == STORED:
            yield from self._stored_types(values)
        elif kind == "array":
            for leaf in self._scalar_types(self.column.element, list(leaves_of(values)), is_complete):
                yield list_type(pa, leaf, self._depth)
        elif not is_list(values) and kind not in ("decimal", "money", "other", "interval", "json", "uuid"):
            yield values.type
        else:
            yield from self._scalar_types(kind, values, is_complete)

    def _stored_types(self, values: list[Any]) -> Iterator[Any]:
        pa = self._pa
        kinds: set[Any] = {type(one) for one in values if one is not None}
        if kinds == {int}:
            yield pa.int64()
        elif kinds and kinds <= {int, float}:
            yield pa.float64()
        elif kinds == {bytes}:
            yield pa.binary()
        yield pa.string()

    def _scalar_types(self, kind: str, values: Values, is_complete: bool) -> Iterator[Any]:
        pa, column = self._pa, self.column
        if kind == "integer":
            yield pa.uint64() if column.unsigned else pa.int64()
            yield pa.decimal128(DIGITS_SHORT, 0)
            yield pa.decimal256(DIGITS_MAX, 0)
        elif kind == "float":
            yield pa.float32() if column.precision == 24 else pa.float64()
        elif kind in ("decimal", "money"):
            yield self._decimal_type(values, is_complete)
        elif kind == "timestamp":
            yield pa.timestamp("us", "UTC") if column.zoned else pa.timestamp("us")
        elif kind == "time" and not column.zoned:
            yield pa.time64("us")
        elif kind in ("boolean", "date", "binary"):
            yield {"boolean": pa.bool_(), "date": pa.date32(), "binary": pa.binary()}[kind]
        yield pa.string()

    def _decimal_type(self, values: Values, is_complete: bool) -> Any:
        """As declared; else as many decimal places as the first values have, and room for more if others follow."""
        precision, scale = self.column.precision, self.column.scale
        if not precision:
            texts = [one for one in (values if is_list(values) else values.to_pylist()) if one is not None]
            sizes = [digits_of(Decimal(plain_number(str(one)))) for one in texts]
            whole, scale = (max((size[at] for size in sizes), default=0) for at in (0, 1))
            precision = DIGITS_SHORT if whole + scale <= DIGITS_SHORT else DIGITS_MAX
            if not is_complete:
                scale += (precision - whole - scale) // 2
        if precision > DIGITS_MAX or scale > precision or scale < 0:
            raise ValueError("too many digits")
        make = self._pa.decimal128 if precision <= DIGITS_SHORT else self._pa.decimal256
        return make(precision, scale)

    def _encode(self, values: Values) -> Any:
        if self.column.type == "array" and is_list(values) and self._pa.types.is_list(self.type):
            return list_array(
                self._pa, values, self._depth, lambda leaves, leaf: self._scalars(leaves, leaf), self.type
            )
        return self._scalars(values, self.type)

    def _scalars(self, values: Values, to: Any) -> Any:
        types = self._pa.types
        if types.is_string(to):
            if not is_list(values) and types.is_string(values.type) and self.column.type != "decimal":
                return values
            texts = as_texts(values)
            if self.column.type == "decimal":  # PostgreSQL's driver writes nan and inf
                texts = [one if one is None else NOT_FINITE.get(one, one) for one in texts]
            return self._pa.array(texts, type=to)
        if self.column.type == STORED:
            return self._pa.array(values, type=to)
        if is_list(values):
            return self._from_json(values, to)
        if types.is_decimal(to):
            if self.column.type == "money":
                values = self._pa.array([None if one is None else plain_number(one) for one in values.to_pylist()])
            return decimal_array(self._pa, values.cast(self._pa.string()), to)
        check_range(self._pa, values)
        return values if values.type == to else values.cast(to)

    def _from_json(self, values: list[Any], to: Any) -> Any:
        pa, types = self._pa, self._pa.types
        if types.is_decimal(to):
            texts = [None if one is None else plain_number(str(one)) for one in values]
            return decimal_array(pa, pa.array(texts, type=pa.string()), to)
        if types.is_integer(to):
            return pa.array([None if one is None else int(one) for one in values], type=to)
        if types.is_floating(to):
            return pa.array([None if one is None else float(one) for one in values], type=to)
        if types.is_binary(to):
            return pa.array(
                [one if one is None or isinstance(one, bytes) else decoded_binary(one) for one in values], to
            )
        if types.is_date32(to):
            return date_array(pa, values, to, lambda text: microseconds(text) // DAY_MICROSECONDS, pa.int32())
        if types.is_timestamp(to):
            return date_array(pa, values, to, microseconds, pa.int64())
        if types.is_time(to):
            return pa.array([None if one is None else time_microseconds(one) for one in values], pa.int64()).cast(to)
        return pa.array(values, type=to)


class ArrowRows:
    """Encodes batches of rows, or batches that the engine made. The first batch settles the types."""

    def __init__(self, columns: Sequence[Column], *, unique_names: bool) -> None:
        self._pa: Any = importlib.import_module("pyarrow")
        self._columns = [ArrowColumn(one) for one in columns]
        self._names = distinct_names([one.name for one in columns]) if unique_names else [one.name for one in columns]
        self.schema: Any = None

    def settle(self, batch: Any, is_complete: bool) -> None:
        for column, values in zip(self._columns, self._split(batch), strict=True):
            column.settle(values, is_complete)
        pairs = zip(self._names, self._columns, strict=True)
        self.schema = self._pa.schema([self._pa.field(name, column.type) for name, column in pairs])

    def encode(self, batch: Any) -> Any:
        """A record batch of the settled schema. Raises DatabaseFailed."""
        arrays = [column.encode(values) for column, values in zip(self._columns, self._split(batch), strict=True)]
        return self._pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _split(self, batch: Any) -> list[Values]:
        if is_list(batch):
            rows: Any = batch
            return [[row[at] for row in rows] for at in range(len(self._columns))]
        return [storage_of(self._pa, one) for one in batch.columns]
