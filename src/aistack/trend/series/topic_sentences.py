"""Why a document is in a topic, in words. Uses no numpy."""

TOPIC_SENTENCES: dict[str, tuple[str, str]] = {
    "not_settled": (
        "It came after topics were last found; it will be in one at the next time.",
        "该文档在上次划分话题之后到达，将在下次划分时归入话题。",
    ),
    "before_window": (
        "It is older than the {days} days in which topics are found.",
        "该文档早于划分话题所用的 {days} 天窗口。",
    ),
    "is_copy": (
        "It has nearly the same words as “{title}”, which came first, so it belongs to the same topic.",
        "其文字与更早的“{title}”几乎相同，因此归入同一话题。",
    ),
    "says_nothing": (
        "It has no words that say what it is about.",
        "该文档没有能说明主题的词语。",
    ),
    "joined": (
        "It resembles the topic's other documents ({similarity:.2f}, from {needed:.2f} on it belongs).",
        "与该话题的其他文档相似（{similarity:.2f}，达到 {needed:.2f} 即归入）。",
    ),
    "joined_through_others": (
        "It resembles the topic as a whole only a little ({similarity:.2f}): it joined when the topic was smaller, or"
        " two topics were found to tell the same.",
        "与整个话题相似度较低（{similarity:.2f}）：它在话题较小时归入，或两个话题后来被判定为同一件事。",
    ),
    "shared_words": ("Words in common with “{title}”: {words}.", "与“{title}”共有的词：{words}。"),
    "alone": (
        "Nothing around it is similar enough: the nearest, “{title}”, reaches {similarity:.2f} of the needed"
        " {needed:.2f}.",
        "附近没有足够相似的文档：最接近的“{title}”仅为 {similarity:.2f}，需要达到 {needed:.2f}。",
    ),
    "alone_near_another": (
        "“{title}” resembles it ({similarity:.2f}), but the topic of that document as a whole does not.",
        "“{title}”与其相似（{similarity:.2f}），但该文档所在话题整体上并不相似。",
    ),
    "shares_no_words": ("No document around it has words in common with it.", "附近没有文档与其有共同的词。"),
    "compared_with": (
        "Compared with the {count} documents nearest in time and those of its topic.",
        "已与时间上最接近的 {count} 篇文档及同话题文档比较。",
    ),
}
