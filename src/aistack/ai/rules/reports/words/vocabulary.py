"""The words of business questions in English and Chinese, by the part that each plays."""

from aistack.ai.rules.grammar.chart_parser import SKIP
from aistack.ai.rules.grammar.lexicon import Words

ENGLISH = {
    SKIP: "the a an please me us 's is are was were be been being do does did can could would you i we our us their his her its"
    " he/she he_she want need to see know there that's it all any some ever also so then they this these those in_the_database in_the_system"
    " overall currently actually corresponding respective associated associated_with results result records record entries rows list_of"
    " data information details based on_record based_on as according_to starting starting_from from_the_top in_total altogether available given"
    " he she them it what_'s how_does how_do how_does_the how_much how_much_money do_we did_we worth whole in_the_whole_of that_year that_month that_period in_that_period each_other at_all together out only just recorded registered listed who compare have_been has_been",
    "LINK": "place order made placed received posted written published presented occurred serving serve serves served located situated"
    " belonging belong belongs living live lives lived work works working worked taught teach teaches owned own owns bought buy buys sold sell sells paid pay pays"
    " ordered_by_customers purchased purchase received_by written_by made_by placed_by done held hold given_by took take taken joined attended attend visited visit"
    " wrote write generated generate brought bring earned earn spent_by spend got get used use uses performed completed created made_up reported"
    " had has have involved related related_to connected associated happened happen happens took_place provide provided submitted gave give left_by booked signed that_was"
    " collected issued processed opened assigned enrolled treated seen handled managed offered offer offers provide provides provided employed",
    "SHOW": "show list return give display get find name tell print report include",
    "WH": "what which who whose where",
    "THAT": "that",
    "OF": "of",
    "IN": "in at on within inside into among from via through during",
    "FOR": "for",
    "BY": "by per for_each in_each of_each from_each at_each to_each by_each for_every grouped_by broken_down_by group_by split_by across by_each each_of"
    " across_different across_all broken_out_by differ_by vary_by vary_across across_the for_all_the within_each on_each for_different by_different",
    "EACH": "each every",
    "WITH": "with having that_have that_has who_have who_has which_have which_has with_a have has had that_had who_had",
    "NOT": "not no without don't doesn't didn't never do_not does_not did_not do_not_have does_not_have did_not_have have_not has_not haven't hasn't"
    " that_have_no who_have_no have_no has_no have_never has_never who_have_never that_do_not_have that_have_not who_have_not with_no excluding except other_than"
    " isn't aren't wasn't weren't is_not are_not was_not were_not have_n't_any",
    "AND": "and but , as_well_as along_with plus together_with and_also and_the alongside",
    "OR": "or",
    "BOTH": "both",
    "THAN": "than",
    "TO": "to versus vs vs. over_the compared_to compared_with against and",
    "COUNT": "how_many number_of count_of the_number_of total_number_of total_count_of count number_of_distinct number_of_unique how_many_distinct total_number total_count"
    " how_many_different number_of_different how_many_unique counts_of numbers_of count_the",
    "NUMBER": "count counts",
    "RATIO": "ratio_of ratio_between ratio the_ratio_of",
    "SHARE": "share_of percentage_of percent_of proportion_of fraction_of what_percentage_of what_percent_of what_share_of what_proportion_of % percentage proportion"
    " what_fraction_of share as_a_percentage_of as_a_share_of as_percentage_of",
    "RUNNING": "running_total cumulative running_total_of cumulative_total running running_sum cumulative_sum",
    "CHANGE": "month_over_month year_over_year week_over_week quarter_over_quarter growth growth_rate growth_of change_in growth_in change_from_month_to_month"
    " mom yoy compared_to_the_previous_month compared_to_the_previous_year change_of",
    "DISTINCT": "distinct unique different",
    "TOP": "top first",
    "BOTTOM": "bottom last",
    "HIGH": "most highest largest greatest biggest maximum max best top leading more_than_any_other most_number_of highest_number_of largest_number_of greatest_number_of",
    "LOW": "least fewest lowest smallest minimum min worst lowest_number_of smallest_number_of fewest_number_of",
    "TERMS": "in_terms_of by_the ranked_by ranked_on measured_by based_on_the",
    "ORDER": "sorted_by ordered_by order_by sort_by in_order_of sort ordered sorted order order_the_results_by order_results_by sort_the_results_by order_them_by sort_them_by"
    " ordered_by_the order_the_results sort_the_results starting_from_the ordering arranged_by",
    "ALPHA": "alphabetically in_alphabetical_order alphabetical_order",
    "ASC": "ascending in_ascending_order ascending_order_of increasing asc from_lowest_to_highest in_increasing_order lowest_first ascending_order smallest_first"
    " oldest_first earliest_first from_low_to_high",
    "DESC": "descending in_descending_order decreasing desc descending_order_of from_highest_to_lowest highest_first in_decreasing_order descending_order"
    " largest_first newest_first latest_first from_the_highest_to_the_lowest to_the_lowest to_lowest most_first from_high_to_low",
    "BETWEEN": "between",
    "PER1": "average_per mean_per",
    "CONTAINS": "whose_name_contains containing contains contain that_contain whose_name_contains with_name_containing include_the_word includes_the_word contains_the_word",
    "STARTS": "starting_with starts_with start_with beginning_with begins_with begin_with that_start_with that_starts_with",
    "ENDS": "ending_with ends_with end_with ending_in ends_in end_in",
    "SIZE": "milliseconds seconds minutes hours ms kb mb gb kilobytes megabytes gigabytes bytes",
}  # fmt: skip
ENGLISH_FUNCTIONS = {
    "sum": "total sum sum_of total_of combined overall_total the_total total_amount_of the_sum_of",
    "avg": "average mean avg average_of mean_of the_average on_average average_number_of typical average_amount_of",
    "min": "minimum min lowest smallest cheapest_price",
    "max": "maximum max highest largest greatest",
}
ENGLISH_COMPARISONS = {
    ">": "more_than over above greater_than higher_than larger_than exceeding exceeds > longer_than costing_more_than bigger_than in_excess_of after older_than exceed",
    "<": "less_than under below fewer_than lower_than smaller_than < shorter_than cheaper_than costing_less_than before younger_than",
    ">=": "at_least no_less_than no_fewer_than >= ≥ not_less_than or_more minimum_of",
    "<=": "at_most no_more_than up_to <= ≤ not_more_than maximum_of",
    "=": "exactly equal_to equals equal =",
}
ENGLISH_UNITS = {
    "day": "day daily days date per_day each_day by_day", "week": "week weekly per_week each_week by_week",
    "month": "month monthly per_month each_month by_month months", "quarter": "quarter quarterly per_quarter each_quarter by_quarter",
    "year": "year yearly annually annual per_year each_year by_year years",
}  # fmt: skip
CHINESE = {
    SKIP: "请问 请 告诉我 告诉 我 你 能 能否 可以 给我 给 一下 想知道 想 知道 要 是 为 呢 吗 吧 啊 了 都 一共 总共 共有 共 我们 咱们 目前 现在 当前 信息 情况 数据 记录 具体"
    " 的话 里 里面 中 内 上 分别 各自 它们 他们 个 门 位 名 家 笔 件 条 张 本 部 种 次 款 座 台 所有 全部 那些 这些 这个 那个 被 会 就 其 进行 公司 店里 时候 期间 以来 下 过 来 由",
    "LINK": "下 写 发表 购买 买 卖 支付 付款 收到 位于 住在 属于 来自 参加 选修 教 负责 提供 产生 完成 发生 接受 带来 贡献 花 花了 花费了 创建 提交 成交 就诊 看 开 收",
    "SHOW": "列出 列举 显示 查询 查看 查找 找出 展示 看看 返回 给出 统计",
    "WH": "哪个 哪些 什么 哪条 哪座 哪位 哪家 哪款 哪种 哪类 谁 哪几个 哪 有哪些 有什么 哪里 哪一个",
    "DE": "的 之",
    "IN": "在 从 于",
    "BY": "按 按照 根据 每个 每 各 各个 每一个 每位 每名 每家 每种 每类 各类 各种 不同 每条 每笔 每张 每款 各家 各位",
    "AFTERBY": "分组 汇总 分类 划分 分布 排名",
    "WITH": "有 拥有 含有 包含 带有",
    "NOT": "不 没有 没 未 不是 非 从未 从不 不在 并未 从来没有 从没 没有任何 无 未曾 除",
    "AND": "和 与 以及 及 并且 且 , 、 还有 跟 同时",
    "OR": "或 或者 或是 还是",
    "TO": "与 和 比 对比 相比 除以 跟 较 比上",
    "COUNT": "多少 几 几个 多少个 有多少 多少名 多少位 有几个 多少种 多少家 多少笔 多少条 多少次 多少张 多少单 几位",
    "NUMBER": "数量 数目 个数 总数 数 人数 总数量 件数 条数 笔数 次数 单数 家数",
    "RATIO": "比例 之比 比率 比值",
    "SHARE": "占比 份额 百分比 占 所占比例 占总数的比例 的占比 比重 占多少 占多大比例 占总额的比例",
    "RUNNING": "累计 累积 滚动累计",
    "CHANGE": "环比 环比增长 同比 同比增长 增长率 环比增长率 同比增长率 环比变化 增速 变化率 增长",
    "DISTINCT": "不重复 去重 不同的",
    "TOP": "前",
    "BOTTOM": "后 倒数",
    "HIGH": "最多 最高 最大 最好 最贵 最多的 最高的 最大的",
    "LOW": "最少 最低 最小 最差 最少的 最低的 最小的",
    "ORDER": "排序 排列 排",
    "ASC": "升序 从小到大 从低到高 递增 由低到高 从少到多",
    "DESC": "降序 从大到小 从高到低 递减 由高到低 从多到少 倒序",
    "BETWEEN": "介于",
    "ABOVE": "以上 及以上",
    "BELOW": "以下 以内",
    "TO2": "到 至 之间",
    "CONTAINS": "名字包含 名称包含 标题包含 名字中有 名字里有 名称中有 含",
    "STARTS": "开头为 以",
    "SIZE": "毫秒 秒 分钟 小时",
}  # fmt: skip
CHINESE_FUNCTIONS = {
    "sum": "总 合计 总计 总和 之和 加起来 总的 总共的",
    "avg": "平均 均值 平均值 平均的 人均 平均每",
    "min": "最小 最低",
    "max": "最大 最高",
}
CHINESE_COMPARISONS = {
    ">": "大于 超过 高于 多于 > 大过 不止 超出 晚于",
    "<": "小于 低于 少于 不到 < 不足 早于",
    ">=": "大于等于 不少于 不低于 至少 >= ≥ 不小于 至少有",
    "<=": "小于等于 不超过 不高于 至多 <= ≤ 不大于",
    "=": "等于 =",
}
CHINESE_UNITS = {
    "day": "每天 每日 按天 按日 日 天", "week": "每周 按周 各周", "month": "每月 每个月 按月 月份 各月 按月份 月度 月",
    "quarter": "每季度 每个季度 按季度 各季度 季度", "year": "每年 按年 年份 各年 年度 按年份 年",
}  # fmt: skip


def words(*, chinese: bool) -> Words:
    """Every phrase with its parts."""
    found: dict[str, list[tuple[str, object]]] = {}
    plain, functions, comparisons, units = (
        (CHINESE, CHINESE_FUNCTIONS, CHINESE_COMPARISONS, CHINESE_UNITS)
        if chinese
        else (ENGLISH, ENGLISH_FUNCTIONS, ENGLISH_COMPARISONS, ENGLISH_UNITS)
    )
    for category, text in plain.items():
        for phrase in text.split():
            found.setdefault(phrase.replace("_", " "), []).append((category, None))
    for category, by in (("AGG", functions), ("CMP", comparisons), ("UNIT", units)):
        for meaning, text in by.items():
            for phrase in text.split():
                found.setdefault(phrase.replace("_", " "), []).append((category, meaning))
    return found
