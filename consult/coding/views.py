"""Coding passages, deciding on suggestions, coding a second time, settling differences, and the coding frame."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.coding import double as found
from consult.coding import doubling, framing, queries, rules, verbs, versions
from consult.coding import frame as shown
from consult.coding.forms import (
    CodeForm,
    CopyForm,
    DecisionForm,
    NewCodeForm,
    PassageForm,
    PublishForm,
    SettleForm,
    ThemesForm,
)
from consult.coding.models import Double, FrameCode, FrameVersion, Passage, Suggestion
from consult.contributions.models import Contribution
from consult.doors import actor, may
from consult.foundation.forms import BaseForm
from consult.participants.rules import read_page
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round

bp = Blueprint("coding", __name__)
HERE = "/staff/rounds/<slug>/coding"


# --- passages and suggestions ---


@bp.get(f"{HERE}/<public_id>/passages")
@may(Act.CODE, on=queries.get_input, form=PassageForm)
def passages_page(contribution: Contribution, form: PassageForm) -> ResponseReturnValue:
    rules.judge_blind(queries.find_double(contribution.id), actor())
    coded = queries.list_coded([contribution.id], actor())
    form.prefill(version=str(contribution.version))
    form.offer(contribution.round.offered_themes)
    form.offer_sentences(shown.sentence_choices(contribution))
    return render_template(
        "coding/passages_page.html",
        form=form,
        one=contribution,
        passages=[shown.passage(one) for one in queries.shown_passages(contribution, coded)],
        **staff_frame(contribution.round, actor(), "coding"),
    )


@bp.post(f"{HERE}/<public_id>/passages")
@may(Act.CODE, on=queries.get_input, form=PassageForm, page="coding.passages_page")
def code_passages(contribution: Contribution, form: PassageForm) -> ResponseReturnValue:
    themes = queries.get_themes(contribution.round_id, form.themes.data or ())
    verbs.code_passages(contribution, themes, actor(), **form.marked())
    return redirect(url_for("coding.passages_page", **_of(contribution)), 303)


@bp.post(f"{HERE}/<public_id>/passages/<uuid:passage_id>/end")
@may(Act.CODE, on=queries.get_passage)
def end_passage(passage: Passage) -> ResponseReturnValue:
    contribution = passage.contribution
    verbs.end_passage(contribution, passage, actor())
    return redirect(url_for("coding.passages_page", **_of(contribution)), 303)


@bp.post(f"{HERE}/<public_id>/suggestions/<uuid:suggestion_id>")
@may(Act.DECIDE_SUGGESTION, on=queries.get_suggested, form=DecisionForm)
def decide(suggestion: Suggestion, form: DecisionForm) -> ResponseReturnValue:
    verbs.decide_suggestion(suggestion, actor(), confirms=form.agrees.data == "yes")
    return redirect(url_for("synthesis.weigh_page", **_of(suggestion.contribution), _anchor="codes"), 303)


def _of(contribution: Contribution) -> dict[str, Any]:
    return {"slug": contribution.round.slug, "public_id": contribution.public_id}


# --- coding twice ---


@bp.get(f"{HERE}/double")
@may(Act.READ_QUEUE, on=get_round)
def double(subject: Round) -> ResponseReturnValue:
    page = found.list_differences(subject.id, read_page(request.args.get("page", "")))
    measured = found.measured(subject.id, subject.themes)
    sample, waiting = found.count_sample(subject.id), found.count_waiting(subject.id)
    return render_template(
        "coding/double.html",
        tasks=[shown.task(one) for one in found.list_tasks(subject.id, actor().person_id)],
        **shown.double_page(subject, sample, measured, waiting, page),
        **staff_frame(subject, actor(), "coding"),
    )


@bp.post(f"{HERE}/double")
@may(Act.DRAW_SAMPLE, on=get_round)
def draw_sample(subject: Round) -> ResponseReturnValue:
    doubling.draw_sample(subject, actor())
    return redirect(url_for("coding.double", slug=subject.slug), 303)


@bp.get(f"{HERE}/double/<uuid:double_id>")
@may(Act.CODE_AGAIN, on=found.get_second, form=ThemesForm)
def second_page(double: Double, form: ThemesForm) -> ResponseReturnValue:
    subject = double.contribution.round
    form.offer(subject.offered_themes)
    told = {"double": double, "one": double.contribution, "meanings": shown.theme_rows(subject.themes)}
    return render_template("coding/second_page.html", form=form, **told, **staff_frame(subject, actor(), "coding"))


@bp.post(f"{HERE}/double/<uuid:double_id>")
@may(Act.CODE_AGAIN, on=found.get_second, form=ThemesForm, page="coding.second_page")
def code_again(double: Double, form: ThemesForm) -> ResponseReturnValue:
    doubling.code_again(double, queries.get_themes(double.round_id, form.themes.data or ()), actor())
    return redirect(url_for("coding.double", slug=double.contribution.round.slug), 303)


@bp.get(f"{HERE}/double/<uuid:double_id>/settle")
@may(Act.SETTLE_CODING, on=found.get_difference, form=SettleForm)
def settle_page(double: Double, form: SettleForm) -> ResponseReturnValue:
    subject = double.contribution.round
    names = {str(theme.id): theme.name for theme in subject.themes}
    form.offer(subject.offered_themes)
    settled = [
        {"at": one.settled_at, "by": name, "themes": shown.named(one.themes, names), "reason": one.reason}
        for one, name in found.list_settled(double.id)
    ]
    people = found.names_of(double)
    first = ", ".join(name for one, name in people.items() if one != double.person_id)
    return render_template(
        "coding/settle_page.html",
        form=form,
        double=double,
        one=double.contribution,
        given=[(first, double.first), (people.get(double.person_id, ""), double.second)],
        named=lambda ids: shown.named(ids, names),
        settled=settled,
        **staff_frame(subject, actor(), "coding"),
    )


@bp.post(f"{HERE}/double/<uuid:double_id>/settle")
@may(Act.SETTLE_CODING, on=found.get_difference, form=SettleForm, page="coding.settle_page")
def settle(double: Double, form: SettleForm) -> ResponseReturnValue:
    themes = queries.get_themes(double.round_id, form.themes.data or ())
    doubling.settle(double, themes, form.reason.data or "", actor())
    return redirect(url_for("coding.double", slug=double.contribution.round.slug), 303)


# --- the coding frame ---


@bp.get(f"{HERE}/frame")
@may(Act.READ_QUEUE, on=get_round, form=NewCodeForm)
def frame_page(subject: Round, form: BaseForm) -> ResponseReturnValue:
    new = form if isinstance(form, NewCodeForm) else NewCodeForm()
    copy = form if isinstance(form, CopyForm) else CopyForm()
    publish = form if isinstance(form, PublishForm) else PublishForm()
    copy.offer(versions.list_sources(actor(), subject))
    told = {"new": new, "copy": copy, "publish": publish, "sent": form, "themes": subject.themes}
    frames = shown.frames(versions.list_versions(subject.id))
    return render_template("coding/frame_page.html", **told, **frames, **staff_frame(subject, actor(), "coding"))


@bp.post(f"{HERE}/frame")
@may(Act.WRITE_FRAME, on=get_round)
def begin_frame(subject: Round) -> ResponseReturnValue:
    framing.begin_frame(subject, actor())
    return _to_frame(subject.slug)


@bp.post(f"{HERE}/frame/codes")
@may(Act.WRITE_FRAME, on=versions.get_open, form=NewCodeForm, page="coding.frame_page")
def add_code(frame: FrameVersion, form: NewCodeForm) -> ResponseReturnValue:
    told = {"code": form.short.data or "", "name": form.name.data or "", "meaning": form.meaning.data or ""}
    framing.add_code(frame, actor(), **told)
    return _to_frame(frame.round.slug)


@bp.get(f"{HERE}/frame/codes/<uuid:line_id>")
@may(Act.WRITE_FRAME, on=versions.get_code_line, form=CodeForm)
def code_page(line: FrameCode, form: CodeForm) -> ResponseReturnValue:
    form.prefill(name=line.name, meaning=line.meaning, is_retired=line.is_retired)
    around = staff_frame(line.frame.round, actor(), "coding")
    return render_template("coding/code_page.html", form=form, line=line, **around)


@bp.post(f"{HERE}/frame/codes/<uuid:line_id>")
@may(Act.WRITE_FRAME, on=versions.get_code_line, form=CodeForm, page="coding.code_page")
def change_code(line: FrameCode, form: CodeForm) -> ResponseReturnValue:
    told = {"name": form.name.data or "", "meaning": form.meaning.data or ""}
    framing.change_code(line, actor(), **told, is_retired=bool(form.is_retired.data))
    return _to_frame(line.frame.round.slug)


@bp.post(f"{HERE}/frame/copy")
@may(Act.WRITE_FRAME, on=versions.get_open, form=CopyForm, page="coding.frame_page")
def copy_frame(frame: FrameVersion, form: CopyForm) -> ResponseReturnValue:
    framing.copy_frame(frame, get_round(actor(), form.frame_of.data or ""), actor())
    return _to_frame(frame.round.slug)


@bp.post(f"{HERE}/frame/publish")
@may(Act.PUBLISH_FRAME, on=versions.get_open, form=PublishForm, page="coding.frame_page")
def publish_frame(frame: FrameVersion, form: PublishForm) -> ResponseReturnValue:
    framing.publish_frame(frame, form.reason.data or "", actor())
    return _to_frame(frame.round.slug)


def _to_frame(slug: str) -> ResponseReturnValue:
    return redirect(url_for("coding.frame_page", slug=slug), 303)
