"""Words that at least one of the engines reserves, so a column or table of that name is quoted."""

RESERVED = frozenset(
    """
    all and any as asc between by case check column create cross current date default delete desc distinct drop
    else end exists false for foreign from full grant group having if in index inner insert interval into is
    join key keys left like limit natural not null of offset on or order outer over partition primary range rank
    references right row rows select set system table then time timestamp to true union unique update user using
    values when where window with year
    """.split()
)
