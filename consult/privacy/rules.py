"""Which tables hold something of a person, what an export shows of it, and what becomes of it when they leave."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID


class Fate(StrEnum):
    """What happens to rows about a person who has themselves erased."""

    DELETE = "delete"  # theirs alone
    STAY = "stay"  # the file needs it; it leads to "a resident" and no further
    EMPTY = "empty"  # the person's own rows: the account goes, of the person nothing is left but an id


@dataclass(frozen=True)
class Held:
    """One column that points to a person or to an account, or holds somebody's address.

    `through` names another table of which the rows are the person's; `column` then points to that table.
    `unseen` are columns that an export leaves out: secrets and hashes.
    """

    table: str
    column: str
    fate: Fate
    unseen: frozenset[str] = field(default_factory=frozenset)
    through: str = ""


def _held(table: str, column: str, fate: Fate, *unseen: str, through: str = "") -> Held:
    return Held(table, column, fate, frozenset(unseen), through)


UNSEEN_OF_OTHERS = ("title", "text", "html", "hidden", "author_id", "order_key", "renderer")

HELD = (
    # the way in
    _held("account", "id", Fate.EMPTY, "password_hash"),
    _held("person", "account_id", Fate.EMPTY),
    _held("signed_in", "account_id", Fate.DELETE, "token_hash"),
    _held("email_link", "account_id", Fate.DELETE, "token_hash", "password_hash"),
    _held("email_link", "address", Fate.DELETE, "token_hash", "password_hash"),
    _held("factor", "account_id", Fate.DELETE, "sealed_secret", "public_key", "credential_id"),
    _held("recovery_code", "account_id", Fate.DELETE, "code_hash"),
    _held("identity", "account_id", Fate.DELETE, "hash"),
    _held("factor_reset", "person_id", Fate.DELETE),
    # messages
    _held("mail", "recipient_id", Fate.DELETE, "dedupe", "leased_until"),
    _held("mail", "address", Fate.DELETE, "dedupe", "leased_until"),
    _held("message_choice", "person_id", Fate.DELETE),
    _held("followed_round", "person_id", Fate.DELETE),
    _held("followed_contribution", "person_id", Fate.DELETE),
    # what is being written, and what was brought in
    _held("form_key", "owner_id", Fate.DELETE, "key"),
    _held("unsent", "person_id", Fate.DELETE),
    _held("upload", "owner_id", Fate.DELETE, "stored_name"),
    _held("contribution", "author_id", Fate.STAY, "order_key", "renderer"),
    _held("version", "contribution_id", Fate.STAY, through="contribution"),
    _held("proposal", "contribution_id", Fate.STAY, through="contribution"),
    _held("argument", "contribution_id", Fate.STAY, through="contribution"),
    _held("remark", "contribution_id", Fate.STAY, through="contribution"),
    _held("attachment", "contribution_id", Fate.STAY, "stored_name", through="contribution"),
    _held("attachment", "added_by_id", Fate.STAY, "stored_name"),
    _held("co_author", "person_id", Fate.DELETE),
    _held("invitation", "address", Fate.DELETE, "token_hash"),
    _held("helpful", "person_id", Fate.DELETE),
    _held("report", "reporter_id", Fate.STAY),
    _held("appeal", "made_by_id", Fate.STAY, "decided_by_id", "entered_by_id"),
    # organisations; what they hold is theirs
    _held("membership", "person_id", Fate.DELETE),
    _held("organisation", "asked_by_id", Fate.STAY),
    _held("organisation_invitation", "email", Fate.DELETE, "token_hash"),
    _held("organisation_invitation", "invited_by_id", Fate.STAY, "token_hash", "email"),
    _held("organisation_invitation", "accepted_by_id", Fate.STAY, "token_hash"),
    _held("position_draft", "written_by_id", Fate.STAY),
    _held("position_version", "submitted_by_id", Fate.STAY),
    _held("co_sign", "signed_by_id", Fate.STAY),
    # what somebody formally said of a draft belongs to the file of the decision
    _held("formal_view", "author_id", Fate.STAY),
    _held("view_point", "view_id", Fate.STAY, "answered_by_id", "signed_by_id", through="formal_view"),
    _held("view_file", "view_id", Fate.STAY, "stored_name", through="formal_view"),
    # somebody who wrote on paper has no account; staff take their address out when the reply was sent
    _held("intake", "writer_id", Fate.STAY),
    # what somebody did for the authority; who works there is taken out by an administrator
    _held("appointment", "person_id", Fate.STAY),
    _held("contribution", "entered_by_id", Fate.STAY, *UNSEEN_OF_OTHERS),
    _held("code", "coded_by_id", Fate.STAY),
    _held("passage", "coded_by_id", Fate.STAY, "quote", "prefix", "suffix"),
    _held("suggestion", "decided_by_id", Fate.STAY),
    _held("frame_version", "published_by_id", Fate.STAY),
    _held("double_coding", "person_id", Fate.STAY, "first"),
    _held("settlement", "settled_by_id", Fate.STAY),
    _held("outcome", "set_by_id", Fate.STAY),
    _held("outcome", "signed_by_id", Fate.STAY),
    _held("outcome", "published_by_id", Fate.STAY),
    _held("evaluation", "written_by_id", Fate.STAY),
    _held("note", "written_by_id", Fate.STAY),
    _held("assignment", "person_id", Fate.STAY),
    _held("assignment", "assigned_by_id", Fate.STAY),
    _held("bulk", "person_id", Fate.STAY, "inputs", "changes"),
    _held("text_block", "written_by_id", Fate.STAY),
    _held("answer_term", "set_by_id", Fate.STAY),
    _held("group_search", "asked_by_id", Fate.STAY, "parameters"),
    _held("group_suggestion", "decided_by_id", Fate.STAY),
    _held("kept_apart", "decided_by_id", Fate.STAY),
    _held("shared_text", "written_by_id", Fate.STAY),
    _held("selection", "recorded_by_id", Fate.STAY),
    _held("paper_ballot", "entered_by_id", Fate.STAY, "marks", "letter_id"),
    _held("paper_ballot", "checked_by_id", Fate.STAY, "marks", "letter_id"),
    _held("invalidation", "proposed_by_id", Fate.STAY),
    _held("invalidation", "decided_by_id", Fate.STAY),
    _held("invalidation", "lifted_by_id", Fate.STAY),
    _held("refusal", "proposed_by_id", Fate.STAY),
    _held("refusal", "decided_by_id", Fate.STAY),
    _held("hold", "held_by_id", Fate.STAY),
    _held("redaction", "proposed_by_id", Fate.STAY, "passages"),
    _held("redaction", "decided_by_id", Fate.STAY, "passages"),
    _held("redaction", "lift_asked_by_id", Fate.STAY, "passages"),
    _held("redaction", "lifted_by_id", Fate.STAY, "passages"),
    _held("appeal", "decided_by_id", Fate.STAY, "words", "made_by_id", "entered_by_id"),
    _held("appeal", "entered_by_id", Fate.STAY, "words", "made_by_id", "decided_by_id"),
    _held("vision", "written_by_id", Fate.STAY),
    _held("vision", "adopted_by_id", Fate.STAY),
    _held("topic", "recorded_by_id", Fate.STAY),
    _held("fixed_change", "proposed_by_id", Fate.STAY),
    _held("fixed_change", "board_by_id", Fate.STAY),
    _held("fixed_change", "civil_by_id", Fate.STAY),
    _held("set_up", "written_by_id", Fate.STAY),
    _held("role_review", "written_by_id", Fate.STAY),
    _held("role_review", "published_by_id", Fate.STAY),
    _held("self_scan", "written_by_id", Fate.STAY),
    _held("draft", "submitted_by_id", Fate.STAY),
    _held("draft", "published_by_id", Fate.STAY),
    _held("synthesis_report", "submitted_by_id", Fate.STAY),
    _held("synthesis_report", "published_by_id", Fate.STAY),
    _held("paper_text", "written_by_id", Fate.STAY),
    _held("paper_text", "published_by_id", Fate.STAY, "texts"),
    _held("report", "settled_by_id", Fate.STAY, "reporter_id"),
    _held("organisation", "decided_by_id", Fate.STAY),
    _held("role_change", "person_id", Fate.STAY),
    _held("role_change", "asked_by_id", Fate.STAY),
    _held("role_change", "decided_by_id", Fate.STAY),
    _held("factor_reset", "proposed_by_id", Fate.STAY),
    _held("factor_reset", "decided_by_id", Fate.STAY),
    _held("intake", "entered_by_id", Fate.STAY, "writer_id", "note"),
    _held("intake", "checked_by_id", Fate.STAY, "writer_id", "note"),
    _held("intake_batch", "sent_by_id", Fate.STAY, "rows", "problems", "notes"),
    _held("formal_term", "set_by_id", Fate.STAY),
    _held("outage", "noted_by_id", Fate.STAY),
    _held("formal_view", "entered_by_id", Fate.STAY, "author_id", "text", "reply_to"),
    _held("formal_view", "judged_by_id", Fate.STAY, "author_id", "text", "reply_to"),
    _held("view_point", "answered_by_id", Fate.STAY),
    _held("view_point", "signed_by_id", Fate.STAY),
    _held("own_change", "made_by_id", Fate.STAY),
    _held("response_note", "submitted_by_id", Fate.STAY),
    _held("response_note", "published_by_id", Fate.STAY),
    _held("mandate_note", "written_by_id", Fate.STAY),
    _held("gate", "asked_by_id", Fate.STAY),
    _held("gate", "overridden_by_id", Fate.STAY),
    _held("gate", "started_by_id", Fate.STAY),
    _held("sign_off", "person_id", Fate.STAY),
    _held("decision", "recorded_by_id", Fate.STAY),
    _held("commitment", "recorded_by_id", Fate.STAY),
    _held("commitment", "settled_by_id", Fate.STAY),
    _held("paper_reply", "sent_by_id", Fate.STAY, "address"),
    # goals and agreements are deeds of the authority and its partners; who signed or reported stays with the deed
    _held("goal", "written_by_id", Fate.STAY),
    _held("goal", "found_by_id", Fate.STAY),
    _held("goal_version", "written_by_id", Fate.STAY),
    _held("goal_signature", "signed_by_id", Fate.STAY),
    _held("goal_measurement", "noted_by_id", Fate.STAY),
    _held("agreement", "made_by_id", Fate.STAY),
    _held("agreement_version", "written_by_id", Fate.STAY, "terms"),
    _held("agreement_signature", "signed_by_id", Fate.STAY),
    _held("realisation", "linked_by_id", Fate.STAY),
    _held("progress_report", "filed_by_id", Fate.STAY),
    _held("progress_report", "checked_by_id", Fate.STAY, "text"),
    _held("report_comment", "said_by_id", Fate.STAY),
    _held("evidence", "added_by_id", Fate.STAY, "stored_name"),
    _held("quality_check", "checked_by_id", Fate.STAY, "key"),
    _held("escalation", "decided_by_id", Fate.STAY),
    _held("year_told", "written_by_id", Fate.STAY),
    _held("action", "written_by_id", Fate.STAY),
    # the playing field, and who does what; whom an organisation lets be reached goes with who wrote that
    _held("party", "added_by_id", Fate.STAY),
    _held("assessment", "assessor_id", Fate.STAY),
    _held("relation", "noted_by_id", Fate.STAY),
    _held("unorganised", "written_by_id", Fate.STAY),
    _held("partner_text", "written_by_id", Fate.STAY),
    _held("introduction", "proposed_by_id", Fate.STAY),
    _held("introduction_side", "answered_by_id", Fate.STAY),
    _held("introduction_contact", "person_id", Fate.DELETE),
    _held("reach_count", "counted_by_id", Fate.STAY),
    _held("outreach", "started_by_id", Fate.STAY),
    _held("advice_request", "asked_by_id", Fate.STAY),
    _held("advice_request", "noted_by_id", Fate.STAY),
    _held("advice_request", "waived_by_id", Fate.STAY),
    _held("task", "written_by_id", Fate.STAY),
    _held("challenge_terms", "written_by_id", Fate.STAY),
    _held("challenge", "author_id", Fate.STAY, "decided_by_id"),
    _held("challenge", "decided_by_id", Fate.STAY, "author_id", "better", "who", "support"),
    # what somebody can and wants to learn is theirs and their coach's alone; it goes when they leave
    _held("skill_profile", "person_id", Fate.DELETE),
    _held("skill_assessment", "skill_profile_id", Fate.DELETE, through="skill_profile"),
    _held("plan_item", "skill_profile_id", Fate.DELETE, through="skill_profile"),
    _held("enrolment", "person_id", Fate.DELETE),
    _held("skill_profile", "coach_id", Fate.STAY, "person_id", "towards", "is_visible", "talents", "words"),
    _held("skill_assessment", "made_by_id", Fate.STAY, "levels", "words"),
    _held("plan_item", "written_by_id", Fate.STAY, "code", "level", "activity", "result"),
    _held("competence_frame", "written_by_id", Fate.STAY),
    _held("competence_frame", "published_by_id", Fate.STAY, "competences"),
    _held("role_profile", "written_by_id", Fate.STAY),
    _held("role_profile", "published_by_id", Fate.STAY, "content"),
    _held("learning_activity", "written_by_id", Fate.STAY),
    _held("staffing_decision", "decided_by_id", Fate.STAY),
    # the journal is never changed; it holds ids, and an id leads nowhere any more
    _held("entry", "actor_id", Fate.STAY, "digest"),
)
ADDRESSES = frozenset({"address", "email"})  # columns that hold an address instead of an id


def shown(row: dict[str, Any], unseen: frozenset[str]) -> dict[str, Any]:
    """Return a row as JSON can hold it, without what an export leaves out."""
    return {name: _plain(value) for name, value in row.items() if name not in unseen}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return str(value)
    return value
