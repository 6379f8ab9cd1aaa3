"""What a message is about by its words: documents, a database, or what is rising. Each word has a weight."""

import re
from collections.abc import Mapping, Sequence

from aistack.agent.intents.route import RoutingContext

Weighted = Sequence[tuple[float, str]]

_BUSINESS = (
    r"orders?|customers?|clients?|products?|sales|revenues?|turnover|invoices?|payments?|employees?|suppliers?|users?|"
    r"accounts?|deals?|transactions?|refunds?|salespe\w+|stock|inventory|items?|prices?|profits?|costs?|subscriptions?|"
    r"signups?|departments?|stores?|shipments?|students?|patients?|tickets?|quantit\w+"
)
_CHINESE_BUSINESS = "订单|客户|顾客|产品|商品|销售额|销量|销售|收入|营收|营业额|发票|付款|收款|员工|供应商|用户|交易|退款|库存|价格|利润|成本|部门|门店|学生|会员|金额|成交|单子"
DATABASE: Weighted = (
    (2.0, r"\bhow many\b"), (1.5, r"\b(?:number|count|share|percentage|proportion|ratio|sum|total|average|mean|median) of\b"),
    (1.5, r"^(?:count|sum|total|average)\b"), (1.5, r"\b(?:average|total|mean|median|highest|lowest|maximum|minimum|overall)\b"),
    (1.5, r"\b(?:most|fewest|largest|biggest|smallest|cheapest|best[- ]selling|least|more than|less than|at least)\b"),
    (2.0, r"\btop ?(?:\d+|five|ten|three|twenty)\b"), (1.5, r"\b(?:per|by|for each|in each|grouped by) (?:month|year|day|week|quarter|country|city|"
     r"region|category|customer|product|department|status|revenue|sales|store|user|employee)\b"),
    (1.5, r"\b(?:monthly|weekly|daily|yearly|quarterly|annual)\b"), (1.0, r"^(?:list|show|give|compare|count)\b"),
    (1.5, r"\bhow much (?:did|do|have|was|were)\b"), (1.5, r"\b(?:percent(?:age)?|share) of\b"),
    (1.0, r"\b(?:last|this|previous|past) (?:year|month|quarter|week)\b|\bin (?:19|20)\d\d\b|\bq[1-4]\b|\byesterday\b"),
    (1.5, rf"\b(?:{_BUSINESS})\b"), (0.5, r"^(?:which|who)\b"), (3.0, r"\b(?:database|table|tables|rows|columns?|records?)\b"),
    (2.0, "多少(?:个|笔|张|人|位|家|件|条|名|订单|钱|客户|用户|员工)|有几(?:个|张|笔|人|位|家|件|条|名)|(?:支付|卖|下|买|入职|取消|注册)了?多少"), (1.5, "总(?:收入|额|数|计|量|共|销|和)|合计|汇总|一共|统计|数量"),
    (1.5, "平均|最(?:多|少|高|低|大|小|贵|便宜)|超过|低于|不足"), (2.0, "前(?:\\d+|[一二三四五六七八九十]+)(?!天|年|周|个?月)|排名|排行|名次"),
    (1.5, "每个?(?:月|年|天|周|季度|城市|国家|部门|客户|产品|地区|类)|各(?:个)?(?:月|国家|城市|部门|地区|产品|类|省|门店)|按.{1,8}(?:统计|分组|排序|排名|汇总|划分)"),
    (1.5, "占比|比例|百分比|同比|环比|增长率|分布"), (1.0, "^(?:列出|显示|对比|比较|统计|查询)"),
    (1.0, "(?:去|今|前|上)年|(?:上|本|这)个?(?:月|季度|周)|[一二三四]季度|(?:19|20)\\d\\d年|昨天|[一二三四五六七八九十]+月份"),
    (2.5, "有多少(?!年|岁|时间|天)"), (1.0, "最(?!近|后|终|好|初|佳)"), (3.0, "^(?:请|帮我)*(?:显示|列出|找出|返回|给出|计算)(?!有关|关于)"), (1.5, "每个|所有|各自|不同的|从未|至少|大于|小于|多于|少于|不止"),
    (2.5, "按.{1,12}(?:排列|排序|升序|降序)|[升降]序"), (1.5, "的(?:名称|名字|姓名|数量|总数|人数|次数|编号|代码|标题)"), (1.0, "平均|总数|数量|人数"),
    (1.5, _CHINESE_BUSINESS), (3.0, "数据库|数据表|表里|字段|记录数"),
)  # fmt: skip
TRENDS: Weighted = (
    (4.0, r"\btrend(?:ing|s|y)?\b"), (4.0, r"\b(?:hot|emerging|rising|trending|breaking|popular) (?:topics?|subjects?|stories|themes|terms?|news)\b"),
    (3.0, r"\b(?:news|headlines?|top stories|buzz|hype)\b"), (3.0, r"\b(?:viral|talking about|gaining (?:attention|traction|popularity))\b"),
    (1.5, r"\btopics?\b|\bsubjects\b"), (1.5, r"\b(?:rising|emerging|lately|right now|attention)\b"), (2.0, r"\bfeeds?\b"),
    (2.0, r"\binterest in\b"), (3.0, r"\b(?:mention(?:ed|s)?|written about|covered)\b.*\b(?:last|past|week|month|days?)\b"),
    (4.0, "热点|热门|热搜|头条|最火|爆火|走红"), (3.0, "新闻|资讯|舆情|动态"), (2.0, "话题|热度|关注度|趋势|升温"), (2.0, "大家.*(?:讨论|谈论|聊)|(?:讨论|谈论)什么"),
    (1.5, "新兴|上升|走势"), (3.0, "提到.*次数|提及"),
)  # fmt: skip
DOCUMENTS: Weighted = (
    (2.5, r"\b(?:document|documents|file|files|pdf|contracts?|agreements?|manuals?|handbook|polic(?:y|ies)|reports?|minutes|"
     r"guidelines?|regulations?|clauses?|warranty|checklist|specification|memo|notes?)\b"),
    (2.5, r"\b(?:according to|stated in|written in|as per|described in|mentions?)\b"), (2.0, r"^(?:why|how (?:do|does|can|should|to|long)|explain|"
     r"summari[sz]e|describe|define)\b"), (2.0, r"^(?:what happens|what does|what is meant|what are the (?:steps|rules|requirements|differences?))\b"),
    (2.0, r"\b(?:may|can|should|must|am|do) (?:i|we|you|one|a|an|the)\b|\b(?:allowed|permitted|entitled|responsible|required?|liable|obliged)\b"),
    (1.5, r"\b(?:mean|means|difference between|purpose|reason|definition|steps|procedure|process|rules?|period)\b"), (1.0, r"^(?:what is the|what are the|where|when|who|is|are|does)\b"),
    (2.5, "文档|文件|合同|协议|手册|制度|政策|报告|纪要|规范|规定|条款|资料|说明书|保修|清单"), (2.5, "根据|依据|按照"), (2.0, "为什么|为何|怎么|如何|怎样|会怎么样|什么意思|是什么意思|解释|总结|概括|说明"),
    (2.0, "可以|能不能|能否|是否|允许|需要|应该|必须|负责|享受|适用|要求"), (1.5, "区别|步骤|流程|原因|定义|含义|期限|有效期|哪里|何处|什么时候|多久|多长"),
    (1.0, "是什么|最大多少"),
)  # fmt: skip
SEARCH: Weighted = (
    (3.0, r"^(?:please )?(?:find|search|look up|look for|locate)\b"), (3.0, r"^(?!who|what|why|when|how|is |are |does|did).*\b(?:documents?|files?|reports?|anything|something|material|papers|notes) (?:about|on|that|mention\w*|regarding|concerning|related)\b"),
    (3.0, r"^where (?:can|do|could) (?:i|we) find\b"), (3.0, r"^(?:show|give|list)(?: me)?(?: all| the)? (?:documents?|files?|reports?|pages|notes)\b"),
    (3.0, "^(?:请|帮我|麻烦)*(?:查找|搜索|搜一下|搜|检索|找一下|找找|找)"), (3.0, "(?:哪些|有没有|有无|什么|有).*(?:文档|文件|资料|报告|材料)"), (3.0, "(?:在)?哪里?能?(?:找到|查到|看到)"),
    (3.0, "^(?:有)?关于.+的?(?:文档|文件|资料|报告|材料)$"),
)  # fmt: skip
_POSSESSIVE_TREND = re.compile(
    rf"\b(?:{_BUSINESS})\b.*\btrends?\b|\btrends? (?:of|in) (?:our |the )?(?:monthly )?(?:{_BUSINESS})\b|(?:{_CHINESE_BUSINESS}).{{0,6}}(?:趋势|走势)",
    re.I,
)


def scores(message: str, context: RoutingContext) -> Mapping[str, tuple[float, str]]:
    """For each subject that there is, its weight, and the words that speak for it."""
    found = {name: _score(message, words) for name, words in
             (("database", DATABASE), ("trends", TRENDS), ("documents", DOCUMENTS), ("search", SEARCH))}  # fmt: skip
    named = sorted(one for one in context.table_words if len(one) > 2 and re.search(_whole(one), message, re.I))
    if named:
        score, words = found["database"]
        found["database"] = score + 1.5 * min(2, len(named)), ", ".join((*([words] if words else []), *named[:3]))
    if _POSSESSIVE_TREND.search(message):
        found["trends"] = (found["trends"][0] - 4.0, found["trends"][1])
        found["database"] = (found["database"][0] + 1.5, found["database"][1])
    there = {"database": context.has_database, "trends": context.has_trends, "documents": context.has_documents,
             "search": context.has_documents}  # fmt: skip
    return {name: one for name, one in found.items() if there[name]}


def _score(message: str, words: Weighted) -> tuple[float, str]:
    total, seen = 0.0, list[str]()
    for weight, pattern in words:
        if found := re.search(pattern, message, re.I):
            total += weight
            seen.append(found[0].strip())
    return total, ", ".join(seen[:3])


def _whole(word: str) -> str:
    return rf"\b{re.escape(word)}s?\b" if word.isascii() else re.escape(word)
