"""What happens in a story: each act is one verb (or two), in the unit that is open and with the clock at its moment."""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from consult.answers.queries import get_answers, list_signed
from consult.answers.verbs import publish_answers, sign_answers
from consult.coding.double import list_tasks
from consult.coding.doubling import code_again, draw_sample, settle
from consult.coding.queries import list_codes
from consult.coding.verbs import code
from consult.contributions.models import Channel, Contribution
from consult.demo.people import MODERATORS, Cast
from consult.demo.told import ArgumentTold, EditTold, PositionTold, ProposalTold, RefusedTold, RoundTold, SectionTold
from consult.foundation import clock, text
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.intake.verbs import Idea, Told, enter_on_behalf
from consult.landscape.queries import list_words
from consult.landscape.verbs import create_statement_poll
from consult.mandates.models import GateKind, Precondition
from consult.mandates.signing import use_gates
from consult.mandates.verbs import NoteTold, PreconditionPlan, open_round, set_preconditions, write_note
from consult.moderation.models import Refusal
from consult.moderation.verbs import confirm_refusal, merge, propose_refusal, publish
from consult.opendata.source import ZONE
from consult.participants.models import AgeBracket
from consult.participants.verbs import note_writer
from consult.policy import Actor, Duty, system
from consult.proposals.verbs import add_argument, edit_proposal, submit_proposal, withdraw_proposal
from consult.rounds.models import Phase, PhaseKind, Round, RoundState, Theme
from consult.rounds.planning import PhasePlan, ThemePlan, plan_phases, set_themes
from consult.rounds.queries import get_round, list_appointments
from consult.rounds.verbs import RoundText, appoint, clear_phase, close_phase, create_round, set_state
from consult.synthesis.models import Draft, Outcome, OutcomeKind, Use
from consult.synthesis.queries import find_outcome
from consult.synthesis.releasing import begin_draft, publish_draft, submit_draft
from consult.synthesis.verbs import add_paragraph, add_section, cite, set_outcome
from consult.voting.batches import enter_ballots
from consult.voting.models import Method, Option
from consult.voting.queries import list_polls
from consult.voting.verbs import create_poll
from consult.weighing import verbs as reports
from consult.weighing.models import SynthesisReport
from consult.weighing.queries import list_chapters

PLACES = {Channel.MEETING: "Dorpshuis De Wilg", Channel.WORKSHOP: "Bibliotheek"}  # where people spoke
SETTLED = "Wij lazen het samen opnieuw. Het andere thema wordt genoemd, maar daar gaat het niet over."
ADDRESS = "Rietlaan 12\n9999 AB Wilgendrecht"  # of whoever wrote a letter and wants one back


class Acts:
    """Everything that is done in one round of a story; remembers by code what it made."""

    def __init__(self, told: RoundTold, cast: Cast, shift: timedelta, email: str) -> None:
        self.told, self.cast, self.shift, self.email = told, cast, shift, email
        self.dice = random.Random(told.slug)
        self.round_id = uuid.UUID(int=0)
        self.draft_id = self.report_id = uuid.UUID(int=0)
        self.made: dict[str, uuid.UUID] = {}  # contributions, by their code in the story
        self.authors: dict[str, str] = {}

    def round(self) -> Round:
        return session().get_one(Round, self.round_id)

    def contribution(self, key: str) -> Contribution:
        return session().get_one(Contribution, self.made[key])

    def _director(self) -> Actor:
        return self.cast.member(Duty.DIRECTOR, self.round_id)

    def _moderator(self) -> Actor:
        return self.cast.moderator(self.round_id)

    def themes(self) -> dict[str, Theme]:
        wanted = select(Theme).where(Theme.round_id == self.round_id)
        return {theme.code: theme for theme in session().scalars(wanted)}

    def _phases(self) -> list[Phase]:
        wanted = select(Phase).where(Phase.round_id == self.round_id).order_by(Phase.position)
        return list(session().scalars(wanted))

    def prepare(self) -> None:
        told, actor = self.told, self.cast.acting(self.told.director)
        words = RoundText(
            title=told.title,
            question=told.question,
            introduction=told.introduction,
            can_influence=told.can_influence,
            cannot_influence=told.cannot_influence,
            level=told.level,
            level_reason=told.level_reason,
            decider=told.decider,
            verification=told.verification,
            contact_name=told.director,
            contact_email=self.email,
            contact_phone=told.director_phone,
        )
        new = create_round(told.slug, words, actor)
        self.round_id = new.id
        actor = self._director()
        for member in self.cast.staff:
            if member.duty not in {None, Duty.DIRECTOR}:
                appoint(new, self.cast.person(member.name), member.duty, actor)
        plans = [PhasePlan(p.kind, p.name, p.start + self.shift, p.end + self.shift, ZONE) for p in told.phases]
        phases = plan_phases(new, plans, actor)
        set_themes(new, [ThemePlan(*theme) for theme in told.themes], actor)
        bounds = [PreconditionPlan(p.code, p.kind, p.negotiable, p.title, p.why) for p in told.preconditions]
        set_preconditions(new, bounds, actor)
        voting = next(phase for phase in phases if phase.kind is PhaseKind.PRIORITISE)
        if told.sign_days:
            note = NoteTold(told.introduction or told.question, told.budget_euros, "", "")
            write_note(new, note, actor)
        if set(told.sign_days) == set(GateKind):
            use_gates(new, actor)
        if told.statements is not None:
            put = [(one, text.sanitize(one)) for one, _agree in told.statements.texts]
            asked = told.statements.title
            create_statement_poll(new, voting, actor, title=asked, statements=put, eligible=told.eligible)
            return
        title = _("What do you think of these proposals?")
        create_poll(new, voting, actor, title=title, method=Method.SUPPORT, eligible=told.eligible)

    def give_hours(self, hours: Mapping[str, int]) -> None:
        """Write how many hours a week each duty gives, shared by those who have it."""
        subject, actor = self.round(), self._director()
        for appointment, person in list_appointments(self.round_id):
            if (given := hours.get(appointment.duty.value)) is not None:
                appoint(subject, person, appointment.duty, actor, hours=given)

    def open(self) -> None:
        open_round(get_round(system(clock.now()), self.told.slug), self._director(), clears=False)

    def clear(self, numbers: tuple[int, ...]) -> None:
        phases, actor = self._phases(), self._director()
        for number in numbers:
            clear_phase(phases[number], actor.arrived_at, actor)

    def close(self, number: int, *, is_last: bool) -> None:
        close_phase(self._phases()[number], system(clock.now()))
        if is_last:
            set_state(self.round(), RoundState.CLOSED)

    def _words(self, title: str, body: str) -> dict[str, Any]:
        return {"title": title, "text": body, "html": text.sanitize(body)}

    def submit(self, told: ProposalTold, key: str, edit: EditTold | None) -> None:
        self.authors[key] = self.cast.new_resident(told.area, told.age)
        words = self._words(edit.title, edit.text) if edit else self._words(told.title, told.text)
        theme = self.themes()[told.themes[0]]
        actor = self.cast.acting(self.authors[key])
        new = submit_proposal(self.round(), actor, **words, theme_id=theme.id, area_code=told.area)
        new.reference = told.code
        self.made[key] = new.id

    def enter(self, told: ProposalTold, received_at: datetime) -> None:
        idea = Idea(
            theme_id=self.themes()[told.themes[0]].id, area_code=told.area, **self._words(told.title, told.text)
        )
        writer = note_writer(self.cast.new_name(), told.area, told.age)
        form = Told(
            told.channel,
            received_at=received_at,
            place=PLACES.get(told.channel, ""),
            reference=told.code,
            writer=writer,
            address=ADDRESS if told.channel is Channel.LETTER else "",
            is_approved=told.channel is Channel.MEETING,
        )
        self.made[told.code] = enter_on_behalf(self.round(), self._moderator(), form, [idea]).first.id

    def edit(self, told: ProposalTold) -> None:
        actor = self.cast.acting(self.authors[told.code])
        contribution = self.contribution(told.code)
        edit_proposal(contribution, actor, **self._words(told.title, told.text), version=contribution.version)

    def withdraw(self, key: str) -> None:
        withdraw_proposal(self.contribution(key), self.cast.acting(self.authors[key]))

    def publish(self, key: str) -> None:
        publish(self.contribution(key), self._moderator())

    def merge(self, told: ProposalTold) -> None:
        merge(self.contribution(told.code), self.contribution(told.merged_into), self._moderator())

    def propose_refusal(self, told: RefusedTold, key: str) -> None:
        first = self.cast.acting(MODERATORS[0], self.round_id)
        propose_refusal(self.contribution(key), told.ground, told.reason, first)

    def confirm_refusal(self, key: str) -> None:
        wanted = select(Refusal).where(Refusal.contribution_id == self.made[key])
        confirm_refusal(session().scalars(wanted).one(), self.cast.acting(MODERATORS[1], self.round_id))

    def argue(self, told: ArgumentTold, key: str) -> None:
        proposal = self.contribution(told.proposal)
        actor = self.cast.acting(self.cast.new_resident(proposal.area_code, self._any_age()))
        html = text.sanitize(told.text)
        self.made[key] = add_argument(proposal, actor, stance=told.stance, text=told.text, html=html).id

    def _any_age(self) -> AgeBracket:
        return self.dice.choice([AgeBracket.FROM_25, AgeBracket.FROM_45, AgeBracket.FROM_65])

    def vote(self, ballots: Sequence[tuple[str, Mapping[str, int]]]) -> None:
        (poll,) = list_polls(self.round_id)
        wanted = select(Option.contribution_id, Option.id).where(Option.poll_id == poll.id)
        options = {of: option_id for of, option_id in session().execute(wanted)}
        rows = [(voter, {options[self.made[key]]: value for key, value in told.items()}) for voter, told in ballots]
        enter_ballots(poll, rows, system(clock.now()))

    def answer(self, ballots: Sequence[tuple[str, Mapping[int, int]]]) -> None:
        """Let people answer statements, which are known by their place in the story."""
        (poll,) = list_polls(self.round_id)
        assert self.told.statements is not None
        by_words = {one.words: one.option_id for one in list_words(poll.id).values()}
        options = [by_words[words] for words, _agree in self.told.statements.texts]
        rows = [(voter, {options[place]: value for place, value in told.items()}) for voter, told in ballots]
        enter_ballots(poll, rows, system(clock.now()))

    def code(self, told: ProposalTold) -> None:
        themes = self.themes()
        code(self.contribution(told.code), [themes[name] for name in told.themes], self._moderator())

    def code_position(self, told: PositionTold) -> None:
        """Give a position the themes that weigh much for its organisation."""
        themes = self.themes()
        heavy = [themes[name] for name, (_stance, weight) in told.scores.items() if weight >= 2]
        code(self.contribution(told.code), heavy, self._moderator())

    def code_twice(self) -> None:
        """Have one in ten coded again by the other moderator, who once gives a theme more; they settle that."""
        draw_sample(self.round(), self._director())
        actors = [self.cast.acting(name, self.round_id) for name in MODERATORS]
        tasks = [(double, one) for one in actors for double in list_tasks(self.round_id, one.person_id)]
        for number, (double, actor) in enumerate(tasks):
            themes = [one.theme for one in list_codes([double.contribution_id])]
            other = [theme for theme in self.themes().values() if theme not in themes][:1] if number == 0 else []
            code_again(double, [*themes, *other], actor)
            if double.differs:
                settle(double, themes, SETTLED, self._moderator())

    def weigh(self, told: ProposalTold) -> None:
        if told.outcome is not None:
            set_outcome(self.contribution(told.code), told.outcome, told.reason, self._moderator())

    def sign(self, told: ProposalTold) -> None:
        """Have the answer to a proposal signed by the moderator who did not write it."""
        (found,) = get_answers(self.round_id, [self._answer(told).id])
        signers = [self.cast.acting(name, self.round_id) for name in MODERATORS]
        sign_answers([found], next(one for one in signers if one.person_id != found[0].set_by_id))

    def publish_answers(self) -> None:
        """Publish every answer that was signed."""
        rows = list_signed(self.round_id)
        found = get_answers(self.round_id, [row.outcome.id for row in rows if row.outcome is not None])
        publish_answers(found, self._director())

    def _answer(self, told: ProposalTold) -> Outcome:
        found = find_outcome(self.made[told.code])
        assert found is not None  # the story weighs a proposal before it signs
        return found

    def write_report(self) -> None:
        """Write the synthesis report from its first word, and offer it."""
        first = self.cast.acting(MODERATORS[0], self.round_id)
        self.report_id = reports.begin_report(self.round(), first).id
        wanted = select(Precondition).where(Precondition.round_id == self.round_id)
        fixed = {one.code: one for one in session().scalars(wanted)}
        chapters = {one.theme.code: one for one in list_chapters(self.report_id)}
        report = session().get_one(SynthesisReport, self.report_id)
        for chapter in chapters.values():
            set_committed_value(chapter, "report", report)
            reports.save_summary(chapter, self.told.summaries[chapter.theme.code], first, version=chapter.version)
        for told in self.told.findings:
            finding = reports.add_finding(chapters[told.theme], told.said, first)
            rests_on: list[Contribution | Precondition] = [
                *(self.contribution(key) for key in told.sources),
                *(fixed[key] for key in told.preconditions),
            ]
            reports.cite(finding, rests_on, first)
        reports.submit_report(report, first)

    def publish_report(self) -> None:
        reports.publish_report(session().get_one(SynthesisReport, self.report_id), self._director())

    def begin_draft(self) -> None:
        first = self.cast.acting(MODERATORS[0], self.round_id)
        self.draft_id = begin_draft(self.round(), self.told.draft_title, first).id

    def draft(self) -> Draft:
        return session().get_one(Draft, self.draft_id)

    def write(self, told: SectionTold) -> None:
        """Write a section with the sources that exist by now; what organisations hold is taken over in part."""
        first = self.cast.acting(MODERATORS[0], self.round_id)
        section = add_section(self.draft(), told.title, first)
        paragraph = add_paragraph(section, first, text=told.text, html=text.sanitize(told.text))
        partly = {one.code for one in self.told.proposals if one.outcome is OutcomeKind.PARTLY}
        held = {one.code for one in self.told.positions}
        for name in told.sources:
            if name in self.made:
                use = Use.ADAPTED if name in partly | held else Use.ADOPTED
                cite(paragraph, first, contribution=self.contribution(name), use=use)
        wanted = select(Precondition).where(Precondition.round_id == self.round_id)
        known = {one.code: one for one in session().scalars(wanted)}
        for name in told.preconditions:
            cite(paragraph, first, precondition=known[name])

    def submit_draft(self) -> None:
        submit_draft(self.draft(), self.cast.acting(MODERATORS[0], self.round_id))

    def publish_draft(self) -> None:
        publish_draft(self.draft(), self._director())
