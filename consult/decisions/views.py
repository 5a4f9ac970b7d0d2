"""Gates at the desk and in public, how they went, what the council decided, and what the board promised."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.decisions import frame as shown
from consult.decisions import queries, verbs
from consult.decisions.forms import (
    SPARE,
    AskForm,
    ChangeCommitmentForm,
    CommitmentForm,
    DecisionForm,
    OverrideForm,
    SettleForm,
    SignForm,
    id_or_none,
)
from consult.decisions.models import Commitment
from consult.decisions.signing import WAYS, say_accepted
from consult.doors import actor, may
from consult.field.frame import age_words
from consult.field.queries import find_map_age
from consult.foundation.forms import BaseForm
from consult.foundation.text import sanitize
from consult.mandates import signing
from consult.mandates.queries import At, count_returned, get_at, list_at, list_gates, list_log
from consult.mandates.rules import aligned, differences, to_sign, unaccepted
from consult.policy import Act
from consult.review.queries import get_published_draft
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, public_etag
from consult.synthesis.rules import reason_for
from consult.voting.results import results_of

bp = Blueprint("decisions", __name__)


# --- in public ---


@bp.get("/rounds/<slug>/decisions")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def page(subject: Round) -> ResponseReturnValue:
    found = queries.list_decisions(subject.id)
    places = queries.list_places([one for two in found for one in (two.draft_id, two.amended_id) if one is not None])
    promised, replaced = queries.list_commitments_with_past(subject.id)
    return render_template(
        "decisions/page.html",
        gates=[(at, shown.pair(at, names=False), shown.tag(at.gate)) for at in list_at(subject)],
        follows=shown.follows,
        accepted=say_accepted,
        decisions=[shown.decision(one, places) for one in found],
        deviations=queries.list_deviations(subject.id) if found else [],
        reason_for=reason_for,
        commitments=shown.commitments(promised, actor(), replaced),
        **frame(subject, actor(), "decisions"),
    )


# --- gates at the desk ---


@bp.get("/staff/rounds/<slug>/gates")
@may(Act.READ_QUEUE, on=get_round)
def gates(subject: Round) -> ResponseReturnValue:
    told = [(at, shown.pair(at, names=True), shown.tag(at.gate)) for at in list_at(subject)]
    around = staff_frame(subject, actor(), "gates")
    return render_template("decisions/gates.html", gates=told, follows=shown.follows, state=shown.state, **around)


@bp.post("/staff/rounds/<slug>/gates")
@may(Act.PREPARE_ROUND, on=get_round)
def use_gates(subject: Round) -> ResponseReturnValue:
    signing.use_gates(subject, actor())
    return redirect(url_for("decisions.gates", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/gates/<gate>")
@may(Act.READ_QUEUE, on=get_at, form=AskForm)
def gate_page(at: At, form: BaseForm) -> ResponseReturnValue:
    subject, gate = at.round, at.gate
    document, lacks = WAYS[gate.kind].document(subject), WAYS[gate.kind].lacks(subject)
    fresh = unaccepted(gate, lacks)
    asked, overriding = form if isinstance(form, AskForm) else AskForm(), form
    asked.prefill(questions=gate.questions)
    age = find_map_age(subject, actor().arrived_at)
    return render_template(
        "decisions/gate_page.html",
        at=at,
        gate=gate,
        form=form,
        asked=asked,
        overriding=overriding if isinstance(overriding, OverrideForm) else OverrideForm(),
        lacks=shown.lacks(lacks, fresh, subject, actor()) if gate.started_at is None else [],
        is_clear=not fresh,
        accepted=say_accepted(gate),
        pair=shown.pair(at, document=document, names=True),
        document=document,
        document_words=shown.document_words(gate.kind, document.name if document is not None else ""),
        document_url=shown.document_url(gate.kind, subject, document),
        seen=to_sign(gate, document) if document is not None else "",
        sides=shown.sides_of(at, actor()),
        has_signed=shown.signed_by(at, actor()),
        follows=shown.follows(gate.kind, subject),
        state=shown.state(gate),
        log=shown.log(at),
        map_age=age_words(age) if gate.started_at is None else "",
        map_is_old=age.is_old,
        beside=shown.beside(queries.weigh(subject.id), results_of(subject), subject),
        **staff_frame(subject, actor(), "gates"),
    )


@bp.post("/staff/rounds/<slug>/gates/<gate>/ask")
@may(Act.ASK_SIGNATURES, on=get_at, form=AskForm, page="decisions.gate_page")
def ask(at: At, form: AskForm) -> ResponseReturnValue:
    signing.ask_signatures(at.gate, WAYS[at.gate.kind].lacks(at.round), form.questions.data or "", actor())
    return _to_gate(at)


@bp.post("/staff/rounds/<slug>/gates/<gate>/sign")
@may(Act.SIGN_GATE, on=get_at, form=SignForm, page="decisions.gate_page")
def sign(at: At, form: SignForm) -> ResponseReturnValue:
    WAYS[at.gate.kind].sign(at.gate, at.round, form.side.data, actor(), seen=form.seen.data or "")
    return _to_gate(at)


@bp.post("/staff/rounds/<slug>/gates/<gate>/withdraw")
@may(Act.WITHDRAW_SIGN_OFF, on=get_at)
def withdraw(at: At) -> ResponseReturnValue:
    signing.withdraw(at.gate, actor())
    return _to_gate(at)


@bp.post("/staff/rounds/<slug>/gates/<gate>/override")
@may(Act.OVERRIDE_GATE, on=get_at, form=OverrideForm, page="decisions.gate_page")
def override(at: At, form: OverrideForm) -> ResponseReturnValue:
    signing.override(at.gate, WAYS[at.gate.kind].lacks(at.round), form.reason.data or "", actor())
    return _to_gate(at)


@bp.post("/staff/rounds/<slug>/gates/<gate>/start")
@may(Act.START_PHASE, on=get_at)
def start(at: At) -> ResponseReturnValue:
    WAYS[at.gate.kind].start(at.gate, at.round, actor())
    return _to_gate(at)


@bp.get("/staff/rounds/<slug>/alignment")
@may(Act.READ_QUEUE, on=get_round)
def alignment(subject: Round) -> ResponseReturnValue:
    log = list_log(subject.id)
    around = {**staff_frame(subject, actor(), "gates"), **shown.apart(differences(log), count_returned(subject.id))}
    told = {"report": shown.report(aligned(log)), "has_gates": bool(list_gates(subject.id))}
    return render_template("decisions/alignment.html", **told, **around)


# --- what the council decided ---


def render_amendments(form: DecisionForm) -> list[str]:
    """Render the Markdown of each amended paragraph, before the transaction."""
    return [sanitize(row.text.data or "") for row in form.rows()[0]]


@bp.get("/staff/rounds/<slug>/decision")
@may(Act.RECORD_DECISION, on=get_round, form=DecisionForm)
def record_page(subject: Round, form: DecisionForm) -> ResponseReturnValue:
    drafts = queries.list_decidable(subject.id)
    form.prefill(amendments=[{}] * SPARE, deviations=[{}] * SPARE)
    form.offer(drafts, queries.list_places([drafts[0].id])[drafts[0].id] if drafts else [])
    final = queries.find_final(subject.id)
    around = {"waiting": queries.count_waiting(subject.id), **staff_frame(subject, actor(), "decision")}
    return render_template("decisions/record_page.html", form=form, drafts=drafts, final=final, **around)


@bp.post("/staff/rounds/<slug>/decision")
@may(
    Act.RECORD_DECISION,
    on=get_round,
    form=DecisionForm,
    page="decisions.record_page",
    before=render_amendments,
)
def record(subject: Round, form: DecisionForm, rendered: list[str]) -> ResponseReturnValue:
    verbs.record_decision(subject, _told(subject, form, rendered), actor())
    return redirect(url_for("decisions.page", slug=subject.slug), 303)


def _told(subject: Round, form: DecisionForm, rendered: list[str]) -> verbs.DecisionTold:
    amendments, deviations = form.rows()
    day = form.decided_on.data
    assert day is not None  # the form demands it
    words: dict[str, Any] = {name: form[name].data or "" for name in ("number", "votes", "reason")}
    return verbs.DecisionTold(
        draft=get_published_draft(subject.id, id_or_none(form.draft.data)),
        result=form.result.data,
        decided_on=day,
        amendments=[
            verbs.AmendmentTold(
                row.number.data or "",
                row.words.data or "",
                UUID(row.paragraph.data),
                row.text.data or "",
                html,
                row.votes.data or "",
            )
            for row, html in zip(amendments, rendered, strict=True)
        ],
        deviations=[
            verbs.DeviationTold(
                queries.get_named(subject.id, row.number.data or ""), row.kind.data, row.reason.data or ""
            )
            for row in deviations
        ],
        **words,
    )


def _to_gate(at: At) -> ResponseReturnValue:
    return redirect(url_for("decisions.gate_page", slug=at.round.slug, gate=at.gate.kind.value), 303)


# --- what the board promised ---


@bp.get("/staff/rounds/<slug>/commitments")
@may(Act.RECORD_COMMITMENT, on=get_round)
def commitments(subject: Round) -> ResponseReturnValue:
    found = shown.commitments(queries.list_commitments(subject.id), actor())
    around = staff_frame(subject, actor(), "commitments")
    return render_template("decisions/commitments.html", commitments=found, **around)


@bp.get("/staff/rounds/<slug>/commitments/new")
@may(Act.RECORD_COMMITMENT, on=get_round, form=CommitmentForm)
def promise_page(subject: Round, form: CommitmentForm) -> ResponseReturnValue:
    around = staff_frame(subject, actor(), "commitments")
    return render_template("decisions/promise_page.html", form=form, **around)


@bp.post("/staff/rounds/<slug>/commitments/new")
@may(Act.RECORD_COMMITMENT, on=get_round, form=CommitmentForm, page="decisions.promise_page")
def promise(subject: Round, form: CommitmentForm) -> ResponseReturnValue:
    verbs.promise(subject, form.told(), actor())
    return redirect(url_for("decisions.commitments", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/commitments/<uuid:commitment_id>")
@may(Act.RECORD_COMMITMENT, on=queries.get_commitment, form=ChangeCommitmentForm)
def commitment_page(one: Commitment, form: ChangeCommitmentForm) -> ResponseReturnValue:
    form.show(one)
    around = staff_frame(one.round, actor(), "commitments")
    return render_template("decisions/commitment_page.html", one=one, form=form, **around)


@bp.post("/staff/rounds/<slug>/commitments/<uuid:commitment_id>")
@may(Act.RECORD_COMMITMENT, on=queries.get_promise, form=ChangeCommitmentForm, page="decisions.commitment_page")
def change_commitment(one: Commitment, form: ChangeCommitmentForm) -> ResponseReturnValue:
    verbs.change_commitment(one, form.told(), form.because.data or "", actor())
    return redirect(url_for("decisions.commitments", slug=one.round.slug), 303)


@bp.get("/staff/rounds/<slug>/commitments/<uuid:commitment_id>/settle")
@may(Act.RECORD_COMMITMENT, on=queries.get_commitment, form=SettleForm)
def settle_page(one: Commitment, form: SettleForm) -> ResponseReturnValue:
    around = staff_frame(one.round, actor(), "commitments")
    return render_template("decisions/settle_page.html", one=one, form=form, **around)


@bp.post("/staff/rounds/<slug>/commitments/<uuid:commitment_id>/settle")
@may(Act.RECORD_COMMITMENT, on=queries.get_promise, form=SettleForm, page="decisions.settle_page")
def settle(one: Commitment, form: SettleForm) -> ResponseReturnValue:
    verbs.settle_commitment(one, form.result.data or "", actor(), is_kept=form.was_kept.data == "yes")
    return redirect(url_for("decisions.commitments", slug=one.round.slug), 303)
