"""Binds rules to the tables of a schema: by any way of writing a name, and on to partitions, children and views.

A rule that matches no table or column is a problem: the table, or the whole connection, is closed to those it applies
to, because nobody knows what it should hide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aistack.connection.rules.model import Mask, Relation, RowFilter, Rules
from aistack.databases.identifiers import meant, own_part, written_parts


@dataclass(slots=True)
class TableRules:
    """The rules of one table: masks by the column's name, and filters. `closed` is why it cannot be read at all."""

    masks: dict[str, Mask] = field(default_factory=dict[str, Mask])
    filters: list[RowFilter] = field(default_factory=list[RowFilter])
    closed: str = ""


@dataclass(slots=True)
class BoundRules:
    """`relations` are those that exist for the caller, `tables` the rules of those that have any, by their names.

    `all` are those of the database. `problems` are rules without a table or column. `closed` is why nothing can be
    read, empty if something can.
    """

    relations: dict[str, Relation]
    all: dict[str, Relation]
    tables: dict[str, TableRules] = field(default_factory=dict[str, TableRules])
    problems: list[str] = field(default_factory=list[str])
    closed: str = ""


def bind(rules: Rules, relations: Sequence[Relation], engine: str, database: str) -> BoundRules:
    """The rules of each table. Tables that the connection is not limited to are left out."""
    every = {one.name: one for one in relations}
    bound = BoundRules(every, every)
    for mask in rules.masks:
        _bind_mask(mask, _table(mask.table, relations, engine, database, bound), bound)
    for one in rules.filters:
        relation = _table(one.table, relations, engine, database, bound)
        if relation is not None:
            bound.tables.setdefault(relation.name, TableRules()).filters.append(one)
    own = dict(bound.tables)
    _inherit(bound)
    _close_readers(bound, own)
    if rules.only:
        shown = _shown(rules, relations, engine, database, bound)
        bound.relations = {name: one for name, one in bound.relations.items() if name in shown}
    return bound


def _table(name: str, relations: Sequence[Relation], engine: str, database: str, bound: BoundRules) -> Relation | None:
    found = [one for one in relations if one.name == name] or meant(_parts(name), relations, engine, database)
    if len(found) == 1:
        return found[0]
    why = f"several tables can be meant by {name}: {', '.join(one.name for one in found)}"
    problem = why if found else f"there is no table {name}"
    bound.problems.append(problem)
    bound.closed = f"a rule of this connection no longer matches its schema ({problem}); its owner has to change it"
    return None


def _bind_mask(mask: Mask, relation: Relation | None, bound: BoundRules) -> None:
    if relation is None:
        return
    table = bound.tables.setdefault(relation.name, TableRules())
    column = _column(mask.column, relation)
    if column:
        table.masks[column] = mask
        return
    problem = f"{relation.name} has no column {mask.column}"
    bound.problems.append(problem)
    table.closed = f"a mask no longer matches the schema ({problem}); the connection's owner has to change it"


def _column(name: str, relation: Relation) -> str:
    for written in (name, own_part(name)):
        if written in relation.columns:
            return written
    same = [one for one in relation.columns if one.casefold() == own_part(name).casefold()]
    return same[0] if len(same) == 1 else ""


def _inherit(bound: BoundRules) -> None:
    """Partitions and children have the rules of their parents."""
    for name, relation in bound.relations.items():
        for above in _reached(name, bound.relations, "parents"):
            inherited = bound.tables.get(above)
            if inherited is None or above == name:
                continue
            table = bound.tables.setdefault(name, TableRules())
            table.filters += [one for one in inherited.filters if one not in table.filters]
            table.closed = table.closed or inherited.closed
            for column, mask in inherited.masks.items():
                found = _column(column, relation)
                if found:
                    table.masks.setdefault(found, mask)


def _close_readers(bound: BoundRules, own: Mapping[str, TableRules]) -> None:
    """Views show rows of tables with rules, and parents those of their children: closed, unless they have their own."""
    if not own:
        return
    children: dict[str, list[str]] = {}
    for name, relation in bound.relations.items():
        for parent in relation.parents:
            children.setdefault(parent, []).append(name)
    reads = {
        name: Relation(name=name, reads=[*one.reads, *children.get(name, ())]) for name, one in bound.relations.items()
    }
    inherited = set(bound.tables) - set(own)
    for name, relation in bound.relations.items():
        if name in own:
            continue
        ruled = own if name in inherited else {*own, *inherited}
        hidden = sorted(one for one in _reached(name, reads, "reads") if one in ruled)
        opaque = relation.opaque or any(bound.relations[one].opaque for one in _reached(name, reads, "reads"))
        if hidden or opaque:
            what = f"it reads {hidden[0]}, which has masks or row filters" if hidden else "what it reads is not known"
            table = bound.tables.setdefault(name, TableRules())
            table.closed = table.closed or f"{what}; ask the connection's owner to give {name} rules of its own"


def _reached(name: str, relations: Mapping[str, Relation], along: str) -> list[str]:
    """The relations that are reached from one, in several steps if need be, without itself."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for one in getattr(relations[waiting.pop()], along):
            if one not in found and one in relations:
                found[one] = None
                waiting.append(one)
    return [one for one in found if one != name]


def _shown(rules: Rules, relations: Sequence[Relation], engine: str, database: str, bound: BoundRules) -> set[str]:
    shown: set[str] = set()
    for name in rules.only.schemas:
        wanted = own_part(name).casefold()
        found = [one.name for one in relations if (one.held_by or database).casefold() == wanted]
        bound.problems += [] if found else [f"there is no schema {name}"]
        shown.update(found)
    for name in rules.only.tables:
        found = [one for one in relations if one.name == name] or meant(_parts(name), relations, engine, database)
        bound.problems += [] if found else [f"there is no table {name}"]
        shown.update(one.name for one in found[:1])
    return shown


def _parts(name: str) -> list[str]:
    try:
        return written_parts(name)
    except ValueError:
        return [name]
