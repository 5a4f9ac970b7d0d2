"""Pages that show several features at once."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.policy import Act
from consult.rounds.queries import list_rounds

bp = Blueprint("pages", __name__)


@bp.get("/")
@may(Act.READ_SITE)
def home() -> ResponseReturnValue:
    return render_template("pages/home.html", rounds=list_rounds(actor()))


@bp.get("/me")
@may(Act.READ_OWN)
def me() -> ResponseReturnValue:
    return render_template("pages/me.html")


@bp.get("/staff")
@may(Act.READ_DESK)
def desk() -> ResponseReturnValue:
    return render_template("pages/desk.html")


@bp.get("/accessibility")
@may(Act.READ_SITE)
def accessibility() -> ResponseReturnValue:
    return render_template("pages/accessibility.html")


@bp.get("/privacy")
@may(Act.READ_SITE)
def privacy() -> ResponseReturnValue:
    return render_template("pages/privacy.html")
