"""Calculations in words: an expression for the calculator, or nothing if not every word is understood."""

import re

from aistack.agent.computation.arithmetic import CHARACTERS_MAX, evaluate
from aistack.agent.computation.numbers import ArithmeticProblem
from aistack.agent.intents.numerals import to_digits

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?%?"

_LEAD = re.compile(
    r"^(?:(?:please|can you|could you|would you|hey|so|ok|tell me|help me|i need|i want)[, ]+)*"
    r"(?:(?:to )?(?:calculate|compute|evaluate|work out|solve|figure out)[: ]+(?:a |the )?"
    r"|(?:what(?:'s| is| are| do (?:i|you|we) get (?:if|when) (?:i|you|we))|how much (?:is|are)|what will be)\s+(?:the )?(?:result of |value of )?)?",
    re.I,
)
_TAIL = re.compile(r"(?:\s*(?:equals?|is|make|in total|please|worth)|\s*=\s*)*(?:[\s?.？。]|(?<![\d)])[!！])*$", re.I)
_CHINESE_LEAD = re.compile(
    r"^(?:请问|请|麻烦|你好|帮我|帮忙|给我|我想|想)*(?:计算一下|计算|算一下|算一算|算算|算|求一下|求|问一下)?(?:一下)?[:：,， ]*"
)
_CHINESE_TAIL = re.compile(
    r"(?:的?(?:结果|值|和|总和)?)?(?:是|等于|为|得|=|＝)*(?:多少|(?<!百分之)几|什么|啥)?(?:元|块|钱|块钱)?(?:呢|啊|呀|吗)?(?:[\s?？。=＝]|(?<![\d)])[!！])*$"
)

# Whole sentences, then words inside expressions. What a rule gives is an expression.
_FORMS = [
    (rf"(?:if (?:i|you|we) )?(?:add|adding) (?:a )?({_NUMBER})(?: (?:vat|tax|tip|interest|more))* to ({_NUMBER})", r"(\2)+\1"),
    (rf"(?:increase|raise) ({_NUMBER}) by ({_NUMBER})", r"(\1)+\2"),
    (rf"(?:decrease|reduce|lower|discount) ({_NUMBER}) by ({_NUMBER})", r"(\1)-\2"),
    (rf"subtract ({_NUMBER}) from ({_NUMBER})", r"(\2)-\1"),
    (rf"divide ({_NUMBER}) by ({_NUMBER})", r"(\1)/\2"),
    (rf"multiply ({_NUMBER}) (?:by|with) ({_NUMBER})", r"(\1)*\2"),
    (rf"(?:a )?({_NUMBER}) (?:tip|tax|vat|discount|interest|commission|of)(?: of| on| from)? ({_NUMBER})", r"\1*(\2)"),
    (rf"({_NUMBER}) (?:with|plus|including) (?:a )?({_NUMBER}) (?:vat|tax|tip)", r"(\1)+\2"),
    (rf"({_NUMBER}) (?:with|after|less|minus) (?:a )?({_NUMBER}) (?:discount|off)", r"(\1)-\2"),
    (rf"(?:what )?(?:percent(?:age)?|%) (?:of ({_NUMBER}) is ({_NUMBER}))", r"(\2)/(\1)*100"),
    (rf"({_NUMBER}) (?:is|as) (?:what|a) ?(?:%|percentage) of ({_NUMBER})", r"(\1)/(\2)*100"),
    (rf"(?:原价)?({_NUMBER})(?:元|块)?打([0-9.]+)折(?:后|之后)?", r"(\1)*DISCOUNT(\2)"),
    (rf"({_NUMBER})(?:元|块)?(?:增加|上涨|加上|涨|加)(?:了)?({_NUMBER})(?:的?税)?", r"(\1)+\2"),
    (rf"({_NUMBER})(?:元|块)?(?:减少|下降|降低|减去|降)(?:了)?({_NUMBER})", r"(\1)-\2"),
    (rf"({_NUMBER})(?:元)?的({_NUMBER})", r"(\1)*\2"),
    (rf"({_NUMBER})(?:是|占)({_NUMBER})的(?:百分之几|百分比|几成)", r"(\1)/(\2)*100"),
]  # fmt: skip
_LISTS = {
    r"(?:average|mean)(?: value)? of": "mean", r"median of": "median", r"sum of|total of": "sum",
    r"(?:largest|greatest|maximum|max|highest) of": "max", r"(?:smallest|least|minimum|min|lowest) of": "min",
    r"product of": "*",
}  # fmt: skip
_CHINESE_LISTS = {
    "平均(?:数|值)?": "mean",
    "中位数": "median",
    "(?:总和|之和|和|合计)": "sum",
    "最大(?:值|数)?": "max",
    "最小(?:值|数)?": "min",
    "(?:乘积|积)": "*",
}
_WORDS = [
    (r"\b(?:the )?square root of\b", " √ "), (r"\b(?:the )?cube root of ([\d.,]+)", r"cbrt(\1)"),
    (r"\b(?:raised )?to the power of\b", "^"), (r"\b(?:multiplied by|times)\b", "*"), (r"\bdivided by|\bover\b", "/"),
    (r"\bplus\b", "+"), (r"\bminus\b", "-"), (r"\bmodulo\b", " mod "), (r"\bsquared\b", "^2"), (r"\bcubed\b", "^3"),
    (r"\bper ?cent\b", "%"), (r"\bhalf of\b", "0.5*"), (r"\ba third of\b", "(1/3)*"), (r"\btwice\b|\bdouble\b", "2*"),
    (r"(\d)\s*[x×]\s*(\d)", r"\1*\2"), (r"\bfactorial of (\d+)", r"\1!"), (r"(\d+) factorial\b", r"\1!"),
    (r"\blog(?:arithm)? of ([\d.]+)", r"log(\1)"), (r"\bthe\b", " "), (r"\band\b", "+"),
    (r"百分之([\d.]+)", r"\1%"), (r"([\d.)]+)的([\d.]+)次方", r"\1^\2"), (r"([\d.)]+)的平方根", r"√\1"),
    (r"([\d.)]+)的立方根", r"cbrt(\1)"), (r"([\d.)]+)(?:的)?平方", r"\1^2"), (r"([\d.)]+)(?:的)?立方", r"\1^3"),
    (r"([\d.)]+)开(?:平)?方", r"√\1"), (r"(?:根号|开方)", "√"), (r"([\d.)]+)的阶乘", r"\1!"), (r"加上|加", "+"), (r"减去|减", "-"),
    (r"乘以|乘上|乘", "*"), (r"除以", "/"), (r"([\d.)]+)的(?=[\d(])", r"\1*"), (r"的一半", "/2"),
]  # fmt: skip
_OPERATION = re.compile(r"[-+*/^%!√×÷]|[a-z]{2,}\(", re.I)
_DATE_LIKE = re.compile(r"^\s*\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s*$|^\s*\d{1,2}/\d{1,2}/\d{2,4}\s*$|^[+(]?\d[\d\s()-]{6,}$")
_ARITHMETIC_ONLY = re.compile(r"^[\d\s.,()+\-*/^%!√×÷=?？（）＋－＊／°]+$")


def expression_of(message: str) -> str | None:
    """The expression that a message asks to compute. None if it asks for something else, too."""
    if len(message) > CHARACTERS_MAX:
        return None
    text = " ".join(message.strip().split())
    if _DATE_LIKE.match(text.rstrip("?？ ")):
        return None
    text = text.translate(str.maketrans("（）＋－＊／％＝×÷，", "()+-*/%=*/,"))
    text = _LEAD.sub("", _CHINESE_LEAD.sub("", text), count=1)
    text = _TAIL.sub("", _CHINESE_TAIL.sub("", text)).strip()
    text = re.sub(r"\$|€|£|¥|￥", "", text)
    for candidate in (text, re.sub(r"(?:元|块)", "", text)):
        expression = _normalised(candidate)
        if _OPERATION.search(expression.strip().lstrip("+-")) and _is_computable(expression):
            return expression
    return None


def is_arithmetic(message: str) -> bool:
    """Whether a message is digits and operators only, so that it can only be meant as a calculation."""
    text = message.strip()
    return (
        bool(_ARITHMETIC_ONLY.match(text)) and bool(re.search(r"\d\s*[-+*/^×÷%]", text)) and not _DATE_LIKE.match(text)
    )


def _is_computable(expression: str) -> bool:
    try:
        evaluate(expression)
    except ArithmeticProblem:
        return False
    return True


def _normalised(text: str) -> str:
    text = to_digits(text)
    for pattern, name in _LISTS.items():
        if found := re.fullmatch(rf"(?:{pattern})(?: the numbers?)?:? (.+)", text, re.I):
            return _list(name, found[1], text)
    for pattern, name in _CHINESE_LISTS.items():
        if found := re.fullmatch(rf"([\d.,、和与 及]+?)的?(?:{pattern})", text):
            return _list(name, found[1], text)
    for pattern, replacement in _FORMS:
        if found := re.fullmatch(pattern, re.sub(r" ?per ?cent\b", "%", text, flags=re.I), re.I):
            return re.sub(r"DISCOUNT\(([\d.]+)\)", _discount, found.expand(replacement))
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text, flags=re.I)
    return text.strip()


def _list(name: str, items: str, text: str) -> str:
    parts = [one for one in re.split(r"\s*(?:、|和|与|及|,(?!\d{3}\b)|, ?|\band\b)\s*", items.strip()) if one]
    if len(parts) < 2 or not all(re.fullmatch(r"-?\d+(?:\.\d+)?%?", one) for one in parts):
        return text
    return "*".join(parts) if name == "*" else f"{name}({', '.join(parts)})"


def _discount(found: re.Match[str]) -> str:
    """八折 is 0.8 of the price, and so is 80折; 八五折 and 8.5折 are 0.85."""
    digits = found[1]
    return f"({digits}/100)" if len(digits.split(".")[0]) > 1 else f"({digits}/10)"
