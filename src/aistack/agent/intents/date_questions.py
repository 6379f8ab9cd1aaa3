"""Questions about dates and times in words."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from aistack.agent.computation.date_words import negative, read_date, read_moment, read_span
from aistack.agent.computation.dates import Span
from aistack.agent.computation.numbers import ArithmeticProblem
from aistack.agent.computation.zones import is_zone

_DAYS = r"(?:working days?|business days?|work ?days?|days?|weeks?|months?|nights?|time)"
_PLACE = r"([A-Za-z][A-Za-z_/ ]+?)"
_FORMS: list[tuple[str, str]] = [
    ("between", rf"how (?:many|much|long) ?{_DAYS}?(?: (?:are|is|were|was))?(?: there)?(?: left| remaining)? between (.+?) and (.+)"),
    ("between", rf"how (?:many|long) ?{_DAYS}?(?: (?:are|is|were|was|is it))?(?: there)? from (.+?) (?:to|until|till) (.+)"),
    ("between", rf"(?:number of |the )*{_DAYS} (?:between|from) (.+?) (?:and|to|until|till) (.+)"),
    ("until", rf"how (?:many|much|long) ?{_DAYS}?(?: (?:are|is|is it|do we have))?(?: there| left| remaining)* (?:until|till|to|before) (.+)"),
    ("until", rf"{_DAYS} (?:until|till|left until) (.+)"),
    ("since", rf"how (?:many|much|long) ?{_DAYS}?(?: (?:have passed|passed|ago|is it|has it been|has passed|went by))* ?(?:since|was) (.+)"),
    ("since", rf"{_DAYS} since (.+)"),
    ("describe", r"(?:what|which) (?:day of the week|weekday|day) (?:is|was|will be|falls on|does|did) (?:it on )?(.+?)(?: (?:fall on|be))?"),
    ("describe", r"(?:on )?(?:what|which) (?:weekday|day of the week|day) (?:does|did|will) (.+?) (?:fall|be)(?: on)?"),
    ("describe", r"(?:what|which) (?:calendar |iso )?week(?: number| of the year)? (?:is|was) (.+)"),
    ("describe", r"(?:week|day) (?:number|of (?:the )?(?:week|year)) (?:of|for|on) (.+)"),
    ("leap", r"(?:is|was|will)(?: the year)? (\d{1,4})(?: be)? a leap year"),
    ("now", r"(?:what(?:'s| is) )?(?:the )?(?:current )?(?:date|time)(?: and time)?(?: (?:now|today|please|is it))*"),
    ("now", r"(?:what(?:'s| is)) (?:today's|the current|the) (?:date|day)(?: today| please)?|what day is (?:it|today)(?: today)?"),
    ("now", r"(?:what time|what date) is it(?: now| right now| today)?|today's date(?: please)?"),
    ("now_in", rf"what(?:'s| is) the (?:current |local )?(?:time|date)(?: now| right now)? in {_PLACE}(?: now| right now)?"),
    ("now_in", rf"what (?:time|date|day) is it(?: now| right now)? in {_PLACE}(?: now| right now)?"),
    ("now_in", rf"(?:current |local )?time (?:now )?in {_PLACE}(?: now)?"),
    ("zone", rf"(?:if|when) it(?:'s| is) (.+?) in {_PLACE},? what(?: time)?(?:'s| is)(?: it| the time)? in {_PLACE}"),
    ("zone", rf"what(?: time)? is (.+?) (?:in )?{_PLACE}(?: time)? in {_PLACE}(?: time)?"),
    ("zone", rf"(?:convert |change )?(\d.*?|noon|midnight) (?:in )?{_PLACE}(?: time)? (?:to|in|into|is what in) {_PLACE}(?: time)?"),
    ("add", r"(?:what(?:'s| is|'ll be| will be)? )?(?:the |which )?(?:date|day)(?: (?:is|was|will be|will it be|falls))*(?: it)? (.+ (?:from|after|before) .+)"),
    ("add", r"(?:when is |what is |date )?(.+ (?:from|after|before) .+)"),
    ("add_to", r"(?:what(?:'s| is) )?(.+?) (?:plus|minus|\+|-) (\d+ [a-z ]+)"),
    ("relative", r"(?:what(?:'s| is| was)? )?(?:the |which )?(?:date|day)(?: (?:is|was|will it be|will be))*(?: it)? (?:in )?(.+)"),
]  # fmt: skip
_CHINESE: list[tuple[str, str]] = [
    ("between", r"(?:从|自)?(.+?)(?:到|至|和|与)(.+?)(?:之间|期间)?(?:一共|总共|还)?(?:有|相差|相隔|隔了?|差|是)(?:多少|几)个?(?:工作日|天|周|星期|月|年|日)"),
    ("until", r"(?:现在|今天)?(?:距离|距|离|到)(.+?)(?:一共|总共)?(?:还有|还剩|有|剩|差)(?:多少|几)个?(?:工作日|天|周|星期|月|年|日)"),
    ("since", r"(.+?)(?:到现在|到今天|至今|距今|离现在)(?:已经)?(?:有|过了|过去了)?(?:多少|几)个?(?:工作日|天|周|星期|月|年|日)(?:了)?"),
    ("zone", r"(.+?)(上午|下午|晚上|早上|凌晨|中午)?([0-9零一二三四五六七八九十两]+(?:[:：]\d\d|[点时](?:半|\d+分?)?))(?:是|等于|对应|换算成|转换成|转成)(.+?)(?:时间)?(?:的)?(?:几点|什么时候|什么时间|多少点)?"),
    ("now_in", r"(.+?)(?:时间)?(?:现在|当前|此刻)(?:是)?(?:几点|什么时间|几号|星期几|多少点)(?:钟|了)?|现在(.+?)(?:是)?(?:几点|什么时间)(?:钟|了)?"),
    ("now", r"(?:今天|现在|当前)(?:的)?(?:日期|时间)?(?:是|到)?(?:几月几号|几月几日|几号|几点|多少号|星期几|周几|礼拜几|什么日期|什么时间|什么时候)?(?:钟|了)?"),
    ("describe", r"(.+?)(?:是|为)?(?:星期几|周几|礼拜几|(?:全年|一年中?的?)?第几周|第几个?星期|(?:全年|当年|一年中?的?)第几天)"),
    ("leap", r"(\d{1,4})年?(?:是|是不是)?闰年"),
    ("after", r"(.+?)(?:之后|以后|后)(?:是|为)?(?:的)?(?:哪一天|哪天|几号|几月几号|几月几日|什么日期|什么时候|星期几|日期|哪个日期)"),
    ("earlier", r"(.+?)(?:之前|以前|前)(?:是|为)?(?:的)?(?:哪一天|哪天|几号|几月几号|几月几日|什么日期|什么时候|星期几|日期|哪个日期)"),
    ("after_date", r"(.+?)(?:之后|以后|起|开始|后|加|再过|过)(.+?)(?:后|之后)?(?:是|为)(?:哪一天|哪天|几号|几月几号|几月几日|什么日期|什么时候|星期几|日期)"),
    ("relative", r"(.+?)(?:是)?(?:几号|几月几号|几月几日|哪一天|哪天)"),
]  # fmt: skip
_FROM = re.compile(r"(.+?) (from|after|before) (.+)", re.I)
_POLITE = re.compile(
    r"^(?:please|hey|hi|so|ok|tell me|can you tell me|do you know)[, ]+|^(?:请问|请|帮我|麻烦|算一下|计算|查一下)+[,，]?",
    re.I,
)


def date_question_of(message: str, today: date) -> Mapping[str, Any] | None:
    """The arguments of the date calculator, if a message is wholly a question about dates that can be read."""
    text = _POLITE.sub("", " ".join(message.strip().rstrip("?？.。!！").split()))
    text = re.sub(r"(?:吗|呢|啊|呀)$", "", text).strip()
    if not text or len(text) > 200:
        return None
    for forms, cleaned in ((_FORMS, text), (_CHINESE, text.replace(" ", ""))):
        for kind, pattern in forms:
            if found := re.fullmatch(pattern, cleaned, re.I):
                try:
                    arguments = _arguments(kind, [one or "" for one in found.groups()], today)
                except ArithmeticProblem:
                    arguments = None
                if arguments is not None:
                    return arguments
    return None


def _arguments(kind: str, groups: list[str], today: date) -> Mapping[str, Any] | None:
    match kind:
        case "between":
            return {
                "operation": "between",
                "date": _iso(groups[0], today),
                "until": _iso_after(groups[1], groups[0], today),
            }
        case "until":
            return {"operation": "between", "date": today.isoformat(), "until": _iso(groups[0], today)}
        case "since":
            return {"operation": "between", "date": _iso(groups[0], today), "until": today.isoformat()}
        case "describe" | "relative":
            return {"operation": "describe", "date": _iso(groups[0], today)}
        case "leap":
            return {"operation": "describe", "date": f"{int(groups[0]):04}-01-01"} if int(groups[0]) else None
        case "now":
            return {"operation": "now"}
        case "now_in":
            place = next((one for one in groups if one), "").strip()
            return {"operation": "now", "to_zone": place} if is_zone(place) else None
        case "zone":
            return _zones(groups, today)
        case "after":
            return _sum("今天", groups[0], 1, today) or _split_sum(groups[0], today)
        case "earlier":
            return _sum("今天", groups[0], -1, today)
        case "after_date" | "add_to":
            return _sum(groups[0], groups[1], 1, today)
        case _:
            found = _FROM.fullmatch(groups[0])
            if found is None:
                return None
            start = "today" if found[3].lower() in ("now", "today") else found[3]
            return _sum(start, found[1], -1 if found[2].lower() == "before" else 1, today)


def _zones(groups: list[str], today: date) -> Mapping[str, Any] | None:
    if len(groups) == 4:  # Chinese: place, part of the day, clock, other place
        groups = [groups[1] + groups[2], groups[0].removesuffix("时间"), groups[3]]
    moment, source, target = (one.strip() for one in groups)
    if not (is_zone(source) and is_zone(target)):
        return None
    read_moment(moment, today)
    return {"operation": "convert_zone", "date": moment, "zone": source, "to_zone": target}


def _split_sum(text: str, today: date) -> Mapping[str, Any] | None:
    """下周一起10个工作日: a date, then a span."""
    found = re.fullmatch(r"(.+?)(?:之后|以后|起|开始|再过|过|的|加)(.+)", text)
    return _sum(found[1], found[2], 1, today) if found else None


def _sum(start: str, span_text: str, sign: int, today: date) -> Mapping[str, Any] | None:
    leftover = re.sub(
        r"\d+|an?\b|one|two|three|four|five|six|seven|eight|nine|ten|and|exactly|[零〇一二三四五六七八九十百千两半个和又零的]"
        r"|working|business|work|days?|weeks?|months?|years?|fortnights?|工作日|年|月|周|星期|天|日|,|\s",
        "", span_text, flags=re.I,
    )  # fmt: skip
    if leftover:
        return None
    span = read_span(span_text)
    signed: Span = span if sign > 0 else negative(span)
    parts = {name: getattr(signed, name) for name in ("years", "months", "weeks", "days", "working_days")}
    return {"operation": "add", "date": _iso(start, today)} | {name: value for name, value in parts.items() if value}


def _iso(text: str, today: date) -> str:
    cleaned = re.sub(
        r"^(?:the |on |our |next |this )+(?=christmas|new year|halloween)|(?:的)$", "", text.strip(), flags=re.I
    )
    return read_date(cleaned, today).isoformat()


def _iso_after(text: str, first: str, today: date) -> str:
    """The second of two dates: without a year, that of the first."""
    year = re.search(r"(\d{4}) ?年", first)
    if year and re.match(r"\d+月", text):
        text = f"{year[1]}年{text}"
    return _iso(text, today)
