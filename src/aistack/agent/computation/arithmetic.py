"""The value of an arithmetic expression, by recursive descent: nothing is ever evaluated as Python.

From loose to tight: sums, products (also `mod`, `%` between two numbers, and `of`), signs, powers from the right, then
`%`, `!` and `°` behind a number. As on a pocket calculator, `200 + 10%` adds ten percent of 200.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from aistack.agent.computation.functions import CONSTANTS, FUNCTIONS, factorial, modulo, power
from aistack.agent.computation.numbers import ArithmeticProblem, Value, bounded, exact

CHARACTERS_MAX = 2_000
DEPTH_MAX = 60
EXPONENT_MAX = 3_000

_DIGITS = r"\d{1,3}(?:,\d{3})+(?![\d,])|\d+"
_PATTERN = (
    r"\s*(?:(?P<number>(?:%s)(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*|π|圆周率)"
    r"|(?P<sign>\*\*|//|[-+*/^%%!°(),×÷·√−]))"
)
_TOKEN = re.compile(_PATTERN % _DIGITS, re.ASCII)
_ARGUMENT_TOKEN = re.compile(_PATTERN % r"\d+", re.ASCII)
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "**": "^"}
_FULL_WIDTH = str.maketrans("（），＋－＊／％．０１２３４５６７８９＝", "(),+-*/%.0123456789=")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def evaluate(expression: str) -> Value:
    """The value of an expression. Raises ArithmeticProblem with the place of what is wrong."""
    if len(expression) > CHARACTERS_MAX:
        raise ArithmeticProblem(f"the expression is longer than {CHARACTERS_MAX} characters")
    text = expression.translate(_FULL_WIDTH).strip().rstrip("=?？ ")
    if not text:
        raise ArithmeticProblem("there is no expression")
    parser = _Parser(list(_tokens(text)))
    value = parser.sum(0)
    parser.expect_end()
    return Value(value.number, value.is_exact)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    calls: list[bool] = []  # for each open bracket, whether it holds arguments: commas separate these
    name = ""
    while at < len(text):
        found = (_ARGUMENT_TOKEN if any(calls) else _TOKEN).match(text, at)
        if found is None or found.lastgroup is None:
            rest = text[at:].strip()
            raise ArithmeticProblem(f"{rest[:20]!r} at position {at + 1} is not understood")
        sign = found[found.lastgroup]
        if sign == "(":
            calls.append(name.lower() in FUNCTIONS)
        elif sign == ")" and calls:
            calls.pop()
        name = sign if found.lastgroup == "name" else ""
        yield _Token(found.lastgroup, _SIGNS.get(sign, sign), found.start(found.lastgroup))
        at = found.end()
        if text[at:].isspace():
            return


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            raise ArithmeticProblem(f"{token.text!r} at position {token.at + 1} is not expected there")

    def sum(self, depth: int) -> Value:
        if depth > DEPTH_MAX:
            raise ArithmeticProblem(f"the expression is nested more than {DEPTH_MAX} deep")
        value = self._product(depth)
        while (sign := self._take("+", "-")) is not None:
            right = self._product(depth)
            number = right.number * value.number if right.is_percent and not value.is_percent else right.number
            number = value.number + number if sign == "+" else value.number - number
            is_percent = value.is_percent and right.is_percent
            value = Value(bounded(number), value.is_exact and right.is_exact, is_percent)
        return value

    def _product(self, depth: int) -> Value:
        value = self._signed(depth)
        while True:
            if (sign := self._take("*", "/", "//", "%")) is not None or (sign := self._word("mod", "of")) is not None:
                right = self._signed(depth)
            elif self._starts_factor():
                sign, right = "*", self._power(depth)
            else:
                return value
            value = _multiplied(value, sign, right)

    def _signed(self, depth: int) -> Value:
        if depth > DEPTH_MAX:
            raise ArithmeticProblem(f"the expression is nested more than {DEPTH_MAX} deep")
        sign = self._take("+", "-")
        if sign is None:
            return self._power(depth)
        value = self._signed(depth + 1)
        return Value(-value.number, value.is_exact, value.is_percent) if sign == "-" else value

    def _power(self, depth: int) -> Value:
        base = self._postfix(depth)
        if self._take("^") is None:
            return base
        return power(base, self._signed(depth + 1))

    def _postfix(self, depth: int) -> Value:
        value = self._primary(depth)
        while True:
            if self._peek("!"):
                self._at += 1
                value = factorial(value)
            elif self._peek("°"):
                self._at += 1
                value = FUNCTIONS["deg"][0](value)
            elif self._peek("%") and not self._is_operand(self._at + 1):
                self._at += 1
                value = Value(value.number / 100, value.is_exact, is_percent=True)
            else:
                return value

    def _primary(self, depth: int) -> Value:
        if self._at >= len(self._tokens):
            raise ArithmeticProblem("the expression ends where a number is expected")
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "number":
            return exact(_number(token))
        if token.text == "(":
            value = self.sum(depth + 1)
            self._close()
            return Value(value.number, value.is_exact, value.is_percent)
        if token.text == "√":
            return FUNCTIONS["sqrt"][0](self._postfix(depth + 1) if depth < DEPTH_MAX else self.sum(depth + 1))
        if token.kind == "name":
            return self._named(token, depth)
        raise ArithmeticProblem(f"{token.text!r} at position {token.at + 1} is not expected there")

    def _named(self, token: _Token, depth: int) -> Value:
        name = token.text.lower()
        if name in FUNCTIONS and self._take("(") is not None:
            function, least, most = FUNCTIONS[name]
            arguments = [self.sum(depth + 1)]
            while self._take(",") is not None:
                arguments.append(self.sum(depth + 1))
            self._close()
            if len(arguments) < least or (most is not None and len(arguments) > most):
                raise ArithmeticProblem(f"{name} takes {least if least == most else f'{least} to {most}'} arguments")
            return function(arguments) if most is None else function(*arguments)
        if name in CONSTANTS:
            return CONSTANTS[name]
        known = f"; the functions are {', '.join(FUNCTIONS)}" if name not in FUNCTIONS else "; write its argument in ()"
        raise ArithmeticProblem(f"{token.text!r} is not a function or constant{known}")

    def _close(self) -> None:
        if self._take(")") is None:
            raise ArithmeticProblem("a bracket is not closed")

    def _take(self, *signs: str) -> str | None:
        if self._peek(*signs):
            self._at += 1
            return self._tokens[self._at - 1].text
        return None

    def _peek(self, *signs: str) -> bool:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return token is not None and token.kind == "sign" and token.text in signs

    def _word(self, *words: str) -> str | None:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is None or token.kind != "name" or token.text.lower() not in words:
            return None
        self._at += 1
        return token.text.lower()

    def _is_operand(self, at: int) -> bool:
        token = self._tokens[at] if at < len(self._tokens) else None
        return token is not None and (
            token.kind == "number" or token.text in ("(", "√") or (token.kind == "name" and token.text.lower() != "of")
        )

    def _starts_factor(self) -> bool:
        """Whether a factor follows without a sign, as in `2(3+4)` and `2pi`."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return token is not None and (
            token.text in ("(", "√") or (token.kind == "name" and token.text.lower() in (*CONSTANTS, *FUNCTIONS))
        )


def _multiplied(left: Value, sign: str, right: Value) -> Value:
    if sign in ("mod", "%"):
        return modulo(left, right)
    if sign in ("/", "//"):
        if right.number == 0:
            raise ArithmeticProblem("nothing can be divided by 0")
        number = left.number / right.number
        number = Fraction(number.__floor__()) if sign == "//" else number
    else:
        number = left.number * right.number
    return Value(bounded(number), left.is_exact and right.is_exact)


def _number(token: _Token) -> Fraction:
    digits, _, exponent = token.text.lower().replace(",", "").partition("e")
    if exponent and abs(int(exponent[:8])) > EXPONENT_MAX:
        raise ArithmeticProblem(f"exponents are at most {EXPONENT_MAX}")
    return Fraction(digits) * Fraction(10) ** int(exponent or 0)
