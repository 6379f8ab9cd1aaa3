"""Rational numbers that know whether they are exact, and how they are written.

Fractions keep sums, products, quotients and whole powers exact. Roots, logarithms and the like are computed with
DIGITS significant digits, trigonometry with those of a double.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

DIGITS = 50
SHOWN_DIGITS = 28
BITS_MAX = 13_000  # about 3900 decimal digits
PLAIN_DIGITS_MAX = 60

CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-100_000, Emax=100_000)


class ArithmeticProblem(Exception):
    """The expression has no value, or none that is computed here. The message says why."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number. `is_percent` marks what was written with a percent sign, as in `200 + 10%`."""

    number: Fraction
    is_exact: bool = True
    is_percent: bool = False


def exact(number: int | Fraction) -> Value:
    return Value(bounded(Fraction(number)))


def approximate(number: Decimal | float) -> Value:
    """Raises ArithmeticProblem for infinities and for what is not a number."""
    decimal = number if isinstance(number, Decimal) else Decimal(repr(number))
    if not decimal.is_finite():
        raise ArithmeticProblem("the result is not a finite number")
    if decimal and abs(decimal.adjusted()) > BITS_MAX // 4:
        raise ArithmeticProblem("the result is too large or too close to zero to compute")
    return Value(bounded(Fraction(decimal)), is_exact=False)


def bounded(number: Fraction) -> Fraction:
    """The number, unless it has too many digits to go on with."""
    if number.numerator.bit_length() > BITS_MAX or number.denominator.bit_length() > BITS_MAX:
        raise ArithmeticProblem(f"the result has more than {int(BITS_MAX * 0.301)} digits")
    return number


def as_decimal(number: Fraction) -> Decimal:
    """The number with DIGITS significant digits."""
    return CONTEXT.divide(Decimal(number.numerator), Decimal(number.denominator))


def written(value: Value) -> tuple[str, bool]:
    """The number in digits, and whether these are all of them.

    Decimal fractions that end are written in full, others with SHOWN_DIGITS significant digits.
    """
    number = value.number
    if number.denominator == 1 and value.is_exact and len(str(number.numerator)) <= PLAIN_DIGITS_MAX * 4:
        return str(number.numerator), True
    places = _decimal_places(number.denominator)
    if value.is_exact and places is not None and places <= PLAIN_DIGITS_MAX:
        digits = abs(number.numerator) * 10**places // number.denominator
        text = str(digits).rjust(places + 1, "0")
        if len(text) <= PLAIN_DIGITS_MAX * 4:
            sign = "-" if number < 0 else ""
            return sign + (f"{text[:-places]}.{text[-places:]}" if places else text), True
    digits_kept = SHOWN_DIGITS if value.is_exact or value.number.denominator.bit_length() > 64 else 15
    rounded = as_decimal(number).normalize(Context(prec=digits_kept, Emin=-100_000, Emax=100_000))
    if -12 < rounded.adjusted() < 30:
        return f"{rounded:f}", False
    return f"{rounded:E}".replace("E+", "e").replace("E", "e"), False


def _decimal_places(denominator: int) -> int | None:
    """How many decimal places a fraction with this denominator has; None if they never end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest = denominator >> twos
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None
