"""Whole numbers and decimal numbers within bounds, digit by digit."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

DIGITS_MAX = 15
SCALE_MAX = 6
FRACTION = '("." [0-9]{1,6})?'
WITH_FRACTION_DIGITS = 9


def integer_range(low: int | None, high: int | None) -> list[str]:
    """Expressions for the whole numbers from `low` to `high`, both included; none if there are none."""
    top = 10**DIGITS_MAX - 1
    low, high = max(-top, -top if low is None else low), min(top, top if high is None else high)
    found: list[str] = []
    if low < 0 and low <= high:
        found += [f'"-" {one}' for one in _positive(max(1, -high), -low)]
    if high >= 0 and low <= high:
        found += _positive(max(0, low), high)
    return found


def number_range(low: Decimal | None, high: Decimal | None, *, above: bool, below: bool) -> list[str]:
    """Expressions for the numbers between two bounds, which `above` and `below` exclude."""
    found: list[str] = []
    top = Decimal(10**WITH_FRACTION_DIGITS - 1)
    if high is None or high >= 0:
        start, excluded = (low, above) if low is not None and low >= 0 else (Decimal(0), False)
        found += _magnitudes(start, top if high is None else min(high, top), excluded, below and high is not None)
    if low is None or low < 0:
        start, excluded = (-high, below) if high is not None and high < 0 else (Decimal(0), True)
        end = top if low is None else min(-low, top)
        found += [f'"-" ({one})' for one in _magnitudes(start, end, excluded, above and low is not None)]
    return found


def scale(bound: Decimal) -> int:
    """The digits behind the point."""
    exponent = bound.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _magnitudes(low: Decimal, high: Decimal, above: bool, below: bool) -> list[str]:
    """Numbers without a sign: those of whole integer parts, and those beside the bounds."""
    if low > high or (low == high and (above or below)):
        return []
    first, last = int(low.to_integral_value(ROUND_FLOOR)), int(high.to_integral_value(ROUND_FLOOR))
    whole_from = int(low.to_integral_value(ROUND_CEILING)) + (above and low == first)
    found = [f"({' | '.join(_positive(whole_from, last - 1))}) {FRACTION}"] if whole_from <= last - 1 else []
    digits = max(1, scale(low), scale(high))
    power = 10**digits
    from_fraction = int((low - first) * power) + (above and True)
    to_fraction = int((high - last) * power)
    if first == last:
        found += _fractions(first, from_fraction, to_fraction, digits, below, low == first and not above)
        return found
    if whole_from > first:
        found += _fractions(first, from_fraction, power, digits, True, False)
    return found + _fractions(last, 0, to_fraction, digits, below, True)


def _fractions(whole: int, low: int, high: int, digits: int, below: bool, bare: bool) -> list[str]:
    """`whole` with a fraction from `low` to `high` of `digits` digits; `bare` allows it without one."""
    found = [f'"{whole}"'] if bare and (high > 0 or not below) else []
    if low < high:
        found.append(f'"{whole}." ({" | ".join(_fixed(low, high - 1, digits))}) [0-9]{{0,3}}')
    if not below and high >= low and (high or not bare):
        found.append(f'"{whole}.{high:0{digits}}"')
    return found


def _positive(low: int, high: int) -> list[str]:
    """Whole numbers from 0 up, without leading zeros."""
    found: list[str] = []
    while low <= high:
        digits = len(str(low))
        end = min(high, 10**digits - 1)
        found += _fixed(low, end, digits)
        low = end + 1
    return found


def _fixed(low: int, high: int, digits: int) -> list[str]:
    """Numbers of exactly `digits` digits, with leading zeros."""
    if low > high:
        return []
    first, last = f"{low:0{digits}}", f"{high:0{digits}}"
    if digits == 1:
        return [_digit(first, last)]
    rest = 10 ** (digits - 1)
    if first[1:] == "0" * (digits - 1) and last[1:] == "9" * (digits - 1):
        return [f"{_digit(first[0], last[0])} [0-9]{{{digits - 1}}}"]
    if first[0] == last[0]:
        inner = _fixed(low % rest, high % rest, digits - 1)
        return [f'"{first[0]}" ({" | ".join(inner)})']
    found = [f'"{first[0]}" ({" | ".join(_fixed(low % rest, rest - 1, digits - 1))})']
    if int(last[0]) - int(first[0]) > 1:
        found.append(f"{_digit(str(int(first[0]) + 1), str(int(last[0]) - 1))} [0-9]{{{digits - 1}}}")
    found.append(f'"{last[0]}" ({" | ".join(_fixed(0, high % rest, digits - 1))})')
    return found


def _digit(low: str, high: str) -> str:
    return f'"{low}"' if low == high else f"[{low}-{high}]"


def decimal(value: float) -> Decimal:
    """A bound as it is written."""
    return Decimal(str(value))


def ceiling(bound: Decimal, *, above: bool) -> int:
    """The lowest whole number that a lower bound allows."""
    found = math.ceil(bound)
    return found + 1 if above and found == bound else found


def floor(bound: Decimal, *, below: bool) -> int:
    """The highest whole number that an upper bound allows."""
    found = math.floor(bound)
    return found - 1 if below and found == bound else found
