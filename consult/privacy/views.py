"""Taking one's data along, and leaving."""

from typing import IO

from flask import Blueprint, redirect, render_template, send_file, session, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may, platform
from consult.foundation.forms import BaseForm
from consult.foundation.limits import count_try
from consult.foundation.web import client_address
from consult.policy import Act
from consult.privacy import package, queries, verbs
from consult.privacy.forms import EraseForm

bp = Blueprint("privacy", __name__)


def pack(_form: BaseForm) -> IO[bytes]:
    """Gather and pack what is kept of whoever asks, before the transaction that notes it; ten times an hour."""
    count_try(platform().database, f"export|{client_address()}", limit=10, seconds=3600)
    with platform().database.reading():
        asking = platform().name_actor(getattr(session, "token", None))
        told, files = queries.gather(asking), queries.list_files(asking)
    store = platform().files
    return package.packed(told, [(name, store.path(stored)) for name, stored in files])


@bp.get("/me/data")
@may(Act.READ_OWN)
def own_data() -> ResponseReturnValue:
    return render_template("privacy/own_data.html")


@bp.post("/me/data")
@may(Act.EXPORT_OWN, form=BaseForm, page="privacy.own_data", before=pack)
def export(_form: BaseForm, target: IO[bytes]) -> ResponseReturnValue:
    verbs.note_export(actor())
    answer = send_file(target, "application/zip", as_attachment=True, download_name="consult.zip")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/me/erase")
@may(Act.ERASE_OWN, form=EraseForm)
def erase_page(form: EraseForm) -> ResponseReturnValue:
    return render_template("privacy/erase_page.html", form=form)


@bp.post("/me/erase")
@may(Act.ERASE_OWN, form=EraseForm, page="privacy.erase_page")
def erase(form: EraseForm) -> ResponseReturnValue:
    verbs.erase(actor(), with_texts=form.texts.data == "take")
    session.end()  # type: ignore[attr-defined]
    return redirect(url_for("privacy.erased"), 303)


@bp.get("/erased")
@may(Act.READ_SITE)
def erased() -> ResponseReturnValue:
    return render_template("privacy/erased.html")
