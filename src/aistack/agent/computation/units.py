"""Conversion between units of measure, with exact factors and names in both languages.

A unit is a factor and the powers of seven base quantities, as in UCUM and the SI brochure. Temperatures in °C and °F
have an offset, so they convert only as they stand and not inside products. Money is not a unit here: its rates change.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

from aistack.agent.computation.numbers import ArithmeticProblem, Value, bounded

POWER_MAX = 6
UNIT_CHARACTERS_MAX = 60
_PREFIXES = {
    "p": (-12, "pico"), "n": (-9, "nano"), "u": (-6, "micro"), "µ": (-6, "micro"), "m": (-3, "milli"),
    "c": (-2, "centi"), "d": (-1, "deci"), "h": (2, "hecto"), "k": (3, "kilo"), "M": (6, "mega"), "G": (9, "giga"),
    "T": (12, "tera"), "P": (15, "peta"),
}  # fmt: skip
# kelvins = (number + offset) * factor
_TEMPERATURES = {
    "C": (Fraction("273.15"), Fraction(1)), "F": (Fraction("459.67"), Fraction(5, 9)), "K": (Fraction(0), Fraction(1)),
}  # fmt: skip
_TEMPERATURE_NAMES = {
    "C": "°c ℃ degc celsius centigrade degree_celsius degrees_celsius degrees_c degree_c 摄氏度 摄氏 度摄氏",
    "F": "°f ℉ degf fahrenheit degree_fahrenheit degrees_fahrenheit degrees_f degree_f 华氏度 华氏",
    "K": "k kelvin kelvins 开尔文 开氏度",
}
_MONEY = frozenset(
    [
        "usd",
        "eur",
        "gbp",
        "cny",
        "rmb",
        "jpy",
        "dollar",
        "dollars",
        "euro",
        "euros",
        "yuan",
        "yen",
        "美元",
        "欧元",
        "英镑",
        "人民币",
        "元",
        "日元",
        "$",
        "€",
        "£",
        "¥",
    ]
)
_PART = re.compile(r"([*/·])?\s*([^*/^·\d\s][^*/^·\s]*?)?(?:\^?(-?\d))?(?=$|[*/·])")


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` times the base units to the powers of `dimensions`."""

    factor: Fraction
    dimensions: Mapping[str, int]


def convert(number: Value, source: str, target: str) -> Value:
    """A number of units `source` in `target`. Raises ArithmeticProblem for unknown units and different quantities."""
    from_scale, to_scale = _temperature(source), _temperature(target)
    if from_scale is not None and to_scale is not None:
        (offset, factor), (target_offset, target_factor) = _TEMPERATURES[from_scale], _TEMPERATURES[to_scale]
        kelvins = (number.number + offset) * factor
        if kelvins < 0:
            raise ArithmeticProblem("that is below absolute zero")
        return Value(bounded(kelvins / target_factor - target_offset), number.is_exact)
    left, right = unit(source), unit(target)
    if left.dimensions != right.dimensions:
        raise ArithmeticProblem(f"{source} and {target} measure different things")
    is_angle = "angle" in left.dimensions and left.factor != right.factor
    return Value(bounded(number.number * left.factor / right.factor), number.is_exact and not is_angle)


def is_unit(name: str) -> bool:
    """Whether `convert` knows the unit."""
    try:
        return _temperature(name) is not None or bool(unit(name))
    except ArithmeticProblem:
        return False


def unit(text: str) -> Unit:
    """The unit that a symbol, a name or a product such as `kg*m/s^2` means. Raises ArithmeticProblem."""
    name = _normal(text)
    if not name or len(name) > UNIT_CHARACTERS_MAX:
        raise ArithmeticProblem("a unit is missing or too long")
    if name.lower() in _MONEY:
        raise ArithmeticProblem("exchange rates change, so money is not converted here")
    known = _named(name, _table())
    return known if known is not None else _product(name, _table(), text)


def _normal(text: str) -> str:
    name = text.strip().replace("²", "^2").replace("³", "^3").replace("每", "/").replace("⋅", "·")
    name = re.sub(r"\s+per\s+|\s*/\s*", "/", name, flags=re.I)
    return re.sub(r"(?<=[a-z]) +(?=[a-z])", "_", name, flags=re.I)


def _temperature(text: str) -> str | None:
    name = re.sub(r"\s+", "_", text.strip())
    if name in ("C", "F", "K"):
        return name
    lower = name.lower()
    return next((scale for scale, names in _TEMPERATURE_NAMES.items() if lower in names.split()), None)


def _named(name: str, table: Mapping[str, Unit]) -> Unit | None:
    return table.get(name) or table.get(name.lower())


def _product(name: str, table: Mapping[str, Unit], asked: str) -> Unit:
    factor, dimensions, at, is_below = Fraction(1), dict[str, int](), 0, False
    while at < len(name):
        found = _PART.match(name, at)
        sign, part, exponent = (found[1], found[2], found[3]) if found else (None, None, None)
        base = Unit(Fraction(1), {}) if not part and exponent == "1" else _named(part, table) if part else None
        if found is None or base is None or found.end() == at:
            raise ArithmeticProblem(f"{asked!r} is not a unit that is known here")
        if sign == "/":
            is_below = True
        elif sign:
            is_below = False
        times = (int(exponent) if exponent and part else 1) * (-1 if is_below else 1)
        if abs(times) > POWER_MAX:
            raise ArithmeticProblem(f"powers of units are at most {POWER_MAX}")
        factor *= base.factor**times
        for dimension, count in base.dimensions.items():
            dimensions[dimension] = dimensions.get(dimension, 0) + count * times
        at = found.end()
    return Unit(factor, {dimension: count for dimension, count in dimensions.items() if count})


@cache
def _table() -> Mapping[str, Unit]:
    table: dict[str, Unit] = {}
    prefixed: dict[str, Unit] = {}
    for line in files("aistack.agent.computation").joinpath("units.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        symbol, number, definition, *names = line.split()
        above, _, below = number.partition("/")
        factor = Fraction(above) / Fraction(below or 1)
        if definition.startswith("["):
            one = Unit(factor, {definition[1:-1]: 1})
        else:
            of = _product(definition, table, definition)
            one = Unit(factor * of.factor, of.dimensions)
        bare = symbol.removesuffix("*")
        for name in (bare, *names):
            table.setdefault(name, one)
        if symbol.endswith("*"):
            for prefix, (power, word) in _PREFIXES.items():
                scaled = Unit(one.factor * Fraction(10) ** power, one.dimensions)
                prefixed.setdefault(prefix + bare, scaled)
                for name in names:
                    if name.isascii() and name.isalpha():
                        prefixed.setdefault(word + name, scaled)
    return prefixed | table
