"""What a statement does, said in words from its own tree: sources, conditions, groups, measures, order."""

from typing import Any

STEPS_MAX = 40


def described(sql: str, engine: str, *, chinese: bool) -> tuple[str, list[str]]:
    """One sentence, and the steps. Raises nothing: what cannot be parsed is said to be so."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree: Any = sqlglot.parse_one(sql, read=engine)
    except (SqlglotError, RecursionError) as error:
        said = f"无法解析这条语句：{error}" if chinese else f"This cannot be parsed: {error}"
        return said.splitlines()[0], []
    steps: list[str] = []
    for cte in tree.find_all(exp.CTE):
        inner = _select(cte.this, engine, chinese=chinese) if isinstance(cte.this, exp.Select) else []
        steps.append(
            (f"先计算 {cte.alias}：" if chinese else f"First {cte.alias}: ") + ("，" if chinese else ", ").join(inner)
        )
    if isinstance(tree, exp.SetOperation):
        word = {"Union": ("合并", "Unite"), "Except": ("相减", "Subtract"), "Intersect": ("相交", "Intersect")}
        name = word.get(type(tree).__name__, ("组合", "Combine"))[0 if chinese else 1]
        steps.append(f"{name}：" if chinese else f"{name} the results of:")
        steps += [
            f"- {one}"
            for select in tree.find_all(exp.Select)
            for one in ["，".join(_select(select, engine, chinese=chinese))]
        ]
    elif isinstance(tree, exp.Select):
        steps += _select(tree, engine, chinese=chinese)
    else:
        steps.append(tree.sql(dialect=engine)[:200])
    text = ("；" if chinese else "; ").join(steps[:STEPS_MAX])
    return text, steps[:STEPS_MAX]


def _select(tree: Any, engine: str, *, chinese: bool) -> list[str]:
    from sqlglot import exp

    def text(one: Any) -> str:
        return one.sql(dialect=engine)

    def say(english: str, other: str, value: str) -> str:
        return other.format(value) if chinese else english.format(value)

    steps: list[str] = []
    source = tree.args.get("from_") or tree.args.get("from")
    if source is not None:
        steps.append(say("from {}", "从 {}", text(source.this)))
    for join in tree.args.get("joins") or ():
        condition = join.args.get("on")
        kind = " ".join(one for one in (join.side, join.kind) if one).lower()
        said = f"{text(join.this)}{' on ' + text(condition) if condition is not None else ''}"
        steps.append(say(f"{kind + ' ' if kind else ''}joined with {{}}", "连接 {}", said))
    if (where := tree.args.get("where")) is not None:
        conditions = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
        steps += [say("only where {}", "只取 {}", text(one)) for one in conditions]
    if (group := tree.args.get("group")) is not None:
        steps.append(say("for each {}", "按 {} 分组", ", ".join(text(one) for one in group.expressions)))
    if (having := tree.args.get("having")) is not None:
        steps.append(say("groups where {}", "只取满足 {} 的组", text(having.this)))
    shown = ", ".join(text(one) for one in tree.expressions)
    steps.append(
        say(
            "distinct {}" if tree.args.get("distinct") else "show {}",
            "去重显示 {}" if tree.args.get("distinct") else "显示 {}",
            shown,
        )
    )
    if (order := tree.args.get("order")) is not None:
        steps.append(say("sorted by {}", "按 {} 排序", ", ".join(text(one) for one in order.expressions)))
    if (limit := tree.args.get("limit")) is not None and limit.args.get("expression") is not None:
        steps.append(say("at most {} rows", "最多 {} 行", text(limit.args["expression"])))
    return steps
