"""Explains a statement in words, clause by clause."""

from typing import Any

STEPS_MAX = 40


def explain_statement(sql: str, engine: str, *, chinese: bool) -> tuple[str, list[str]]:
    """The steps as one text and as a list. A statement that cannot be parsed has a message and no steps."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree: Any = sqlglot.parse_one(sql, read=engine)
    except (SqlglotError, RecursionError) as error:
        message = f"无法解析该语句：{error}" if chinese else f"The statement cannot be parsed: {error}"
        return message.splitlines()[0], []
    steps: list[str] = []
    for cte in tree.find_all(exp.CTE):
        inner = _select(cte.this, engine, chinese=chinese) if isinstance(cte.this, exp.Select) else []
        steps.append(
            (f"先计算 {cte.alias}：" if chinese else f"first compute {cte.alias}: ")
            + ("，" if chinese else ", ").join(inner)
        )
    if isinstance(tree, exp.SetOperation):
        word = {"Union": ("合并", "combine"), "Except": ("求差集", "subtract"), "Intersect": ("求交集", "intersect")}
        name = word.get(type(tree).__name__, ("合并", "combine"))[0 if chinese else 1]
        steps.append(f"{name}以下结果：" if chinese else f"{name} the results of:")
        steps += [
            f"- {one}"
            for select in tree.find_all(exp.Select)
            if select.find_ancestor(exp.CTE) is None
            for one in [("，" if chinese else ", ").join(_select(select, engine, chinese=chinese))]
        ]
    elif isinstance(tree, exp.Select):
        steps += _select(tree, engine, chinese=chinese)
    else:
        steps.append(tree.sql(dialect=engine)[:200])
    steps = steps[:STEPS_MAX]
    if chinese:
        return "；".join(steps).replace("：；- ", "：").replace("；- ", "；"), steps
    return "; ".join(steps).replace(":; - ", ": ").replace("; - ", "; "), steps


def _select(tree: Any, engine: str, *, chinese: bool) -> list[str]:
    from sqlglot import exp

    def text(one: Any) -> str:
        return one.sql(dialect=engine)

    def say(english: str, in_chinese: str, value: str) -> str:
        return in_chinese.format(value) if chinese else english.format(value)

    steps: list[str] = []
    source = tree.args.get("from_") or tree.args.get("from")
    if source is not None:
        steps.append(say("from {}", "从 {} 读取", text(source.this)))
    for join in tree.args.get("joins") or ():
        condition, on = join.args.get("on"), "（条件 {}）" if chinese else " on {}"
        kind = " ".join(one for one in (join.side, join.kind) if one).lower()
        joined = f"{text(join.this)}{on.format(text(condition)) if condition is not None else ''}"
        steps.append(say(f"{kind + ' ' if kind else ''}join {{}}", "连接 {}", joined))
    if (where := tree.args.get("where")) is not None:
        conditions = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
        steps += [say("only where {}", "只取满足 {} 的行", text(one)) for one in conditions]
    if (group := tree.args.get("group")) is not None:
        steps.append(say("for each {}", "按 {} 分组", ", ".join(text(one) for one in group.expressions)))
    if (having := tree.args.get("having")) is not None:
        steps.append(say("only groups where {}", "只保留满足 {} 的组", text(having.this)))
    shown = ", ".join(text(one) for one in tree.expressions)
    steps.append(
        say(
            "show distinct {}" if tree.args.get("distinct") else "show {}",
            "去重显示 {}" if tree.args.get("distinct") else "显示 {}",
            shown,
        )
    )
    if (order := tree.args.get("order")) is not None:
        steps.append(say("sorted by {}", "按 {} 排序", ", ".join(text(one) for one in order.expressions)))
    if (limit := tree.args.get("limit")) is not None and limit.args.get("expression") is not None:
        steps.append(say("at most {} rows", "最多 {} 行", text(limit.args["expression"])))
    return steps
