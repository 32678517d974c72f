"""Who may do what: one table, read twice.

A row is an action, a column a role, a cell a reach (how far the role sees: its teams, its organisation, its
partnership, all) with at most one condition on the thing itself. `allows` and `require` read the table in Python to
guard a change; `within` reads it as SQL to filter a list. A guarded model says where its rows are with a `Place`;
nothing here knows a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, false, func, or_, true

from app.errors import Denied


class Role(StrEnum):
    """What a person is appointed to. `COLLEAGUE` is nobody's appointment: whoever is named to write up one discussion
    holds it for that (`circulation.colleagues`); nor is `NEWCOMER`, of whoever may say which team she leads
    (`circulation.claims`). `CONSOLE` is the command line."""

    LEADER = "leader"
    MINUTES = "minutes"
    LEAD = "lead"
    DEPUTY = "deputy"
    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    COLLEAGUE = "colleague"
    NEWCOMER = "newcomer"
    CONSOLE = "console"


class Reach(StrEnum):
    """How far a cell of the table reaches."""

    ASKED = "asked"
    TEAM = "team"
    ORGANISATION = "organisation"
    PARTNERSHIP = "partnership"
    ALL = "all"


# fmt: off
TABLE = """
action          leader     minutes    lead                   deputy                 administrator          officer                reviewer              operator colleague   newcomer     console
see_partnership -          -          -                      -                      -                      partnership            partnership           -        -           -            all
see_team        team       team       organisation           organisation           organisation           partnership:confirmed  -                     -        -           -            all
import_people   -          -          -                      -                      -                      -                      -                     -        -           -            all
publish_pack    -          -          -                      -                      -                      partnership            -                     -        -           -            all
make_pack       -          -          -                      -                      -                      partnership:draft      -                     -        -           -            -
circulate       -          -          -                      -                      -                      partnership            -                     -        -           -            all
save_list       -          -          -                      -                      -                      partnership            -                     -        -           -            -
see_circulation -          -          -                      -                      -                      partnership            partnership           -        -           -            all
change_date     -          -          -                      -                      -                      partnership            -                     -        -           -            -
close_recording -          -          -                      -                      -                      partnership            -                     -        -           -            -
see_asked       team       team       organisation           organisation           organisation           partnership:confirmed  partnership:confirmed -        asked       -            all:confirmed
record          team       team       organisation           organisation           -                      -                      -                     -        asked       -            -
edit_draft      team:draft team:draft organisation:draft     organisation:draft     -                      -                      -                     -        asked:draft -            -
discard_draft   team       team       organisation           organisation           -                      -                      -                     -        -           -            -
reply_otherwise team       team       organisation           organisation           -                      -                      -                     -        -           -            -
name_colleague  team       -          organisation           organisation           -                      -                      -                     -        -           -            -
say_leader      team       team       -                      -                      -                      -                      -                     -        -           -            -
settle_leader   -          -          organisation           organisation           organisation           partnership:to_officer -                     -        -           -            -
add_team        -          -          organisation           -                      organisation           -                      -                     -        -           -            -
claim_team      -          -          -                      -                      -                      -                      -                     -        -           organisation -
name_leader     -          -          organisation:confirmed -                      organisation:confirmed -                      -                     -        -           -            -
mend            -          -          organisation           -                      organisation           partnership            -                     -        -           -            -
readdress       -          -          organisation           -                      organisation           -                      -                     -        -           -            -
enter_outside   -          -          -                      -                      -                      partnership:confirmed  -                     -        -           -            -
read_minutes    team       team       organisation           organisation           -                      -                      -                     -        asked       -            -
receive_minutes -          -          organisation           organisation           -                      -                      -                     -        -           -            -
correct_minutes team       team       organisation           organisation           -                      -                      -                     -        asked       -            -
acknowledge     -          -          organisation:not_own   organisation:not_own   -                      -                      -                     -        -           -            -
note_told       team       -          -                      organisation           -                      -                      -                     -        -           -            -
share           -          -          organisation:confirmed organisation:confirmed -                      -                      -                     -        -           -            -
decide_ahead    -          -          organisation:leads     -                      -                      -                      -                     -        -           -            -
choose_letters  -          -          organisation:holds     organisation:holds     -                      -                      -                     -        -           -            -
note_leave      -          -          organisation:holds     organisation:holds     organisation:receives  -                      -                     -        -           -            -
ask_team        -          -          organisation:not_own   organisation:not_own   -                      -                      -                     -        -           -            -
see_unread      -          -          -                      -                      organisation           partnership            -                     -        -           -            -
read_shared     -          -          organisation           organisation           -                      partnership:shared     partnership:shared    -        -           -            all:shared
see_post        -          -          -                      -                      -                      -                      -                     all      -           -            all
keep_records    -          -          -                      -                      -                      -                      -                     -        -           -            all
run_post        -          -          -                      -                      -                      -                      -                     all      -           -            all
"""
# fmt: on


@dataclass(frozen=True)
class Cell:
    """One cell: a reach and, at most, the name of one condition."""

    reach: Reach
    condition: str = ""


def read_table(table: str) -> dict[str, dict[Role, Cell]]:
    """The table as a mapping: action, then role, to a cell; a dash is no cell."""
    header, *rows = (line.split() for line in table.strip().splitlines())
    roles = [Role(name) for name in header[1:]]
    return {
        row[0]: {role: _cell(word) for role, word in zip(roles, row[1:], strict=True) if word != "-"} for row in rows
    }


def _cell(word: str) -> Cell:
    reach, _, condition = word.partition(":")
    return Cell(Reach(reach), condition)


POLICY = read_table(TABLE)


@dataclass(frozen=True)
class Grant:
    """A role held today, and where. `teams` narrows an organisation's role to named teams; empty is the whole of it.
    `asked` is what a colleague was named for."""

    role: Role
    organisation: int | None = None
    teams: frozenset[int] = frozenset()
    partnership: int | None = None
    asked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with the roles in dates at `since`, or the command line."""

    name: str
    grants: tuple[Grant, ...]
    person: int | None = None
    ref: str = ""

    def has(self, *roles: Role) -> bool:
        """Whether the actor holds one of these roles anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def partnerships(self, *roles: Role) -> frozenset[int]:
        """The partnerships in which the actor holds one of these roles."""
        return frozenset(g.partnership for g in self.grants if g.role in roles and g.partnership is not None)

    def organisations(self, *roles: Role) -> frozenset[int]:
        """The organisations in which the actor holds one of these roles."""
        return frozenset(g.organisation for g in self.grants if g.role in roles and g.organisation is not None)

    def may(self, action: str) -> bool:
        """Whether some role of the actor has a cell for this action, wherever it reaches."""
        return any(grant.role in POLICY[action] for grant in self.grants)


CONSOLE = Actor("the command line", (Grant(Role.CONSOLE),))
Keys = frozenset[int] | BindParameter[Any]


@dataclass(frozen=True)
class Place:
    """Where the rows of a guarded model are: for each kind of place a path of attributes that ends in an integer key.

    A path runs over relationships (`asked.team_id`); where one is a collection the row is in several places at once.
    """

    team: str = ""
    organisation: str = ""
    partnership: str = ""
    asked: str = ""

    def keys(self, row: object, kind: Reach) -> frozenset[int]:
        """The keys of the places of one kind that a row is in."""
        path = getattr(self, kind.value)
        return frozenset(_walk([row], path.split("."))) if path else frozenset()

    def inside(self, model: type, kind: Reach, keys: Keys) -> ColumnElement[bool]:
        """The same as SQL: whether a row of the model is in one of these places."""
        path = getattr(self, kind.value)
        given = keys if isinstance(keys, BindParameter) else sorted(keys)
        return _exists(model, path.split("."), given) if path else false()

    def of_teams(self, model: type, chosen: Select[int]) -> ColumnElement[bool]:
        """Whether a row of the model is of one of the teams that a statement chooses; of no team, it is of none."""
        return func.coalesce(_exists(model, self.team.split("."), chosen), false())


class Guarded(Protocol):
    """A model that the table speaks of. Conditions are hybrid properties, or hybrid methods of the actor's person."""

    place: Place


def _walk(rows: list[Any], path: list[str]) -> list[int]:
    for name in path:
        values = [getattr(row, name) for row in rows]
        found = [item for value in values for item in (value if isinstance(value, list) else [value])]
        rows = [item for item in found if item is not None]
    return rows


def _exists(model: Any, path: list[str], keys: Any) -> ColumnElement[bool]:
    attribute = getattr(model, path[0])
    if len(path) == 1:
        return attribute.in_(keys)  # type: ignore[no-any-return]
    inner = _exists(attribute.property.mapper.class_, path[1:], keys)
    return attribute.any(inner) if attribute.property.uselist else attribute.has(inner)  # type: ignore[no-any-return]


def allows(actor: Actor, action: str, thing: Any) -> bool:
    """Whether the table lets the actor do this to this thing: the reading in Python."""
    return any(_reaches(grant, cell, thing, actor) for grant, cell in _cells(actor, action))


def require(actor: Actor, action: str, thing: Any) -> None:
    """Raise `Denied` unless `allows`. What may not even be seen never gets here: queries answer `NotFound`."""
    if not allows(actor, action, thing):
        raise Denied


def within(actor: Actor, action: str, model: Any) -> ColumnElement[bool]:
    """The rows of a model to which the actor may do this: the reading as SQL, for a `where`."""
    return or_(false(), *(_reached(cell, _bounds(grant, cell), model, actor) for grant, cell in _cells(actor, action)))


class Prepared(NamedTuple):
    """A condition that is the same object for everybody whose roles reach alike, and the keys to execute it with."""

    condition: ColumnElement[bool]
    keys: dict[str, list[int]]


def prepared(actor: Actor, action: str, model: Any) -> Prepared:
    """`within` for a statement that is put together once, which takes longer than to find what it asks for. Not for
    cells whose condition asks who the person is."""
    cells = [(cell, _bounds(grant, cell)) for grant, cell in _cells(actor, action)]
    shape = tuple((cell, tuple(kind for kind, _ in bounds)) for cell, bounds in cells)
    keys = {_named(action, i, kind): sorted(of) for i, (_, bounds) in enumerate(cells) for kind, of in bounds}
    return Prepared(_prepared(action, shape, model), keys)


@lru_cache(maxsize=1000)
def _prepared(action: str, shape: tuple[tuple[Cell, tuple[Reach, ...]], ...], model: Any) -> ColumnElement[bool]:
    reached = []
    for i, (cell, kinds) in enumerate(shape):
        bounds: list[tuple[Reach, Keys]] = [(k, bindparam(_named(action, i, k), expanding=True)) for k in kinds]
        reached.append(_reached(cell, bounds, model, None))
    return or_(false(), *reached)


def _named(action: str, i: int, kind: Reach) -> str:
    return f"{action}_{i}_{kind}"


def _cells(actor: Actor, action: str) -> list[tuple[Grant, Cell]]:
    row = POLICY[action]
    return [(grant, row[grant.role]) for grant in actor.grants if grant.role in row]


def _reaches(grant: Grant, cell: Cell, thing: Any, actor: Actor) -> bool:
    place: Place = thing.place
    if not all(place.keys(thing, kind) & keys for kind, keys in _bounds(grant, cell)):
        return False
    return not cell.condition or bool(_condition(thing, cell.condition, actor))


def _reached(cell: Cell, bounds: Iterable[tuple[Reach, Keys]], model: Any, actor: Actor | None) -> ColumnElement[bool]:
    place: Place = model.place
    inside = and_(true(), *(place.inside(model, kind, keys) for kind, keys in bounds))
    return and_(inside, _condition(model, cell.condition, actor)) if cell.condition else inside


def _bounds(grant: Grant, cell: Cell) -> list[tuple[Reach, frozenset[int]]]:
    """What a row must lie in: nothing for `all`; a place that the grant does not name lets nothing through."""
    if cell.reach is Reach.ALL:
        return []
    if cell.reach is Reach.PARTNERSHIP:
        return [(Reach.PARTNERSHIP, _one(grant.partnership))]
    bounds = [(Reach.ORGANISATION, _one(grant.organisation))]
    if cell.reach is Reach.ASKED:
        return [*bounds, (Reach.ASKED, grant.asked)]
    if cell.reach is Reach.TEAM or grant.teams:
        bounds.append((Reach.TEAM, grant.teams))
    return bounds


def _one(key: int | None) -> frozenset[int]:
    return frozenset() if key is None else frozenset({key})


def _condition(thing: Any, name: str, actor: Actor | None) -> Any:
    condition = getattr(thing, name)
    if not callable(condition):
        return condition
    if actor is None:
        raise TypeError(f"{name} asks who the person is: use `within`")
    return condition(actor.person)
