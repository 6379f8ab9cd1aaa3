"""What the steps of an answer say of themselves, in the language of the question."""

from aistack.ai.text.english_nouns import counted

FIXED = {
    "no statement": "没有给出语句",
    "valid": "有效",
    "this question has a verified answer": "这个问题已有确认过的答案",
    "no matching tables": "没有匹配的数据表",
    "no matching values": "没有匹配的取值",
    "no interpretation found": "没有找到可能的理解",
    "no valid candidate": "没有有效的候选语句",
    "the model wrote no statement; using the rules": "模型没有写出语句，改用规则",
    "the model did not answer in time; using the rules": "模型未能及时回答，改用规则",
}
COUNTED = {
    "passage": "{} 个段落",
    "row": "{} 行",
    "similar verified question": "{} 个相似的已确认问题",
    "interpretation": "{} 种理解",
}


def fixed(text: str, *, chinese: bool) -> str:
    """One of the sentences of `FIXED`, which is keyed by the English ones."""
    return FIXED[text] if chinese else text


def number_of(count: int, noun: str, *, chinese: bool) -> str:
    """How many of something there are."""
    return COUNTED[noun].format(count) if chinese else counted(count, noun)


def unknown_words(words: tuple[str, ...], *, chinese: bool) -> str:
    return f"不认识的词：{'、'.join(words)}" if chinese else f"unknown words: {', '.join(words)}"


def votes_of(votes: list[int], confidence: float, *, chinese: bool) -> str:
    """How many candidates agree with each other, the largest group first, and what that is worth."""
    shown = " : ".join(map(str, votes)) or fixed("no valid candidate", chinese=chinese)
    return f"{shown}，置信度 {confidence:g}" if chinese else f"{shown}, confidence {confidence:g}"
