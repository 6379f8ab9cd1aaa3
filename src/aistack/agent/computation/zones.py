"""Time zones by their IANA names, by cities in both languages and by fixed offsets."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from aistack.agent.computation.numbers import ArithmeticProblem

_CITIES = {
    "Asia/Shanghai": "beijing peking shanghai shenzhen guangzhou china 北京 上海 深圳 广州 中国 北京时间",
    "Asia/Hong_Kong": "hong_kong hongkong 香港", "Asia/Taipei": "taipei taiwan 台北", "Asia/Tokyo": "tokyo japan 东京 日本",
    "Asia/Seoul": "seoul korea 首尔 韩国", "Asia/Singapore": "singapore 新加坡", "Asia/Kolkata": "mumbai delhi india 孟买 印度 新德里",
    "Asia/Dubai": "dubai 迪拜", "Asia/Bangkok": "bangkok 曼谷", "Australia/Sydney": "sydney 悉尼",
    "Pacific/Auckland": "auckland wellington new_zealand 奥克兰 新西兰", "Europe/London": "london uk britain england 伦敦 英国",
    "Europe/Paris": "paris france 巴黎 法国", "Europe/Berlin": "berlin germany munich frankfurt 柏林 德国",
    "Europe/Madrid": "madrid spain 马德里", "Europe/Rome": "rome italy milan 罗马", "Europe/Zurich": "zurich geneva switzerland 苏黎世",
    "Europe/Moscow": "moscow 莫斯科", "Africa/Cairo": "cairo 开罗", "America/Sao_Paulo": "sao_paulo brazil 圣保罗",
    "America/New_York": "new_york nyc boston washington miami toronto_time 纽约 华盛顿 波士顿",
    "America/Toronto": "toronto 多伦多", "America/Chicago": "chicago dallas houston 芝加哥",
    "America/Denver": "denver 丹佛", "America/Vancouver": "vancouver 温哥华",
    "America/Los_Angeles": "los_angeles san_francisco seattle la 洛杉矶 旧金山 西雅图",
    "Pacific/Honolulu": "honolulu hawaii 夏威夷", "UTC": "utc gmt z 世界时 格林尼治",
}  # fmt: skip
_AMBIGUOUS = {
    "cst": "China, US Central or Cuba", "ist": "India, Ireland or Israel", "bst": "Britain or Bangladesh",
    "ast": "Atlantic or Arabia",
}  # fmt: skip
_ABBREVIATIONS = {
    "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "eet": 2,
    "eest": 3, "wet": 0, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "msk": 3, "sgt": 8, "hkt": 8,
}  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.I)


def zone(name: str) -> tzinfo:
    """The zone of a name. Raises ArithmeticProblem if it is unknown, or means several."""
    text = re.sub(r"\s+", "_", name.strip().rstrip("时间").strip())
    lower = text.lower().removesuffix("_time")
    if lower in _AMBIGUOUS:
        raise ArithmeticProblem(f"{name} may be the time of {_AMBIGUOUS[lower]}; name a city")
    if lower in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[lower]), text.upper())
    offset = _OFFSET.fullmatch(text)
    if offset is not None and int(offset[2]) <= 14 and int(offset[3] or 0) < 60:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(span if offset[1] == "+" else -span)
    found = _names().get(lower)
    if found is None:
        raise ArithmeticProblem(f"{name!r} is not a time zone that is known here; use a name such as Europe/Berlin")
    return ZoneInfo(found)


def is_zone(name: str) -> bool:
    try:
        return bool(zone(name))
    except ArithmeticProblem:
        return False


def local_note(local: datetime) -> str:
    """What is odd about a local time: the clocks skip it, or show it twice. Empty if nothing is."""
    first, second = local.replace(fold=0), local.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return ""
    back = first.astimezone(timezone.utc).astimezone(local.tzinfo)
    if back.replace(tzinfo=None) != local.replace(tzinfo=None):
        return "the clocks go forward and skip this time"
    return "the clocks go back and show this time twice; the first is meant"


@cache
def _names() -> dict[str, str]:
    names = {name.lower(): name for name in available_timezones() if not name.startswith(("posix", "right"))}
    for city in list(names.values()):
        names.setdefault(city.rpartition("/")[2].lower(), city)
    return names | {word: name for name, words in _CITIES.items() for word in words.split()}
