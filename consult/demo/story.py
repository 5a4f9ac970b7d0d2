"""Loading a demo municipality: its story is replayed by the verbs, up to a phase that is then open today."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from consult.audit.models import Entry
from consult.audit.verbs import record
from consult.demo import expected, people
from consult.demo.dates import shift_for
from consult.demo.organisations import printed_speakers
from consult.demo.replay import Replay
from consult.demo.told import AuthorityTold, read, read_round
from consult.foundation import clock, mail
from consult.foundation.db import Database, add, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.language import local, speaking
from consult.notifications.audience import list_concerned
from consult.opendata.source import Progress
from consult.policy import Act, system
from consult.rounds.models import Area, Authority, PhaseKind
from consult.rounds.queries import find_authority

HERE = Path(__file__).parent
MUNICIPALITY = HERE / "wilgendrecht.yaml"
FINISHED = HERE / "finished_round.yaml"
OPINIONS = HERE / "opinions.yaml"
PHASES = tuple(PhaseKind)
MAIL_SINCE, MAIL_KEPT = timedelta(days=30), 40


@dataclass(frozen=True)
class DemoReport:
    """What was loaded; `rounds` are per address how many people made how many choices."""

    authority: str
    phase: str
    shift: timedelta
    rounds: Mapping[str, tuple[int, int]]
    held: Sequence[str]
    not_checked: Sequence[str]
    sign_ins: Sequence[people.SignIn]
    seconds: float

    def __str__(self) -> str:
        told: dict[str, object] = {"authority": self.authority, "phase": self.phase, "days": self.shift.days}
        told |= {"held": len(self.held), "not_checked": len(self.not_checked), "seconds": f"{self.seconds:.1f}"}
        lines = [
            _("%(authority)s was loaded in %(seconds)s seconds. Open today: %(phase)s.", **told),
            _("All dates are moved by %(days)s days.", **told),
            _("%(held)s expected values hold, %(not_checked)s wait for what is still to be made.", **told),
        ]
        for slug, (voters, choices) in self.rounds.items():
            told = {"round": f"/rounds/{slug}", "people": voters, "choices": choices}
            lines.append(_("%(round)s: %(people)s people made %(choices)s choices", **told))
        return "\n".join(lines)


def load(
    database: Database,
    source: Path | None = None,
    phase: str = "prioritise",
    progress: Progress = lambda _done, _total, _words: None,
    sign_ins: Path | None = None,
    secret_key: str = "",
) -> DemoReport:
    """Load a municipality (the one that comes along, or of a file) so that the phase is open today.

    One transaction for each chapter. `sign_ins` is the file that will hold with what the printed people sign
    in; those who work there have an app that makes codes, sealed with `secret_key`, and without it set one up at
    their first sign-in. Refused when the installation has an authority already, when the story has no such phase,
    and with the difference when something does not come out as the story says. Raises BadFile for a broken story.
    """
    with speaking("nl"):
        return _load(database, source or MUNICIPALITY, PhaseKind(phase), progress, sign_ins, secret_key)


def _load(
    database: Database, source: Path, kind: PhaseKind, progress: Progress, sign_ins: Path | None, secret_key: str
) -> DemoReport:
    started, now = time.monotonic(), clock.now()
    _check_empty(database)
    authority, main = read(source)
    named = main.phase(kind)
    if named is None:
        raise Conflict(_("This story has no phase %(phase)s.", phase=kind.value))
    shift = shift_for(named.start, named.end, local(now).date())
    staff = people.staff_of(main.director, main.official_sponsor, main.board_sponsor)
    speakers = printed_speakers(main.organisations)
    cast = people.Cast(authority.email.rpartition("@")[2], staff, secret_key, speakers)
    told = [read_round(FINISHED), read_round(OPINIONS)] if source == MUNICIPALITY else []
    replays = [Replay(one, cast, shift, now, authority.email) for one in (*told, main)]
    _play(database, authority, cast, replays, now, progress)
    held = _check(database, replays, now)
    if sign_ins is not None:
        people.write_sign_ins(sign_ins, cast.sign_ins, _("Demo sign-ins (for this machine only):"))
    with database.reading():
        counted = {
            replay.told.slug: (
                expected.people(replay.acts.round_id),
                expected.vote_options_counted(replay.acts.round_id),
            )
            for replay in replays
        }
    return DemoReport(
        authority=authority.name,
        phase=named.name,
        shift=shift,
        rounds=counted,
        held=held,
        not_checked=[name for name in main.expected if name not in expected.CHECKS],
        sign_ins=cast.sign_ins,
        seconds=time.monotonic() - started,
    )


def _check_empty(database: Database) -> None:
    with database.reading():
        if find_authority() is None:
            return
        wanted = select(Entry.facts).where(Entry.act == Act.LOAD_DEMO.value).order_by(Entry.position)
        parts = [facts.get("part") for facts in session().scalars(wanted)]
    if parts == ["begun"]:
        raise Conflict(_("An earlier load of the demo was broken off. Begin again with an empty database."))
    raise Conflict(_("This installation has an authority already. The demo needs an empty database."))


def _play(
    database: Database,
    authority: AuthorityTold,
    cast: people.Cast,
    replays: Sequence[Replay],
    now: datetime,
    progress: Progress,
) -> None:
    """Carry out every chapter in a transaction of its own, with the clock at each event's moment."""
    words = _("Loading %(authority)s", authority=authority.name)
    chapters = [events for replay in replays for _name, events in replay.chapters() if events]
    beginning = min((events[0].at for events in chapters), default=now) - timedelta(days=1)
    total = len(chapters) + 2
    with database.writing(), clock.set_to(beginning):
        authority_id = _found(authority, cast)
    progress(1, total, words)
    for number, events in enumerate(chapters, start=2):
        with database.writing():
            for event in events:
                with clock.set_to(event.at):
                    event.run()
        progress(number, total, words)
    with database.writing():
        cast.enter_waiting()
        _settle_mail(now)
        record(Act.LOAD_DEMO, system(now), session().get_one(Authority, authority_id), part="done")
    progress(total, total, words)


def _settle_mail(now: datetime) -> None:
    """Let the outbox hold some of what the story told of late, as sent when it was told; nothing goes out."""
    for origin in mail.list_untold(now - MAIL_SINCE):
        mail.share_out(
            origin, [(one.person_id, one.kind, one.facts) for one in list_concerned(origin.kind, origin.facts)]
        )
    mail.take_as_sent(MAIL_KEPT)


def _found(told: AuthorityTold, cast: people.Cast) -> uuid.UUID:
    """Make the authority with its areas and the accounts of those who work there."""
    new = add(
        Authority(
            name=told.name,
            kind=told.kind,
            code=told.code,
            population=told.population,
            council=told.council,
            executive=told.executive,
            contact_email=told.email,
            contact_phone=told.phone,
            contact_desk=told.desk,
            ordinance=told.ordinance,
            ordinance_on=told.ordinance_on,
        )
    )
    for area in told.areas:
        add(
            Area(
                code=area.code,
                name=area.name,
                parent_code=area.parent,
                population=area.population,
                ages=list(area.ages),
            )
        )
    cast.enter_staff()
    record(Act.LOAD_DEMO, system(clock.now()), new, part="begun")
    return new.id


def _check(database: Database, replays: Sequence[Replay], now: datetime) -> list[str]:
    with database.reading():
        return [name for replay in replays for name in expected.check(replay, now)]
