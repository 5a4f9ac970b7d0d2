"""What the platform is measured against: a page and a write with nothing around them."""

from pathlib import Path
from typing import Any

from flask import Flask, redirect, render_template_string, request
from sqlalchemy import create_engine, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug import Response

ROWS = 25
PAGE = """<!doctype html><html lang="nl"><head><title>Lijst</title></head><body><h1>Lijst</h1>
<ul>{% for row in rows %}<li><a href="/{{ row.id }}">{{ row.title }}</a> {{ row.text }}</li>{% endfor %}</ul>
</body></html>"""


class Base(DeclarativeBase):
    """The one table of the bare page."""


class Line(Base):
    """One row of the bare list."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]


def bare_page(folder: Path, rows: int) -> Flask:
    """Return a Flask app with one page of 25 rows out of `rows`, read through SQLAlchemy and shown by Jinja."""
    engine = create_engine(f"sqlite:///{folder / 'bare.sqlite'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            Line(title=f"Voorstel {n}", text="Zet hier een bankje neer, in de schaduw. " * 4) for n in range(rows)
        )
        session.commit()
    app = Flask("bare")

    @app.get("/")
    def lines() -> str:
        with Session(engine) as session:
            return render_template_string(PAGE, rows=session.scalars(select(Line).order_by(Line.id).limit(ROWS)).all())

    return app


class Vote(Base):
    """One row of the bare poll."""

    __tablename__ = "vote"

    voter: Mapped[str] = mapped_column(primary_key=True)
    option: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


def bare_poll(folder: Path) -> Flask:
    """Return a Flask app that writes one vote durably through SQLAlchemy: WAL, FULL, BEGIN IMMEDIATE, one upsert."""
    engine = create_engine(f"sqlite:///{folder / 'votes.sqlite'}")
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin immediate"))
    Base.metadata.create_all(engine)
    app = Flask("bare poll")

    @app.post("/<option>")
    def vote(option: str) -> Response:
        with Session(engine) as session:
            upsert = insert(Vote).values(voter="me", option=option, value=request.form["choice"])
            session.execute(
                upsert.on_conflict_do_update(index_elements=["voter", "option"], set_={"value": upsert.excluded.value})
            )
            session.commit()
        return redirect("/", 303)

    return app


def _durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
