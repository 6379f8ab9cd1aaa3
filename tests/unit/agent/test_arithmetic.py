"""Arithmetic, units and dates of the agent."""

import contextlib
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.agent.computation.arithmetic import evaluate
from aistack.agent.computation.date_words import read_date, read_moment, read_span
from aistack.agent.computation.dates import Span, between, plus
from aistack.agent.computation.numbers import ArithmeticProblem, exact, written
from aistack.agent.computation.units import convert
from aistack.agent.computation.zones import local_note, zone

TODAY = date(2026, 11, 27)  # a Friday

EXACT = {
    "0.1+0.2": "0.3", "200+10%": "220", "100 - 20%": "80", "10% of 50": "5", "50%*80": "40", "5% + 5%": "0.1",
    "7 % 3": "1", "17 mod 5": "2", "-7 % 3": "2", "7 // 2": "3", "2^10": "1024", "2**10": "1024", "-2^2": "-4",
    "2^-1": "0.5", "2^3^2": "512", "9^(1/2)": "3", "√16": "4", "cbrt(-27)": "-3", "5!": "120", "log(1000)": "3",
    "log(8, 2)": "3", "（１＋２）×3÷4": "2.25", "1,234.5*2": "2469", "max(100,200)": "200", "2(3+4)": "14",
    "mean(1, 2, 4.5)": "2.5", "median(3,1,2)": "2", "round(2.675, 2)": "2.68", "0^0": "1", "(-1)^99999999999": "-1",
    "1e3 + 1": "1001", "comb(5,2)": "10", "gcd(12,18)": "6", "1.10 * 3 =": "3.3", "8−3": "5", "0^5": "0",
    "1^99999999999999": "1", "(1+2)%": "0.03", "abs(-3)": "3", "floor(-1.5)": "-2",
}  # fmt: skip
BAD = (
    "", "   ", "1/0", "1+", "(1", "1)", "3 4", "x+1", "__import__('os')", "2**100000", "9**9**9", "1e999999", "1001!",
    "(" * 500 + "1", "-" * 500 + "1", "√" * 500 + "4", "ln(0)", "sqrt(-1)", "0^-1", "exp(10^9)", "tan(90°)", "1,23",
    "1" * 3000, "sqrt", "round(1, 2, 3)", "2^(10^10)", "1.5!", "(-8)^(1/2)", "10^3000*10^3000", "log(5, 1)", "١+١",
)  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), EXACT.items())
def test_expressions_are_computed_exactly(expression: str, value: str):
    assert written(evaluate(expression)) == (value, True)


@pytest.mark.parametrize("expression", BAD, ids=lambda one: one[:20])
def test_what_has_no_value_or_too_large_a_one_is_refused(expression: str):
    with pytest.raises(ArithmeticProblem):
        evaluate(expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [("1/3", "0.3333333333333333333333333333"), ("sqrt(2)", "1.414213562373095048801688724"), ("sin(30°)", "0.5"),
     ("sin(pi)", "0"), ("170!", "7.257415615307998967396728211e306"), ("e", "2.718281828459045235360287471")],
)  # fmt: skip
def test_rounded_values_say_so(expression: str, value: str):
    assert written(evaluate(expression)) == (value, False)


@given(st.text(max_size=60))
def test_any_text_is_computed_or_refused(text: str):
    with contextlib.suppress(ArithmeticProblem):
        written(evaluate(text))


@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6))
def test_sums_and_products_are_those_of_fractions(left: Fraction, right: Fraction):
    shown = f"({left.numerator}/{left.denominator})", f"({right.numerator}/{right.denominator})"
    assert evaluate(f"{shown[0]} + {shown[1]}").number == left + right
    assert evaluate(f"{shown[0]} * {shown[1]}").number == left * right


@pytest.mark.parametrize(
    ("number", "source", "target", "value"),
    [(37, "摄氏度", "华氏度", "98.6"), (1, "kWh", "J", "3600000"), (60, "mph", "km/h", "96.56064"), (3, "斤", "kg",
     "1.5"),
     (1, "acre", "m²", "4046.8564224"), (1, "kg*m/s^2", "N", "1"), (1, "meters per second", "km/h", "3.6"),
     (2, "MHz", "Hz", "2000000"), (5, "milliseconds", "s", "0.005"), (1, "square feet", "m2", "0.09290304"),
     (100, "Mbps", "MB/s", "12.5"), (1, "GB", "MiB", "953.67431640625"), (-40, "°C", "°F", "-40"), (1, "1/s", "Hz",
     "1"),
     (10, "英里", "公里", "16.09344"), (1, "吨", "公斤", "1000"), (300, "K", "celsius", "26.85")],
)  # fmt: skip
def test_units_convert_exactly(number: int, source: str, target: str, value: str):
    assert written(convert(exact(number), source, target)) == (value, True)


@pytest.mark.parametrize(
    ("source", "target"),
    [("USD", "EUR"), ("人民币", "美元"), ("foo", "m"), ("m", "s"), ("m" * 90, "m"), ("/", "m"), ("", "m"), ("m^99",
     "m"),
     ("C", "m")],
)  # fmt: skip
def test_what_does_not_convert_is_refused(source: str, target: str):
    with pytest.raises(ArithmeticProblem):
        convert(exact(1), source, target)


@given(st.text(max_size=30))
def test_any_unit_converts_or_is_refused(text: str):
    with contextlib.suppress(ArithmeticProblem):
        convert(exact(1), text, "m")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2024-02-29", "2024-02-29"), ("6 January 2024", "2024-01-06"), ("Jan 6, 2024", "2024-01-06"),
     ("march 3rd", "2026-03-03"), ("2024年1月6日", "2024-01-06"), ("二〇二四年三月十五日", "2024-03-15"), ("明天",
     "2026-11-28"),
     ("今年12月底", "2026-12-31"), ("下周一", "2026-11-30"), ("next Monday", "2026-11-30"), ("last friday",
     "2026-11-20"),
     ("end of next month", "2026-12-31"), ("月底", "2026-11-30"), ("13/04/2024", "2024-04-13"), ("Christmas",
     "2026-12-25"),
     ("国庆节", "2027-10-01"), ("in 3 weeks", "2026-12-18"), ("三个月后", "2027-02-27"), ("10 days ago",
     "2026-11-17"),
     ("半年后", "2027-05-27"), ("04/04/2024", "2024-04-04")],
)  # fmt: skip
def test_dates_are_read_in_both_languages(text: str, day: str):
    assert read_date(text, TODAY).isoformat() == day


@pytest.mark.parametrize("text", ["03/04/2024", "2023-02-29", "2024年13月1日", "", "soon", "9" * 300, "0000-01-01"])
def test_dates_that_are_unclear_or_impossible_are_refused(text: str):
    with pytest.raises(ArithmeticProblem):
        read_date(text, TODAY)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_is_refused(text: str):
    for read in (lambda: read_date(text, TODAY), lambda: read_moment(text, TODAY), lambda: read_span(text)):
        with contextlib.suppress(ArithmeticProblem):
            read()


def test_months_end_on_their_last_day():
    assert plus(date(2024, 1, 31), Span(months=1)) == (date(2024, 2, 29), True)
    assert plus(date(2024, 2, 29), Span(years=1)) == (date(2025, 2, 28), True)
    assert plus(date(2024, 3, 31), Span(months=-1)) == (date(2024, 2, 29), True)


def test_working_days_leave_out_weekends_and_holidays():
    assert plus(TODAY, Span(working_days=1))[0] == date(2026, 11, 30)
    assert plus(TODAY, Span(working_days=1), [date(2026, 11, 30)])[0] == date(2026, 12, 1)
    assert plus(date(2026, 11, 30), Span(working_days=-1))[0] == TODAY
    assert between(date(2026, 11, 2), date(2026, 11, 30)).working_days == 20


@given(st.dates(), st.dates())
def test_a_distance_leads_back(first: date, second: date):
    found = between(first, second)
    early, late = sorted((first, second))
    sign = 1 if first <= second else -1
    months = plus(early, Span(years=sign * found.years, months=sign * found.months))[0]
    assert plus(months, Span(days=sign * found.rest_days))[0] == late
    assert (second - first).days == found.days


def test_zones_have_names_in_both_languages_and_ambiguous_ones_are_refused():
    assert str(zone("北京时间")) == str(zone("Beijing")) == "Asia/Shanghai"
    assert str(zone("new york")) == "America/New_York"
    with pytest.raises(ArithmeticProblem, match="may be the time of"):
        zone("CST")
    skipped = read_moment("2026-03-29 02:30", TODAY).replace(tzinfo=zone("Berlin"))
    assert "skip" in local_note(skipped)
