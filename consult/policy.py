"""Who may do what: one line an act. Who is asked here; when is asked by the verb."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from consult.foundation.language import N_, Worded, gettext


class Role(Worded):
    """What somebody is in the whole installation."""

    RESIDENT = "resident", N_("resident")
    ORGANISATION = "organisation", N_("organisation")
    MODERATOR = "moderator", N_("moderator")
    DIRECTOR = "director", N_("process director")
    BOARD = "board", N_("board")
    CLERK = "clerk", N_("clerk")
    CONTRACTS = "contracts", N_("contract manager")
    COACH = "coach", N_("coach")
    PRIVACY = "privacy", N_("privacy officer")
    ADMIN = "admin", N_("administrator")


class Duty(Worded):
    """What somebody was appointed to be in one round."""

    DIRECTOR = "director", N_("process director")
    MODERATOR = "moderator", N_("moderator")
    BOARD_SPONSOR = "board_sponsor", N_("board sponsor")
    OFFICIAL_SPONSOR = "official_sponsor", N_("official sponsor")
    PRIVACY_CONTACT = "privacy_contact", N_("privacy contact")


class MemberDuty(Worded):
    """What somebody may do for an organisation."""

    MEMBER = "member", N_("member")
    REPRESENTATIVE = "representative", N_("representative")


PARTICIPANTS = frozenset({Role.RESIDENT, Role.ORGANISATION})  # everybody else works for the authority


class Act(StrEnum):
    """Everything that somebody can do; the journal and the policy speak of nothing else."""

    # reading
    READ_SITE = "read_site"
    READ_ROUND = "read_round"
    READ_CONTRIBUTION = "read_contribution"
    READ_DRAFT = "read_draft"
    READ_OWN = "read_own"
    READ_DESK = "read_desk"
    READ_PEOPLE = "read_people"
    READ_QUEUE = "read_queue"
    READ_JOURNAL = "read_journal"
    # accounts and participants
    REGISTER = "register"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    CONNECT_SIGN_IN = "connect_sign_in"
    GIVE_FACTOR = "give_factor"
    ADD_FACTOR = "add_factor"
    REMOVE_FACTOR = "remove_factor"
    MAKE_RECOVERY_CODES = "make_recovery_codes"
    PROPOSE_FACTOR_RESET = "propose_factor_reset"
    CONFIRM_FACTOR_RESET = "confirm_factor_reset"
    WITHDRAW_FACTOR_RESET = "withdraw_factor_reset"
    MAIL_LINK = "mail_link"
    PROVE_AGAIN = "prove_again"
    CHANGE_ACCOUNT = "change_account"
    CHANGE_ADDRESS = "change_address"
    CHANGE_PASSWORD = "change_password"  # noqa: S105  an act
    END_SESSION = "end_session"
    CREATE_PERSON = "create_person"
    GRANT_ROLE = "grant_role"
    REMOVE_PERSON = "remove_person"
    EXPORT_OWN = "export_own"
    ERASE_OWN = "erase_own"
    # rounds and mandates
    CREATE_ROUND = "create_round"
    PREPARE_ROUND = "prepare_round"
    APPOINT = "appoint"
    OPEN_ROUND = "open_round"
    CLEAR_PHASE = "clear_phase"
    CLOSE_PHASE = "close_phase"
    # gates, and what the council decides
    ASK_SIGNATURES = "ask_signatures"
    SIGN_GATE = "sign_gate"
    WITHDRAW_SIGN_OFF = "withdraw_sign_off"
    VOID_SIGN_OFF = "void_sign_off"
    OVERRIDE_GATE = "override_gate"
    START_PHASE = "start_phase"
    RECORD_DECISION = "record_decision"
    RECORD_COMMITMENT = "record_commitment"
    # the vision, what people are asked about, and how a round is staffed
    WRITE_VISION = "write_vision"
    ADOPT_VISION = "adopt_vision"
    RECORD_TOPIC = "record_topic"
    CHANGE_FIXED = "change_fixed"
    SIGN_FIXED = "sign_fixed"
    READ_SET_UP = "read_set_up"
    WRITE_SET_UP = "write_set_up"
    DESCRIBE_AUTHORITY = "describe_authority"
    # looking back
    WRITE_ROLE_REVIEW = "write_role_review"
    PUBLISH_ROLE_REVIEW = "publish_role_review"
    WRITE_SCAN = "write_scan"
    # who may take part in a round
    TELL_AREA = "tell_area"
    USE_CODE = "use_code"
    PROVE_IDENTITY = "prove_identity"
    ISSUE_CODES = "issue_codes"
    # proposals
    SUBMIT_PROPOSAL = "submit_proposal"
    EDIT_PROPOSAL = "edit_proposal"
    WITHDRAW_PROPOSAL = "withdraw_proposal"
    KEEP_UNSENT = "keep_unsent"
    INVITE_CO_AUTHOR = "invite_co_author"
    ANSWER_INVITATION = "answer_invitation"
    LEAVE_PROPOSAL = "leave_proposal"
    ADD_ARGUMENT = "add_argument"
    MARK_HELPFUL = "mark_helpful"
    REPORT = "report"
    ENTER_ON_BEHALF = "enter_on_behalf"
    ENTER_BATCH = "enter_batch"
    CHECK_INTAKE = "check_intake"
    REPLY_ON_PAPER = "reply_on_paper"
    # files of contributions
    ATTACH_FILE = "attach_file"
    DESCRIBE_FILE = "describe_file"
    REMOVE_FILE = "remove_file"
    HIDE_FILE = "hide_file"
    SHOW_FILE = "show_file"
    CHECK_FILE = "check_file"
    # organisations and what they hold
    ASK_ORGANISATION = "ask_organisation"
    EDIT_ORGANISATION = "edit_organisation"
    READ_ORGANISATIONS = "read_organisations"
    DECIDE_ORGANISATION = "decide_organisation"
    READ_MEMBERS = "read_members"
    INVITE_MEMBER = "invite_member"
    CHANGE_MEMBER = "change_member"
    JOIN_ORGANISATION = "join_organisation"
    LEAVE_ORGANISATION = "leave_organisation"
    WRITE_POSITION = "write_position"
    SUBMIT_POSITION = "submit_position"
    WITHDRAW_POSITION = "withdraw_position"
    CO_SIGN = "co_sign"
    WITHDRAW_SIGNATURE = "withdraw_signature"
    # voting
    CREATE_POLL = "create_poll"
    CAST_VOTE = "cast_vote"
    CLOSE_POLL = "close_poll"
    COMPUTE_OUTCOME = "compute_outcome"
    DESTROY_KEYS = "destroy_keys"
    SELECT_OPTIONS = "select_options"
    ENTER_PAPER = "enter_paper"
    CHECK_PAPER = "check_paper"
    PROPOSE_INVALIDATION = "propose_invalidation"
    DECIDE_INVALIDATION = "decide_invalidation"
    LIFT_INVALIDATION = "lift_invalidation"
    ADD_STATEMENT = "add_statement"
    # moderation
    HOLD = "hold"
    PUBLISH_CONTRIBUTION = "publish_contribution"
    PROPOSE_REFUSAL = "propose_refusal"
    CONFIRM_REFUSAL = "confirm_refusal"
    OVERRULE_REFUSAL = "overrule_refusal"
    PROPOSE_REDACTION = "propose_redaction"
    CONFIRM_REDACTION = "confirm_redaction"
    OVERRULE_REDACTION = "overrule_redaction"
    PROPOSE_LIFTING = "propose_lifting"
    DECIDE_LIFTING = "decide_lifting"
    APPEAL = "appeal"
    APPEAL_FOR = "appeal_for"
    DECIDE_APPEAL = "decide_appeal"
    SETTLE_REPORTS = "settle_reports"
    MERGE = "merge"
    SPLIT = "split"
    SUGGEST_GROUPS = "suggest_groups"
    DECIDE_GROUP = "decide_group"
    WRITE_SHARED_TEXT = "write_shared_text"
    # synthesis
    CODE = "code"
    DECIDE_SUGGESTION = "decide_suggestion"
    WRITE_FRAME = "write_frame"
    PUBLISH_FRAME = "publish_frame"
    DRAW_SAMPLE = "draw_sample"
    CODE_AGAIN = "code_again"
    SETTLE_CODING = "settle_coding"
    EVALUATE = "evaluate"
    SET_OUTCOME = "set_outcome"
    SIGN_ANSWER = "sign_answer"
    PUBLISH_ANSWER = "publish_answer"
    WRITE_BLOCK = "write_block"
    SET_ANSWER_TERM = "set_answer_term"
    ASSIGN = "assign"
    WRITE_NOTE = "write_note"
    DO_AT_ONCE = "do_at_once"
    WRITE_DRAFT = "write_draft"
    SUBMIT_DRAFT = "submit_draft"
    RETURN_DRAFT = "return_draft"
    PUBLISH_DRAFT = "publish_draft"
    # what people say of a draft
    ADD_REMARK = "add_remark"
    WITHDRAW_REMARK = "withdraw_remark"
    WORK_IN_REMARK = "work_in_remark"
    # the synthesis report, and documents out
    WRITE_SYNTHESIS = "write_synthesis"
    SUBMIT_SYNTHESIS = "submit_synthesis"
    RETURN_SYNTHESIS = "return_synthesis"
    PUBLISH_SYNTHESIS = "publish_synthesis"
    READ_DOCUMENT = "read_document"
    MAKE_DOCUMENT = "make_document"
    WRITE_PAPER = "write_paper"
    PUBLISH_PAPER = "publish_paper"
    # formal review
    SET_TERM = "set_term"
    NOTE_OUTAGE = "note_outage"
    SUBMIT_VIEW = "submit_view"
    READ_VIEW = "read_view"
    WITHDRAW_VIEW = "withdraw_view"
    ENTER_VIEW = "enter_view"
    ACKNOWLEDGE_VIEW = "acknowledge_view"
    READ_VIEWS = "read_views"
    JUDGE_VIEW = "judge_view"
    SPLIT_VIEW = "split_view"
    ANSWER_POINT = "answer_point"
    SIGN_POINT = "sign_point"
    MAKE_OWN_CHANGE = "make_own_change"
    OFFER_NOTE = "offer_note"
    RETURN_NOTE = "return_note"
    PUBLISH_NOTE = "publish_note"
    NOTIFY_VIEW = "notify_view"
    # goals, agreements, and the account of them
    READ_AGREEMENT = "read_agreement"
    READ_AGREEMENTS = "read_agreements"
    WRITE_GOAL = "write_goal"
    SIGN_GOAL = "sign_goal"
    MEASURE_GOAL = "measure_goal"
    WRITE_AGREEMENT = "write_agreement"
    LINK_AGREEMENT = "link_agreement"
    SIGN_AGREEMENT = "sign_agreement"
    MOVE_AGREEMENT = "move_agreement"
    PUBLISH_AGREEMENT = "publish_agreement"
    FILE_REPORT = "file_report"
    CHECK_REPORT = "check_report"
    COMMENT_REPORT = "comment_report"
    CHECK_QUALITY = "check_quality"
    ESCALATE = "escalate"
    WRITE_ACCOUNT = "write_account"
    WRITE_ROUND_MONEY = "write_round_money"
    WRITE_ACTION = "write_action"
    # the playing field: parties, connections, reach, advice; and who does what
    READ_FIELD = "read_field"
    WRITE_FIELD = "write_field"
    ASSESS_PARTY = "assess_party"
    INTRODUCE = "introduce"
    ANSWER_INTRODUCTION = "answer_introduction"
    COUNT_REACH = "count_reach"
    REACH_OUT = "reach_out"
    ASK_ADVICE = "ask_advice"
    WAIVE_ADVICE = "waive_advice"
    WRITE_TASK = "write_task"
    SET_CHALLENGE_TERMS = "set_challenge_terms"
    CHALLENGE = "challenge"
    WITHDRAW_CHALLENGE = "withdraw_challenge"
    DECIDE_CHALLENGE = "decide_challenge"
    # the people of the regie
    WRITE_COMPETENCES = "write_competences"
    PUBLISH_COMPETENCES = "publish_competences"
    WRITE_PROFILE = "write_profile"
    PUBLISH_PROFILE = "publish_profile"
    WRITE_LEARNING = "write_learning"
    FOLLOW_LEARNING = "follow_learning"
    READ_SKILLS = "read_skills"
    READ_COACHED = "read_coached"
    ASSESS_OWN = "assess_own"
    AGREE_LEVELS = "agree_levels"
    PLAN_DEVELOPMENT = "plan_development"
    SHOW_TALENT = "show_talent"
    FIND_TALENT = "find_talent"
    COMPARE_STAFFING = "compare_staffing"
    DECIDE_STAFFING = "decide_staffing"
    BEGIN_PRACTICE = "begin_practice"
    # messages
    FOLLOW = "follow"
    CHOOSE_MESSAGES = "choose_messages"
    SWITCH_OFF_MESSAGES = "switch_off_messages"
    READ_OUTBOX = "read_outbox"
    SEND_AGAIN = "send_again"
    # data
    IMPORT = "import"
    LOAD_DEMO = "load_demo"


@dataclass(frozen=True)
class Actor:
    """Who asks, as it was read in one statement when the request came in.

    `duties` maps a round's id to what the person was appointed to there, `memberships` an organisation's id
    to what the person may do for it; `arrived_at` is the moment that every "now" decision of the request uses.
    Somebody who gave a password but not yet the second factor has a session and an account and is nobody:
    `awaits_factor`. `proved_at` is when they last showed in this session who they are. `is_confirmed`: a link
    that was mailed to their address came back. `area_code` is the neighbourhood that they told.
    """

    arrived_at: datetime
    person_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    name: str = ""
    role: Role | None = None
    duties: Mapping[uuid.UUID, frozenset[Duty]] = field(default_factory=dict)
    memberships: Mapping[uuid.UUID, MemberDuty] = field(default_factory=dict)
    awaits_factor: bool = False
    proved_at: datetime | None = None
    is_confirmed: bool = False
    area_code: str | None = None
    is_system: bool = False

    @property
    def is_authenticated(self) -> bool:
        return self.person_id is not None

    @property
    def is_anonymous(self) -> bool:
        return not self.is_authenticated

    @property
    def is_active(self) -> bool:
        return self.is_authenticated

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the authority."""
        return self.role is not None and self.role not in PARTICIPANTS

    def get_id(self) -> str | None:
        """Return the person's id as Flask-Login wants it."""
        return str(self.person_id) if self.person_id else None

    def serves(self, round_id: uuid.UUID) -> bool:
        """Whether the person was appointed to anything in the round."""
        return bool(self.duties.get(round_id))


@dataclass(frozen=True)
class Rule:
    """A condition on actor and subject, with the words that `consult policy` prints."""

    words: str
    holds: Callable[[Actor, Any], bool]

    def __or__(self, other: "Rule") -> "Rule":
        return Rule(f"{self.words}, or {other.words}", lambda a, s: self.holds(a, s) or other.holds(a, s))

    def __and__(self, other: "Rule") -> "Rule":
        return Rule(f"{self.words} and {other.words}", lambda a, s: self.holds(a, s) and other.holds(a, s))


def _round_of(subject: Any) -> uuid.UUID:
    """Return the round that a subject belongs to; subjects of round acts have `round_id`."""
    found: uuid.UUID = subject.round_id
    return found


def appointed(*duties: Duty) -> Rule:
    """Appointed to one of the duties in the subject's round."""
    wanted = frozenset(duties)
    return Rule(
        " or ".join(d.value.replace("_", " ") for d in duties) + " of this round",
        lambda actor, subject: bool(wanted & actor.duties.get(_round_of(subject), frozenset())),
    )


def installed(*roles: Role) -> Rule:
    """One of the roles in the whole installation."""
    return Rule(" or ".join(r.value for r in roles), lambda actor, _subject: actor.role in roles)


anyone = Rule("anyone", lambda _actor, _subject: True)
visitor = Rule("anyone who is not signed in", lambda actor, _subject: not actor.is_authenticated)
signed_in = Rule("anyone signed in", lambda actor, _subject: actor.is_authenticated)
participant = Rule(
    "anyone signed in who does not work for the authority",
    lambda actor, _subject: actor.is_authenticated and not actor.is_staff,
)
staff = Rule("anyone who works for the authority", lambda actor, _subject: actor.is_staff)
half_way = Rule("anyone who still has to give the second factor", lambda actor, _subject: actor.awaits_factor)
resident_here = Rule(
    "anyone signed in who does not speak for an organisation and was not appointed to this round",
    lambda actor, subject: (
        actor.is_authenticated and actor.role is not Role.ORGANISATION and not actor.serves(_round_of(subject))
    ),
)
outsider = Rule(
    "anyone signed in who was not appointed to this round",
    lambda actor, subject: actor.is_authenticated and not actor.serves(_round_of(subject)),
)
represents = Rule(
    "whoever represents the organisation of the subject",
    lambda actor, subject: actor.memberships.get(subject.organisation_id) is MemberDuty.REPRESENTATIVE,
)
member = Rule(
    "whoever is a member of the organisation of the subject",
    lambda actor, subject: subject.organisation_id in actor.memberships,
)
represents_party = Rule(
    "whoever represents a party of the subject",
    lambda actor, subject: any(
        actor.memberships.get(party_id) is MemberDuty.REPRESENTATIVE for party_id in subject.party_ids
    ),
)
represents_one = Rule(
    "whoever represents an organisation",
    lambda actor, _subject: MemberDuty.REPRESENTATIVE in actor.memberships.values(),
)
author = Rule(
    "its author",
    lambda actor, subject: actor.is_authenticated and subject.author_id == actor.person_id,
)
co_author = Rule(
    "one of its co-authors",
    lambda actor, subject: actor.is_authenticated and actor.person_id in subject.co_author_ids,
)
oneself = Rule("anyone who works for the authority, about themselves alone", lambda actor, _subject: actor.is_staff)
their_coach = Rule(
    "the coach whom the person chose",
    lambda actor, subject: actor.role is Role.COACH and subject.coach_id == actor.person_id,
)
moderator = appointed(Duty.MODERATOR)
director = appointed(Duty.DIRECTOR)
team = appointed(Duty.DIRECTOR, Duty.MODERATOR, Duty.OFFICIAL_SPONSOR, Duty.BOARD_SPONSOR)
contracts = installed(Role.CONTRACTS)
nobody = Rule("only the platform itself", lambda _actor, _subject: False)

POLICY: dict[Act, Rule] = {
    Act.READ_SITE: anyone,
    Act.READ_ROUND: anyone,
    Act.READ_CONTRIBUTION: anyone,
    Act.READ_DRAFT: anyone,
    Act.READ_OWN: signed_in,
    Act.READ_DESK: staff,
    Act.READ_PEOPLE: installed(Role.ADMIN),
    Act.READ_QUEUE: team,
    Act.READ_JOURNAL: director | installed(Role.PRIVACY),
    Act.REGISTER: anyone,
    Act.SIGN_IN: anyone,
    Act.SIGN_OUT: signed_in | half_way,
    Act.CONNECT_SIGN_IN: signed_in,
    Act.GIVE_FACTOR: half_way | signed_in,
    Act.ADD_FACTOR: half_way | signed_in,
    Act.REMOVE_FACTOR: signed_in,
    Act.MAKE_RECOVERY_CODES: signed_in,
    Act.PROPOSE_FACTOR_RESET: installed(Role.ADMIN),
    Act.CONFIRM_FACTOR_RESET: installed(Role.ADMIN),
    Act.WITHDRAW_FACTOR_RESET: installed(Role.ADMIN),
    Act.MAIL_LINK: anyone,
    Act.PROVE_AGAIN: signed_in,
    Act.CHANGE_ACCOUNT: signed_in,
    Act.CHANGE_ADDRESS: signed_in,
    Act.CHANGE_PASSWORD: signed_in,
    Act.END_SESSION: signed_in,
    Act.CREATE_PERSON: installed(Role.ADMIN),
    Act.GRANT_ROLE: installed(Role.ADMIN),
    Act.REMOVE_PERSON: installed(Role.ADMIN),
    Act.EXPORT_OWN: signed_in,
    Act.ERASE_OWN: participant,
    Act.CREATE_ROUND: installed(Role.DIRECTOR),
    Act.PREPARE_ROUND: director,
    Act.APPOINT: director,
    Act.OPEN_ROUND: director,
    Act.CLEAR_PHASE: director,
    Act.CLOSE_PHASE: director,
    Act.ASK_SIGNATURES: director,
    Act.SIGN_GATE: appointed(Duty.OFFICIAL_SPONSOR, Duty.BOARD_SPONSOR),
    Act.WITHDRAW_SIGN_OFF: appointed(Duty.OFFICIAL_SPONSOR, Duty.BOARD_SPONSOR),
    Act.VOID_SIGN_OFF: nobody,
    Act.OVERRIDE_GATE: director,
    Act.START_PHASE: director,
    Act.RECORD_DECISION: director | installed(Role.CLERK),
    Act.RECORD_COMMITMENT: appointed(Duty.DIRECTOR, Duty.BOARD_SPONSOR) | installed(Role.CLERK),
    Act.WRITE_VISION: installed(Role.DIRECTOR, Role.CLERK),
    Act.ADOPT_VISION: installed(Role.CLERK, Role.BOARD),
    Act.RECORD_TOPIC: installed(Role.BOARD, Role.CLERK),
    Act.CHANGE_FIXED: director,
    Act.SIGN_FIXED: appointed(Duty.OFFICIAL_SPONSOR, Duty.BOARD_SPONSOR),
    Act.READ_SET_UP: staff,
    Act.WRITE_SET_UP: director,
    Act.DESCRIBE_AUTHORITY: installed(Role.ADMIN),
    Act.WRITE_ROLE_REVIEW: appointed(Duty.DIRECTOR, Duty.BOARD_SPONSOR),
    Act.PUBLISH_ROLE_REVIEW: appointed(Duty.DIRECTOR, Duty.BOARD_SPONSOR, Duty.OFFICIAL_SPONSOR),
    Act.WRITE_SCAN: installed(Role.DIRECTOR, Role.BOARD),
    Act.TELL_AREA: resident_here,
    Act.USE_CODE: resident_here,
    Act.PROVE_IDENTITY: resident_here,
    Act.ISSUE_CODES: director,
    Act.SUBMIT_PROPOSAL: resident_here,
    Act.EDIT_PROPOSAL: author | co_author,
    Act.WITHDRAW_PROPOSAL: author,
    Act.KEEP_UNSENT: outsider,
    Act.INVITE_CO_AUTHOR: author,
    Act.ANSWER_INVITATION: resident_here,
    Act.LEAVE_PROPOSAL: co_author,
    Act.ADD_ARGUMENT: resident_here,
    Act.MARK_HELPFUL: resident_here,
    Act.REPORT: signed_in,
    Act.ENTER_ON_BEHALF: moderator,
    Act.ENTER_BATCH: moderator,
    Act.CHECK_INTAKE: moderator,
    Act.REPLY_ON_PAPER: moderator,
    Act.ATTACH_FILE: author | co_author | represents,
    Act.DESCRIBE_FILE: author | co_author | represents | moderator,
    Act.REMOVE_FILE: author | co_author | represents,
    Act.HIDE_FILE: moderator,
    Act.SHOW_FILE: moderator,
    Act.CHECK_FILE: nobody,
    Act.ASK_ORGANISATION: installed(Role.ORGANISATION),
    Act.EDIT_ORGANISATION: represents,
    Act.READ_ORGANISATIONS: installed(Role.ADMIN, Role.DIRECTOR),
    Act.DECIDE_ORGANISATION: installed(Role.ADMIN, Role.DIRECTOR),
    Act.READ_MEMBERS: member,
    Act.INVITE_MEMBER: represents,
    Act.CHANGE_MEMBER: represents,
    Act.JOIN_ORGANISATION: installed(Role.ORGANISATION),
    Act.LEAVE_ORGANISATION: member,
    Act.WRITE_POSITION: member,
    Act.SUBMIT_POSITION: represents,
    Act.WITHDRAW_POSITION: represents,
    Act.CO_SIGN: represents_one,
    Act.WITHDRAW_SIGNATURE: represents,
    Act.CREATE_POLL: director,
    Act.CAST_VOTE: resident_here,
    Act.CLOSE_POLL: director,
    Act.COMPUTE_OUTCOME: nobody,
    Act.DESTROY_KEYS: nobody,
    Act.SELECT_OPTIONS: appointed(Duty.BOARD_SPONSOR, Duty.OFFICIAL_SPONSOR),
    Act.ENTER_PAPER: moderator | director,
    Act.CHECK_PAPER: moderator | director,
    Act.PROPOSE_INVALIDATION: moderator | director,
    Act.DECIDE_INVALIDATION: moderator | director,
    Act.LIFT_INVALIDATION: moderator | director,
    Act.ADD_STATEMENT: resident_here,
    Act.HOLD: moderator,
    Act.PUBLISH_CONTRIBUTION: moderator,
    Act.PROPOSE_REFUSAL: moderator,
    Act.CONFIRM_REFUSAL: moderator,
    Act.OVERRULE_REFUSAL: moderator,
    Act.PROPOSE_REDACTION: moderator,
    Act.CONFIRM_REDACTION: moderator,
    Act.OVERRULE_REDACTION: moderator,
    Act.PROPOSE_LIFTING: moderator,
    Act.DECIDE_LIFTING: moderator,
    Act.APPEAL: author | co_author | represents,
    Act.APPEAL_FOR: moderator,
    Act.DECIDE_APPEAL: moderator | director,
    Act.SETTLE_REPORTS: moderator,
    Act.MERGE: moderator,
    Act.SPLIT: moderator,
    Act.SUGGEST_GROUPS: moderator,
    Act.DECIDE_GROUP: moderator,
    Act.WRITE_SHARED_TEXT: moderator,
    Act.CODE: moderator,
    Act.DECIDE_SUGGESTION: moderator,
    Act.WRITE_FRAME: moderator | director,
    Act.PUBLISH_FRAME: moderator | director,
    Act.DRAW_SAMPLE: moderator | director,
    Act.CODE_AGAIN: moderator,
    Act.SETTLE_CODING: moderator,
    Act.EVALUATE: moderator,
    Act.SET_OUTCOME: moderator,
    Act.SIGN_ANSWER: appointed(Duty.MODERATOR, Duty.DIRECTOR, Duty.OFFICIAL_SPONSOR),
    Act.PUBLISH_ANSWER: moderator | director,
    Act.WRITE_BLOCK: moderator,
    Act.SET_ANSWER_TERM: director,
    Act.ASSIGN: moderator,
    Act.WRITE_NOTE: team,
    Act.DO_AT_ONCE: moderator,
    Act.WRITE_DRAFT: moderator,
    Act.SUBMIT_DRAFT: moderator,
    Act.RETURN_DRAFT: moderator | director,
    Act.PUBLISH_DRAFT: moderator | director,
    Act.ADD_REMARK: outsider,
    Act.WITHDRAW_REMARK: author | member,
    Act.WORK_IN_REMARK: moderator,
    Act.WRITE_SYNTHESIS: moderator,
    Act.SUBMIT_SYNTHESIS: moderator,
    Act.RETURN_SYNTHESIS: moderator | director,
    Act.PUBLISH_SYNTHESIS: moderator | director,
    Act.READ_DOCUMENT: anyone,
    Act.MAKE_DOCUMENT: anyone,
    Act.WRITE_PAPER: moderator | director,
    Act.PUBLISH_PAPER: moderator | director,
    Act.SET_TERM: director,
    Act.NOTE_OUTAGE: director,
    Act.SUBMIT_VIEW: outsider,
    Act.READ_VIEW: author | member,
    Act.WITHDRAW_VIEW: author | member,
    Act.ENTER_VIEW: moderator,
    Act.ACKNOWLEDGE_VIEW: moderator,
    Act.READ_VIEWS: team,
    Act.JUDGE_VIEW: moderator | director,
    Act.SPLIT_VIEW: moderator,
    Act.ANSWER_POINT: moderator,
    Act.SIGN_POINT: moderator | director,
    Act.MAKE_OWN_CHANGE: moderator | director,
    Act.OFFER_NOTE: moderator | director,
    Act.RETURN_NOTE: moderator | director,
    Act.PUBLISH_NOTE: moderator | director,
    Act.NOTIFY_VIEW: moderator,
    Act.READ_AGREEMENT: anyone,
    Act.READ_AGREEMENTS: staff,
    Act.WRITE_GOAL: contracts,
    Act.SIGN_GOAL: represents_party | installed(Role.BOARD),
    Act.MEASURE_GOAL: contracts,
    Act.WRITE_AGREEMENT: contracts,
    Act.LINK_AGREEMENT: contracts,
    Act.SIGN_AGREEMENT: represents_party | installed(Role.BOARD),
    Act.MOVE_AGREEMENT: contracts,
    Act.PUBLISH_AGREEMENT: contracts,
    Act.FILE_REPORT: member,
    Act.CHECK_REPORT: contracts,
    Act.COMMENT_REPORT: contracts | member,
    Act.CHECK_QUALITY: contracts,
    Act.ESCALATE: contracts | installed(Role.BOARD),
    Act.WRITE_ACCOUNT: contracts,
    Act.WRITE_ROUND_MONEY: director,
    Act.WRITE_ACTION: director | contracts,
    Act.READ_FIELD: team | installed(Role.BOARD, Role.CLERK),
    Act.WRITE_FIELD: director,
    Act.ASSESS_PARTY: appointed(Duty.DIRECTOR, Duty.OFFICIAL_SPONSOR),
    Act.INTRODUCE: director,
    Act.ANSWER_INTRODUCTION: represents,
    Act.COUNT_REACH: director,
    Act.REACH_OUT: director | moderator,
    Act.ASK_ADVICE: director | moderator,
    Act.WAIVE_ADVICE: director,
    Act.WRITE_TASK: installed(Role.CONTRACTS, Role.DIRECTOR),
    Act.SET_CHALLENGE_TERMS: installed(Role.BOARD),
    Act.CHALLENGE: participant,
    Act.WITHDRAW_CHALLENGE: author | member,
    Act.DECIDE_CHALLENGE: installed(Role.BOARD),
    Act.WRITE_COMPETENCES: installed(Role.COACH, Role.DIRECTOR),
    Act.PUBLISH_COMPETENCES: installed(Role.COACH, Role.DIRECTOR),
    Act.WRITE_PROFILE: installed(Role.COACH, Role.DIRECTOR),
    Act.PUBLISH_PROFILE: installed(Role.COACH, Role.DIRECTOR),
    Act.WRITE_LEARNING: installed(Role.COACH),
    Act.FOLLOW_LEARNING: oneself,
    Act.READ_SKILLS: oneself,
    Act.READ_COACHED: installed(Role.COACH),
    Act.ASSESS_OWN: oneself,
    Act.AGREE_LEVELS: their_coach,
    Act.PLAN_DEVELOPMENT: oneself,
    Act.SHOW_TALENT: oneself,
    Act.FIND_TALENT: installed(Role.MODERATOR, Role.DIRECTOR, Role.COACH),
    Act.COMPARE_STAFFING: installed(Role.DIRECTOR, Role.BOARD, Role.COACH),
    Act.DECIDE_STAFFING: installed(Role.DIRECTOR, Role.BOARD),
    Act.BEGIN_PRACTICE: installed(Role.MODERATOR, Role.DIRECTOR, Role.COACH),
    Act.FOLLOW: signed_in,
    Act.CHOOSE_MESSAGES: signed_in,
    Act.SWITCH_OFF_MESSAGES: anyone,
    Act.READ_OUTBOX: installed(Role.ADMIN),
    Act.SEND_AGAIN: installed(Role.ADMIN),
    Act.IMPORT: nobody,
    Act.LOAD_DEMO: nobody,
}

# What somebody may only do who showed in the last ten minutes who they are; the door asks for it again.
FRESH_FOR = timedelta(minutes=10)
FRESH: frozenset[Act] = frozenset(
    {
        Act.CHANGE_ADDRESS,
        Act.CONNECT_SIGN_IN,
        Act.CHANGE_PASSWORD,
        Act.EXPORT_OWN,
        Act.ERASE_OWN,
        Act.CREATE_PERSON,
        Act.GRANT_ROLE,
        Act.REMOVE_PERSON,
        Act.ADD_FACTOR,
        Act.REMOVE_FACTOR,
        Act.MAKE_RECOVERY_CODES,
        Act.PROPOSE_FACTOR_RESET,
        Act.CONFIRM_FACTOR_RESET,
        Act.CLOSE_PHASE,
        Act.SIGN_GATE,
        Act.RECORD_DECISION,
        Act.ADOPT_VISION,
        Act.SIGN_FIXED,
        Act.PUBLISH_ROLE_REVIEW,
        Act.PUBLISH_DRAFT,
        Act.PUBLISH_NOTE,
        Act.PUBLISH_SYNTHESIS,
        Act.PUBLISH_PAPER,
        Act.PUBLISH_ANSWER,
    }
)


def allows(act: Act, actor: Actor, subject: Any = None) -> bool:
    """Say whether the policy lets the actor do this to the subject."""
    return actor.is_system or POLICY[act].holds(actor, subject)


def is_fresh(act: Act, actor: Actor) -> bool:
    """Say whether an act needs no new proof of who the actor is; somebody half-way is proving it right now."""
    if act not in FRESH or actor.is_system or actor.awaits_factor:
        return True
    return actor.proved_at is not None and actor.arrived_at - actor.proved_at <= FRESH_FOR


def system(at: datetime) -> Actor:
    """The platform itself, as commands act; it may do everything and is nobody."""
    return Actor(arrived_at=at, name=gettext("the platform"), is_system=True)
