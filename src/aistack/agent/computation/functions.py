"""The functions and constants of the calculator."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from aistack.agent.computation.numbers import (
    BITS_MAX,
    CONTEXT,
    ArithmeticProblem,
    Value,
    approximate,
    as_decimal,
    bounded,
    exact,
)

FACTORIAL_MAX = 1_000
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097")
E = CONTEXT.exp(Decimal(1))
CONSTANTS: Mapping[str, Value] = {
    "pi": approximate(PI), "π": approximate(PI), "e": approximate(E), "tau": approximate(PI * 2),
    "圆周率": approximate(PI),
}  # fmt: skip


def power(base: Value, exponent: Value) -> Value:
    """`base` to the power of `exponent`, exact where that is a fraction. Raises ArithmeticProblem."""
    number, times = base.number, exponent.number
    if times.denominator == 1:
        if number == 0 and times < 0:
            raise ArithmeticProblem("0 has no negative powers")
        bits = max(number.numerator.bit_length() - 1, number.denominator.bit_length() - 1)
        if bits * abs(times.numerator) > BITS_MAX:
            raise ArithmeticProblem(f"the power has more than {int(BITS_MAX * 0.301)} digits")
        whole = times.numerator if abs(number) != 1 and number else times.numerator % 2 or (2 if times else 0)
        return Value(bounded(number**whole), base.is_exact and exponent.is_exact)
    if number < 0:
        raise ArithmeticProblem("a negative number has no real power with a fraction as exponent")
    root = _exact_root(number, times.denominator)
    if root is not None and base.is_exact and exponent.is_exact:
        return power(exact(root), exact(times.numerator))
    if number == 0:
        return exact(0)
    logarithm = CONTEXT.multiply(CONTEXT.ln(as_decimal(number)), as_decimal(times))
    if abs(logarithm) > BITS_MAX * 0.69:
        raise ArithmeticProblem("the power is too large or too close to zero to compute")
    return approximate(CONTEXT.exp(logarithm))


def _exact_root(number: Fraction, degree: int) -> Fraction | None:
    if degree > 64:
        return None
    above, below = _whole_root(number.numerator, degree), _whole_root(number.denominator, degree)
    return None if above is None or below is None else Fraction(above, below)


def _whole_root(number: int, degree: int) -> int | None:
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        if middle**degree < number:
            low = middle + 1
        else:
            high = middle
    return low if low**degree == number else None


def sqrt(value: Value) -> Value:
    if value.number < 0:
        raise ArithmeticProblem("a negative number has no real square root")
    return power(value, exact(Fraction(1, 2)))


def cbrt(value: Value) -> Value:
    root = power(Value(abs(value.number), value.is_exact), exact(Fraction(1, 3)))
    return Value(-root.number if value.number < 0 else root.number, root.is_exact)


def factorial(value: Value) -> Value:
    number = _whole(value, "a factorial needs")
    if not 0 <= number <= FACTORIAL_MAX:
        raise ArithmeticProblem(f"factorials are computed of 0 to {FACTORIAL_MAX}")
    return exact(math.factorial(number))


def modulo(left: Value, right: Value) -> Value:
    if right.number == 0:
        raise ArithmeticProblem("nothing can be divided by 0")
    return Value(bounded(left.number % right.number), left.is_exact and right.is_exact)


def log(value: Value, base: Value | None = None) -> Value:
    """The logarithm to base 10 unless one is given, exact if it is a whole number."""
    base = base or exact(10)
    if value.number <= 0 or base.number <= 0 or base.number == 1:
        raise ArithmeticProblem("logarithms are of positive numbers, to a positive base that is not 1")
    quotient = CONTEXT.divide(CONTEXT.ln(as_decimal(value.number)), CONTEXT.ln(as_decimal(base.number)))
    nearest = int(quotient.to_integral_value())
    is_exact = value.is_exact and base.is_exact and abs(nearest) <= BITS_MAX
    if is_exact and abs(quotient - nearest) < Decimal("1e-40") and power(base, exact(nearest)).number == value.number:
        return exact(nearest)
    return approximate(quotient)


def ln(value: Value) -> Value:
    if value.number <= 0:
        raise ArithmeticProblem("logarithms are of positive numbers")
    return exact(0) if value.number == 1 else approximate(CONTEXT.ln(as_decimal(value.number)))


def exp(value: Value) -> Value:
    if value.number == 0:
        return exact(1)
    if abs(value.number) > BITS_MAX * 0.69:
        raise ArithmeticProblem("the power is too large or too close to zero to compute")
    return approximate(CONTEXT.exp(as_decimal(value.number)))


def rounded(value: Value, places: Value | None = None) -> Value:
    """Rounded half away from zero, as people round."""
    decimals = _whole(places, "the number of places is") if places else 0
    if abs(decimals) > 100:
        raise ArithmeticProblem("numbers are rounded to at most 100 places")
    shift = Fraction(10) ** decimals
    sign = -1 if value.number < 0 else 1
    return Value(sign * Fraction(math.floor(abs(value.number) * shift + Fraction(1, 2))) / shift, value.is_exact)


def median(values: Sequence[Value]) -> Value:
    numbers = sorted(one.number for one in values)
    middle = len(numbers) // 2
    number = numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
    return Value(bounded(number), all(one.is_exact for one in values))


def _whole(value: Value, what: str) -> int:
    if value.number.denominator != 1:
        raise ArithmeticProblem(f"{what} a whole number")
    return value.number.numerator


def _trigonometric(function: Callable[[float], float]) -> Callable[[Value], Value]:
    def call(value: Value) -> Value:
        try:
            found = function(float(value.number))
        except (ValueError, OverflowError):
            raise ArithmeticProblem("the function is not defined there") from None
        if abs(found) > 1e15:
            raise ArithmeticProblem("the function is not defined there")
        nearest = round(found, 15)
        return approximate(0.0 if abs(nearest) < 1e-15 else nearest)

    return call


def _total(values: Sequence[Value]) -> Value:
    return Value(bounded(sum((one.number for one in values), Fraction(0))), all(one.is_exact for one in values))


def _mean(values: Sequence[Value]) -> Value:
    total = _total(values)
    return Value(bounded(total.number / len(values)), total.is_exact)


def _least(values: Sequence[Value]) -> Value:
    return min(values, key=lambda one: one.number)


def _most(values: Sequence[Value]) -> Value:
    return max(values, key=lambda one: one.number)


def _log2(value: Value) -> Value:
    return log(value, exact(2))


def _whole_pair(function: Callable[[int, int], int], name: str) -> Callable[[Value, Value], Value]:
    def call(left: Value, right: Value) -> Value:
        first, second = _whole(left, f"{name} needs"), _whole(right, f"{name} needs")
        if name in ("comb", "perm") and not 0 <= second <= first <= FACTORIAL_MAX:
            raise ArithmeticProblem(f"{name} needs whole numbers from 0 to {FACTORIAL_MAX}, the larger one first")
        return exact(function(first, second))

    return call


def _kept(function: Callable[[Fraction], Fraction | int]) -> Callable[[Value], Value]:
    return lambda value: Value(Fraction(function(value.number)), value.is_exact)


def _degrees(value: Value) -> Value:
    return approximate(CONTEXT.multiply(as_decimal(value.number), PI / 180))


# Name: the function, and how many arguments it takes. `None` is any number of them, passed as one sequence.
FUNCTIONS: Mapping[str, tuple[Callable[..., Value], int, int | None]] = {
    "sqrt": (sqrt, 1, 1), "cbrt": (cbrt, 1, 1), "pow": (power, 2, 2), "abs": (_kept(abs), 1, 1),
    "round": (rounded, 1, 2), "floor": (_kept(math.floor), 1, 1), "ceil": (_kept(math.ceil), 1, 1),
    "ln": (ln, 1, 1), "log": (log, 1, 2), "log10": (log, 1, 1), "lg": (log, 1, 1),
    "log2": (_log2, 1, 1), "exp": (exp, 1, 1), "factorial": (factorial, 1, 1),
    "mod": (modulo, 2, 2), "gcd": (_whole_pair(math.gcd, "gcd"), 2, 2), "lcm": (_whole_pair(math.lcm, "lcm"), 2, 2),
    "comb": (_whole_pair(math.comb, "comb"), 2, 2), "perm": (_whole_pair(math.perm, "perm"), 2, 2),
    "sin": (_trigonometric(math.sin), 1, 1), "cos": (_trigonometric(math.cos), 1, 1),
    "tan": (_trigonometric(math.tan), 1, 1), "asin": (_trigonometric(math.asin), 1, 1),
    "acos": (_trigonometric(math.acos), 1, 1), "atan": (_trigonometric(math.atan), 1, 1),
    "deg": (_degrees, 1, 1),
    "min": (_least, 1, None), "max": (_most, 1, None),
    "sum": (_total, 1, None), "median": (median, 1, None),
    "mean": (_mean, 1, None),
}  # fmt: skip
