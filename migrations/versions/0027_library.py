"""The library: what of each pack's newest edition is shown and searched, and the database's own index of its words.
What was published before is taken apart here once, as `flask packs index` does it from now on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from markdown_it import MarkdownIt

revision = "0027"
down_revision = "0026"

TYPES = ("multi_agency_audit", "lcspr", "rapid_review", "national_review", "thematic", "seven_minute_briefing")
TYPE_WORDS = (
    "Multi-agency audit (deep dive)",
    "Local child safeguarding practice review (LCSPR)",
    "Rapid review",
    "National review",
    "Thematic briefing",
    "7-minute briefing",
)
FTS5 = """CREATE VIRTUAL TABLE library_words USING fts5(
    head, body, content='library_text', content_rowid='place', tokenize='porter unicode61 remove_diacritics 2')"""
TRIGGERS = (
    """CREATE TRIGGER library_text_added AFTER INSERT ON library_text BEGIN
    INSERT INTO library_words (rowid, head, body) VALUES (new.place, new.head, new.body); END""",
    """CREATE TRIGGER library_text_gone AFTER DELETE ON library_text BEGIN
    INSERT INTO library_words (library_words, rowid, head, body) VALUES ('delete', old.place, old.head, old.body); END""",
    """CREATE TRIGGER library_text_changed AFTER UPDATE ON library_text BEGIN
    INSERT INTO library_words (library_words, rowid, head, body) VALUES ('delete', old.place, old.head, old.body);
    INSERT INTO library_words (rowid, head, body) VALUES (new.place, new.head, new.body); END""",
)
VECTOR = """ALTER TABLE library_text ADD COLUMN vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english'::regconfig, head), 'A') || setweight(to_tsvector('english'::regconfig, body), 'D')
    ) STORED"""
GIN = "CREATE INDEX ix_library_text_vector ON library_text USING gin (vector) WITH (fastupdate = off)"


def upgrade() -> None:
    types = sa.Enum(*TYPES, native_enum=False, length=40, name="pack_type", create_constraint=True)
    kinds = ("type", "topic", "year", "audience")
    op.create_table(
        "library_entry",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("pack_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("type", types, nullable=False),
        sa.Column("published", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_library_entry_edition_id"),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name="fk_library_entry_pack_id"),
        sa.PrimaryKeyConstraint("place", name="pk_library_entry"),
        sa.UniqueConstraint("pack_id", name="uq_library_entry_pack_id"),
    )
    op.create_table(
        "library_text",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["library_entry.place"], name="fk_library_text_place"),
        sa.PrimaryKeyConstraint("place", name="pk_library_text"),
    )
    op.create_table(
        "library_facet",
        sa.Column(
            "kind",
            sa.Enum(*kinds, native_enum=False, length=40, name="facet_kind", create_constraint=True),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["library_entry.place"], name="fk_library_facet_place"),
        sa.PrimaryKeyConstraint("kind", "key", "place", name="pk_library_facet"),
    )
    op.create_index("ix_library_facet_label", "library_facet", ["kind", "key", "label"], unique=False)
    for statement in (VECTOR, GIN) if op.get_bind().dialect.name == "postgresql" else (FTS5, *TRIGGERS):
        op.execute(statement)
    _take_apart()


def _take_apart() -> None:
    """An entry for each pack there is. A demonstration's own texts may hold less than a pack does: those are left."""
    connection = op.get_bind()
    entry = sa.table("library_entry", *map(sa.column, ENTRY))
    text = sa.table("library_text", sa.column("parts", sa.JSON), *map(sa.column, ("place", "head", "body")))
    facet = sa.table("library_facet", *map(sa.column, ("kind", "key", "place", "label")))
    newest = sa.text(
        """SELECT edition.id, edition.pack_id, edition.made_at, edition.content FROM edition
        WHERE edition.number = (SELECT max(number) FROM edition AS other WHERE other.pack_id = edition.pack_id)
        ORDER BY edition.made_at, edition.id"""
    )
    for place, (edition_id, pack_id, made_at, content) in enumerate(connection.execute(newest).all(), 1):
        said = json.loads(content) if isinstance(content, str) else content
        if said.get("type") not in TYPES:
            continue
        keys = {"place": place, "pack_id": pack_id, "edition_id": edition_id, "made_at": made_at}
        connection.execute(sa.insert(entry).values({**keys, **_entry(said)}))
        connection.execute(sa.insert(text).values({"place": place, **_text(said)}))
        facets = {(kind, label.casefold()): label for kind, label in _facets(said)}
        facets |= {("type", said["type"]): TYPE_WORDS[TYPES.index(said["type"])]}
        rows = [{"kind": kind, "key": key, "place": place, "label": label} for (kind, key), label in facets.items()]
        connection.execute(sa.insert(facet), rows)
    if connection.dialect.name == "postgresql":
        last = "(SELECT coalesce(max(place), 0) + 1 FROM library_entry)"
        op.execute(f"SELECT setval(pg_get_serial_sequence('library_entry', 'place'), {last}, false)")


ENTRY = ("place", "pack_id", "edition_id", "title", "source", "type", "published", "made_at")


def _facets(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "year", said["published"][:4]
    yield from (("topic", topic) for topic in said.get("topics", ()))
    yield from (("audience", whom) for whom in said.get("audience", ()))


def _entry(said: dict[str, Any]) -> dict[str, Any]:
    told = {name: said[name] for name in ("title", "type", "published")}
    return {**told, "source": said["source"]["name"]}


def _text(said: dict[str, Any]) -> dict[str, Any]:
    parts = list(_parts(said))
    source = said["source"]
    body = " ".join([source["name"], source["title"], *said.get("audience", ()), *(f"{h} {t}" for h, t in parts)])
    head = " ".join([said["title"], said["short_title"], *said.get("topics", ())])
    return {"parts": parts, "head": _words(head), "body": _words(body)}


def _parts(said: dict[str, Any]) -> Iterator[list[str]]:
    lists = {
        "recommendations": [f"{one['text']} ({one['audience']})" for one in said["recommendations"]],
        "points_for_discussion": [one["question"] for one in said["points"]],
    }
    for section in said["sections"]:
        yield [section["title"], "\n".join([_plain(section["markdown"]), *lists.get(section["type"], ())]).strip()]
    terms = [f"{_name(one)}: {one['meaning']}" for one in said["glossary"]]
    if terms:
        yield ["What the words mean", "\n".join(terms)]


def _name(one: dict[str, Any]) -> str:
    return f"{one['term']} ({one['full']})" if "full" in one else str(one["term"])


def _plain(markdown: str) -> str:
    told, mark = [], ""
    for token in MarkdownIt("commonmark", {"html": False}).parse(markdown):
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "– "
        elif token.type == "inline":
            words = (child.content or " " * child.type.endswith("break") for child in token.children or ())
            told.append(mark + "".join(words))
            mark = ""
    return "\n".join(told)


def _words(text: str) -> str:
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    return words.encode()[:400_000].decode(errors="ignore")


def downgrade() -> None:
    op.drop_table("library_facet")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE library_words")
    op.drop_table("library_text")
    op.drop_table("library_entry")
