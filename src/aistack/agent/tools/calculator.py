"""Exact arithmetic and unit conversion as tools."""

from pydantic import Field

from aistack.agent.computation.arithmetic import CHARACTERS_MAX, evaluate
from aistack.agent.computation.numbers import written
from aistack.agent.computation.units import UNIT_CHARACTERS_MAX, convert
from aistack.agent.tool_protocol import ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool


class Calculation(Arguments):
    expression: str = Field(
        min_length=1, max_length=CHARACTERS_MAX, description="such as 1.1*3, 15% of 80, 200+10%, sqrt(2), 2^10, 5!"
    )


class Calculator(TypedTool[Calculation]):
    name = "calculator"
    description = (
        "Computes an arithmetic expression exactly: + - * / ^ %, brackets, roots, logarithms, trigonometry (radians, "
        "or 30°), statistics of a few numbers. Use it for every calculation with numbers that are already known."
    )
    arguments = Calculation
    seconds_max = 5.0

    async def call(self, arguments: Calculation, context: ToolContext) -> ToolResult:
        value = evaluate(arguments.expression)
        digits, is_complete = written(value)
        sign = "=" if is_complete else "≈"
        data = {"expression": arguments.expression, "value": digits, "is_exact": is_complete}
        return ToolResult(f"{arguments.expression} {sign} {digits}", data)


class Conversion(Arguments):
    value: str = Field(min_length=1, max_length=CHARACTERS_MAX, description="a number or an expression")
    source: str = Field(min_length=1, max_length=UNIT_CHARACTERS_MAX, description="such as km/h, °F, 斤, MiB, kg*m/s^2")
    target: str = Field(min_length=1, max_length=UNIT_CHARACTERS_MAX)


class UnitConverter(TypedTool[Conversion]):
    name = "convert_units"
    description = (
        "Converts a quantity between units of length, mass, time, temperature, area, volume, speed, energy, power, "
        "pressure, data and so on, Chinese ones included. Not for money: exchange rates change."
    )
    arguments = Conversion
    seconds_max = 5.0

    async def call(self, arguments: Conversion, context: ToolContext) -> ToolResult:
        value = evaluate(arguments.value)
        digits, is_complete = written(convert(value, arguments.source, arguments.target))
        sign = "=" if is_complete else "≈"
        data = {"value": digits, "unit": arguments.target, "is_exact": is_complete}
        return ToolResult(f"{arguments.value} {arguments.source} {sign} {digits} {arguments.target}", data)
