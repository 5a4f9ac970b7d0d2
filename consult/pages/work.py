"""What staff see across rounds: a board with what waits, and the journal of a round in words."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

from flask import url_for

from consult.answers.frame import desk_tiles
from consult.answers.queries import count_steps
from consult.audit.models import Entry
from consult.foundation.language import N_, ngettext
from consult.foundation.language import gettext as _
from consult.pages.queries import Work, count_work, list_addresses, list_names, list_submitted
from consult.pages.rules import Standing, standing
from consult.policy import Act, Actor, Duty, allows
from consult.rounds.frame import words_of_now
from consult.rounds.models import Round
from consult.rounds.queries import list_rounds
from consult.synthesis.queries import Show, coverage

ENTRIES = 50
HASH = re.compile(r"[0-9a-f-]+")
LATE_AFTER = 2  # working days in which a moderator looks at what came in; counted as days
WORDS = {
    Act.REGISTER: N_("registered"),
    Act.SIGN_IN: N_("signed in"),
    Act.SIGN_OUT: N_("signed out"),
    Act.CREATE_PERSON: N_("made an account for a person"),
    Act.CREATE_ROUND: N_("began to prepare the round"),
    Act.BEGIN_PRACTICE: N_("began a practice round"),
    Act.PREPARE_ROUND: N_("changed the preparation"),
    Act.APPOINT: N_("appointed somebody"),
    Act.OPEN_ROUND: N_("opened the round"),
    Act.CLEAR_PHASE: N_("released a step"),
    Act.CLOSE_PHASE: N_("closed a step"),
    Act.ASK_SIGNATURES: N_("asked for signatures at a gate"),
    Act.SIGN_GATE: N_("signed at a gate"),
    Act.WITHDRAW_SIGN_OFF: N_("took back a signature at a gate"),
    Act.VOID_SIGN_OFF: N_("a signature at a gate lapsed"),
    Act.OVERRIDE_GATE: N_("decided about what a gate lacks"),
    Act.START_PHASE: N_("let go on what a gate held back"),
    Act.RECORD_DECISION: N_("recorded what the council decided"),
    Act.RECORD_COMMITMENT: N_("recorded what the board promised, or what came of it"),
    Act.RECORD_TOPIC: N_("recorded whether people take part in a topic"),
    Act.CHANGE_FIXED: N_("proposed to change what is fixed, or took that back"),
    Act.SIGN_FIXED: N_("signed a change of what is fixed"),
    Act.WRITE_SET_UP: N_("wrote how the round is staffed"),
    Act.WRITE_ROLE_REVIEW: N_("looked back on the role in this round"),
    Act.PUBLISH_ROLE_REVIEW: N_("published how this round went"),
    Act.SUBMIT_PROPOSAL: N_("sent in a proposal"),
    Act.EDIT_PROPOSAL: N_("changed a proposal"),
    Act.WITHDRAW_PROPOSAL: N_("withdrew a proposal"),
    Act.INVITE_CO_AUTHOR: N_("asked somebody to write along, or took that back"),
    Act.ANSWER_INVITATION: N_("answered whether to write along"),
    Act.LEAVE_PROPOSAL: N_("stopped writing along"),
    Act.KEEP_UNSENT: N_("kept what somebody is writing"),
    Act.ADD_ARGUMENT: N_("gave an argument"),
    Act.ADD_REMARK: N_("made a remark on the draft"),
    Act.WITHDRAW_REMARK: N_("withdrew a remark on the draft"),
    Act.WORK_IN_REMARK: N_("worked a remark into the draft"),
    Act.MARK_HELPFUL: N_("said whether an argument helps"),
    Act.REPORT: N_("reported a contribution"),
    Act.FOLLOW: N_("began or stopped to follow the round or something in it"),
    Act.SETTLE_REPORTS: N_("looked at what was reported"),
    Act.WRITE_POSITION: N_("wrote on a position"),
    Act.SUBMIT_POSITION: N_("sent in a position"),
    Act.WITHDRAW_POSITION: N_("withdrew a position"),
    Act.CO_SIGN: N_("signed with a position"),
    Act.WITHDRAW_SIGNATURE: N_("withdrew a signature"),
    Act.TELL_AREA: N_("told a neighbourhood"),
    Act.USE_CODE: N_("showed with a code or a list that they can vote"),
    Act.PROVE_IDENTITY: N_("signed in with a national means"),
    Act.ISSUE_CODES: N_("made codes for letters, or changed the list of voters"),
    Act.SET_TERM: N_("set the term of the formal review"),
    Act.NOTE_OUTAGE: N_("noted an outage"),
    Act.SUBMIT_VIEW: N_("sent in a formal view"),
    Act.WITHDRAW_VIEW: N_("withdrew a formal view"),
    Act.ENTER_VIEW: N_("entered a formal view for somebody"),
    Act.ACKNOWLEDGE_VIEW: N_("sent a proof of receipt on paper"),
    Act.JUDGE_VIEW: N_("judged whether a formal view is admissible"),
    Act.SPLIT_VIEW: N_("divided a formal view into points"),
    Act.ANSWER_POINT: N_("answered a point of a formal view"),
    Act.SIGN_POINT: N_("signed off an answer"),
    Act.MAKE_OWN_CHANGE: N_("wrote down an own-motion change"),
    Act.OFFER_NOTE: N_("offered the response note for publication"),
    Act.RETURN_NOTE: N_("took the response note back"),
    Act.PUBLISH_NOTE: N_("published the response note"),
    Act.NOTIFY_VIEW: N_("sent the answer to a formal view on paper"),
    Act.ENTER_ON_BEHALF: N_("typed in a proposal for somebody"),
    Act.ENTER_BATCH: N_("entered a file of proposals for others"),
    Act.CHECK_INTAKE: N_("looked again at what was typed in"),
    Act.REPLY_ON_PAPER: N_("sent replies on paper"),
    Act.ATTACH_FILE: N_("added a file"),
    Act.DESCRIBE_FILE: N_("said what is to be seen on a picture"),
    Act.REMOVE_FILE: N_("removed a file"),
    Act.HIDE_FILE: N_("took a file off the page"),
    Act.SHOW_FILE: N_("put a file back on the page"),
    Act.CHECK_FILE: N_("had a file checked for viruses"),
    Act.WRITE_GOAL: N_("wrote a shared goal"),
    Act.SIGN_GOAL: N_("signed a shared goal"),
    Act.MEASURE_GOAL: N_("entered what was measured of a goal, or what became of it"),
    Act.WRITE_AGREEMENT: N_("wrote an agreement"),
    Act.LINK_AGREEMENT: N_("said what an agreement realises"),
    Act.SIGN_AGREEMENT: N_("signed an agreement"),
    Act.MOVE_AGREEMENT: N_("brought an agreement into another state"),
    Act.PUBLISH_AGREEMENT: N_("made a goal or an agreement public"),
    Act.FILE_REPORT: N_("filed a report about an agreement"),
    Act.CHECK_REPORT: N_("checked a report about an agreement"),
    Act.COMMENT_REPORT: N_("said something about a report"),
    Act.CHECK_QUALITY: N_("looked whether a requirement is met"),
    Act.ESCALATE: N_("decided about the next step of an agreement"),
    Act.WRITE_ACCOUNT: N_("told of a year of an agreement"),
    Act.WRITE_ROUND_MONEY: N_("wrote the money of the round"),
    Act.WRITE_ACTION: N_("said what is done with an input"),
    Act.WRITE_FIELD: N_("changed the map of the playing field"),
    Act.ASSESS_PARTY: N_("assessed a party"),
    Act.INTRODUCE: N_("brought two organisations together"),
    Act.ANSWER_INTRODUCTION: N_("answered whether an organisation wants to meet another"),
    Act.COUNT_REACH: N_("counted who took part"),
    Act.REACH_OUT: N_("did something to reach a group"),
    Act.ASK_ADVICE: N_("asked a department for advice, or wrote its advice down"),
    Act.WAIVE_ADVICE: N_("decided to go on without an advice"),
    Act.WRITE_TASK: N_("wrote down who does a task"),
    Act.CREATE_POLL: N_("made a poll"),
    Act.CAST_VOTE: N_("a vote was cast"),
    Act.ADD_STATEMENT: N_("added a statement"),
    Act.CLOSE_POLL: N_("closed a poll"),
    Act.COMPUTE_OUTCOME: N_("computed the outcome of a poll"),
    Act.DESTROY_KEYS: N_("destroyed the keys between voters and ballots"),
    Act.SELECT_OPTIONS: N_("wrote down what the board chose"),
    Act.ENTER_PAPER: N_("typed in a ballot on paper, or put one aside"),
    Act.CHECK_PAPER: N_("let a ballot on paper count"),
    Act.PROPOSE_INVALIDATION: N_("proposed that ballots do not count"),
    Act.DECIDE_INVALIDATION: N_("decided whether ballots count"),
    Act.LIFT_INVALIDATION: N_("let ballots count again"),
    Act.HOLD: N_("took a contribution off the site"),
    Act.PUBLISH_CONTRIBUTION: N_("put a contribution on the site"),
    Act.PROPOSE_REFUSAL: N_("proposed to refuse a contribution"),
    Act.CONFIRM_REFUSAL: N_("confirmed a refusal"),
    Act.OVERRULE_REFUSAL: N_("turned a refusal down"),
    Act.PROPOSE_REDACTION: N_("proposed to take a part of a text away"),
    Act.CONFIRM_REDACTION: N_("took a part of a text away"),
    Act.OVERRULE_REDACTION: N_("left a text as it is"),
    Act.PROPOSE_LIFTING: N_("proposed to give a part of a text back"),
    Act.DECIDE_LIFTING: N_("decided whether a part of a text comes back"),
    Act.APPEAL: N_("asked for another look at a decision"),
    Act.APPEAL_FOR: N_("typed in an appeal for its author"),
    Act.DECIDE_APPEAL: N_("decided on an appeal"),
    Act.MERGE: N_("joined a contribution with another one"),
    Act.SPLIT: N_("separated a contribution again"),
    Act.SUGGEST_GROUPS: N_("had the platform look for groups that say the same"),
    Act.DECIDE_GROUP: N_("decided on a suggested group"),
    Act.WRITE_SHARED_TEXT: N_("wrote what a group says together"),
    Act.CODE: N_("sorted a contribution under themes"),
    Act.DECIDE_SUGGESTION: N_("decided on a suggested theme"),
    Act.WRITE_FRAME: N_("wrote the coding frame"),
    Act.PUBLISH_FRAME: N_("published the coding frame"),
    Act.DRAW_SAMPLE: N_("drew contributions to be coded twice"),
    Act.CODE_AGAIN: N_("coded a contribution for the second time"),
    Act.SETTLE_CODING: N_("settled where two people coded differently"),
    Act.EVALUATE: N_("wrote what the team thinks of a contribution"),
    Act.SET_OUTCOME: N_("drafted the answer to a contribution"),
    Act.SIGN_ANSWER: N_("signed an answer"),
    Act.PUBLISH_ANSWER: N_("published an answer"),
    Act.WRITE_BLOCK: N_("kept a text block"),
    Act.SET_ANSWER_TERM: N_("set the term for answers"),
    Act.ASSIGN: N_("assigned a contribution to somebody"),
    Act.WRITE_NOTE: N_("wrote a note about a contribution"),
    Act.DO_AT_ONCE: N_("worked on many contributions at once"),
    Act.WRITE_SYNTHESIS: N_("wrote in the synthesis report"),
    Act.SUBMIT_SYNTHESIS: N_("submitted the synthesis report"),
    Act.RETURN_SYNTHESIS: N_("sent the synthesis report back"),
    Act.PUBLISH_SYNTHESIS: N_("published the synthesis report"),
    Act.WRITE_DRAFT: N_("wrote in the draft"),
    Act.SUBMIT_DRAFT: N_("submitted the draft"),
    Act.RETURN_DRAFT: N_("sent the draft back"),
    Act.PUBLISH_DRAFT: N_("published the draft"),
    Act.WRITE_PAPER: N_("wrote a paper of the round"),
    Act.PUBLISH_PAPER: N_("published a paper of the round"),
    Act.MAKE_DOCUMENT: N_("had a document made"),
    Act.IMPORT: N_("took over data"),
    Act.LOAD_DEMO: N_("loaded the demo"),
    # of reading the journal knows only what was denied
    **dict.fromkeys((act for act in Act if act.value.startswith("read_")), N_("wanted to read something")),
}


def boards(actor: Actor) -> list[dict[str, Any]]:
    """Return one board for each round that the actor serves, the open ones first; phases are loaded."""
    mine = [one for one in list_rounds(actor) if actor.serves(one.id)]
    counts = count_work([one.id for one in mine])
    submitted = list_submitted([one.id for one in mine])
    steps = count_steps([one.id for one in mine])
    order = {Standing.NOW: 0, Standing.DRAFT: 1, Standing.NEXT: 2, Standing.CLOSED: 3}
    mine.sort(key=lambda one: order[standing(one, actor.arrived_at)])
    answers = {one.id: desk_tiles(one, steps[one.id], actor) for one in mine}
    return [_board(one, counts[one.id], one.id in submitted, answers[one.id], actor) for one in mine]


def _board(
    subject: Round, work: Work, has_submitted: bool, answers: list[dict[str, Any]], actor: Actor
) -> dict[str, Any]:
    duties = sorted(actor.duties.get(subject.id, frozenset()), key=list(Duty).index)
    return {
        "round": subject,
        "words": words_of_now(subject, actor.arrived_at),
        "duties": ", ".join(duty.words for duty in duties),
        "tiles": [*tiles(subject, work, has_submitted, actor), *answers] if subject.is_public else [],
        "prepares": allows(Act.PREPARE_ROUND, actor, subject),
    }


def tiles(subject: Round, work: Work, has_submitted: bool, actor: Actor) -> list[dict[str, Any]]:
    """Return the counts of what waits; each opens exactly its list."""
    left, checks = coverage(subject.id), work.unchecked and allows(Act.CHECK_INTAKE, actor, subject)
    days = (actor.arrived_at - work.oldest).days if work.oldest is not None else 0
    oldest = ngettext("oldest: %(num)s day", "oldest: %(num)s days", days) if days else ""
    queue, coding = ("moderation.queue", "workbench.coding")
    return [
        _tile(work.held, _("wait for a moderator"), queue, subject, note=oldest, late=days > LATE_AFTER),
        _tile(work.decisions, _("decisions wait for a second person"), queue, subject, waits="yes"),
        *([_tile(work.appeals, _("authors who do not agree"), queue, subject, appealed="yes")] if work.appeals else []),
        _tile(left.uncoded, _("without a theme"), coding, subject, of=left.inputs, show=Show.UNCODED.value),
        _tile(left.unweighed, _("without an answer"), coding, subject, of=left.inputs, show=Show.UNWEIGHED.value),
        _tile(
            left.unplaced,
            _("adopted, but not in the draft"),
            coding,
            subject,
            of=left.to_place,
            show=Show.UNPLACED.value,
        ),
        _tile(int(has_submitted), _("draft waits to be released"), "synthesis.draft_desk", subject),
        *([_tile(work.unchecked, _("forms wait for a second look"), "intake.check", subject)] if checks else []),
    ]


def _tile(count: int, label: str, endpoint: str, subject: Round, **more: Any) -> dict[str, Any]:
    told = {"of": more.pop("of", None), "note": more.pop("note", ""), "late": more.pop("late", False) and count > 0}
    return {"count": count, "label": label, "url": url_for(endpoint, slug=subject.slug, **more), **told}


def told(entries: Sequence[Entry], subject: Round) -> dict[str, Any]:
    """Return the journal of a round in words; one entry more than fits says that there are older ones."""
    shown, older = entries[:ENTRIES], entries[ENTRIES:]
    names = list_names({entry.actor_id for entry in shown if entry.actor_id is not None})
    about = list_addresses(
        {e.subject_id for e in shown if e.subject_kind == "contribution" and e.subject_id is not None}
    )
    return {
        "entries": [_told(entry, subject, names, about) for entry in shown],
        "older_url": url_for("pages.journal", slug=subject.slug, before=shown[-1].position) if older else None,
    }


def _told(
    entry: Entry, subject: Round, names: dict[uuid.UUID, str], about: dict[uuid.UUID, tuple[str, str]]
) -> dict[str, Any]:
    who = names.get(entry.actor_id, _("somebody")) if entry.actor_id is not None else ""
    known = about.get(entry.subject_id) if entry.subject_id is not None else None
    act = Act(entry.act) if entry.act in set(Act) else None
    return {
        "at": entry.at,
        "position": entry.position,
        "who": who,
        "what": _(WORDS[act]) if act in WORDS else entry.act,
        "denied": entry.result == "denied",
        "title": known[1] or known[0] if known else "",
        "url": url_for("pages.contribution", slug=subject.slug, public_id=known[0]) if known else "",
        "facts": ", ".join(f"{name}: {_short(value)}" for name, value in sorted(entry.facts.items())),
        "digest": entry.digest.hex()[:16],
    }


def _short(value: Any) -> str:
    """Say a fact in short: the beginning of an id or a hash is enough to find it."""
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    said = str(value)
    return f"{said[:8]}…" if len(said) >= 32 and HASH.fullmatch(said) else said
