"""Which messages there are, and their words; text and HTML are both made from these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from consult.foundation.language import N_
from consult.notifications.models import Topic

DIGEST = "digest"


@dataclass(frozen=True)
class Kind:
    """One kind of message; every text may name values as `%(name)s`, and a paragraph that comes out empty falls away.

    Without a topic it is sent at once and to everybody: receipts, what the law demands, and what guards an
    account. `goes_to` names the value that holds the button's address, `quotes` the one that is quoted.
    `gathers`: it stands in a digest even for whoever wants to hear at once. After `within` it is of no use.
    """

    topic: Topic | None
    subject: str
    says: tuple[str, ...]
    reason: str
    button: str = ""
    goes_to: str = "url"
    quotes: str = ""
    gathers: bool = False
    within: timedelta | None = None

    @property
    def is_urgent(self) -> bool:
        """Whether somebody sits and waits for it."""
        return self.within is not None


WORKS = "%(works)s"  # until when a link works, where there is one
NOT_YOU = N_("Did you not ask for this? Then do nothing. Nobody can use it without this message.")
WAS_IT_YOU = N_("Was it not you? Then tell us at once: %(contact)s.")
FROM_ACCOUNT = N_("You get this because you have an account here. We always tell you when something changes in it.")
FROM_AUTHOR = N_("You get this because you sent in this %(kind)s.")
FROM_FOLLOWING = N_("You get this because you follow this round or something in it.")
FROM_ORGANISATION = N_("You get this because you act for an organisation.")
SOON = timedelta(hours=24)

ACCOUNT: Mapping[str, Kind] = {
    "sign_in_link": Kind(
        None,
        N_("Your link to sign in"),
        (N_("You asked for a link to sign in at %(site)s."), WORKS, NOT_YOU),
        N_("You get this because somebody asked for a link to sign in with this address."),
        N_("Sign in"),
        within=timedelta(minutes=10),
    ),
    "register_link": Kind(
        None,
        N_("Confirm your address"),
        (
            N_("You want to take part at %(site)s. Confirm that this is your address; then your account is ready."),
            WORKS,
            NOT_YOU,
        ),
        N_("You get this because somebody filled in this address to register."),
        N_("Confirm my address"),
        within=SOON,
    ),
    "known_address": Kind(
        None,
        N_("You have an account already"),
        (
            N_("Somebody wants to register at %(site)s with this address. It has an account already: you can sign in."),
            WORKS,
            N_("Was it not you? Then do nothing. Nothing has changed."),
        ),
        N_("You get this because somebody filled in this address to register."),
        N_("Sign in"),
        within=SOON,
    ),
    "reset_link": Kind(
        None,
        N_("Choose a new password"),
        (N_("You want to choose a new password at %(site)s."), WORKS, NOT_YOU),
        N_("You get this because somebody asked for a new password for the account with this address."),
        N_("Choose a new password"),
        within=SOON,
    ),
    "confirm_address_link": Kind(
        None,
        N_("Confirm your new address"),
        (
            N_("You want to use this address for your account at %(site)s. Confirm that it is yours."),
            WORKS,
            NOT_YOU,
        ),
        N_("You get this because somebody filled in this address for their account."),
        N_("Confirm my address"),
        within=SOON,
    ),
    "address_changed": Kind(
        None,
        N_("The address of your account was changed"),
        (N_("Your account at %(site)s has another e-mail address now. Our messages go there."), WAS_IT_YOU),
        FROM_ACCOUNT,
    ),
    "password_changed": Kind(
        None,
        N_("Your password was changed"),
        (N_("The password of your account at %(site)s was changed. All your other sessions have ended."), WAS_IT_YOU),
        FROM_ACCOUNT,
        N_("To your account"),
    ),
    "factor_changed": Kind(
        None,
        N_("The second step of your sign-in was changed"),
        (N_("With what you show a second time who you are at %(site)s was changed."), WAS_IT_YOU),
        FROM_ACCOUNT,
        N_("To your account"),
    ),
    "second_factor_reset": Kind(
        None,
        N_("The second step of your sign-in was taken away"),
        (
            N_("Two administrators of %(site)s took away the second step of your sign-in."),
            N_("You set it up anew when you sign in."),
            WAS_IT_YOU,
        ),
        FROM_ACCOUNT,
        N_("Sign in"),
    ),
    "new_device": Kind(
        None,
        N_("You signed in on a new device"),
        (N_("Somebody signed in to your account at %(site)s with: %(device)s."), WAS_IT_YOU),
        FROM_ACCOUNT,
        N_("To your account"),
    ),
    "staff_invitation": Kind(
        None,
        N_("You are asked to work at %(site)s"),
        (
            N_("An administrator made an account for you at %(site)s. Choose your password to begin."),
            WORKS,
        ),
        N_("You get this because an administrator filled in this address for an account."),
        N_("Begin"),
    ),
    "export_ready": Kind(
        None,
        N_("You took your data along"),
        (N_("A file with everything that %(site)s keeps of you was made and given to you."), WAS_IT_YOU),
        FROM_ACCOUNT,
    ),
    "erased": Kind(
        None,
        N_("Your account is gone"),
        (
            N_("Your account at %(site)s is erased, as you asked. What the file needs stays there, without your name."),
            N_("This is the last message from us. Questions? %(contact)s."),
        ),
        N_("You get this because you had your account erased."),
    ),
}

OWN: Mapping[str, Kind] = {
    "received": Kind(
        None,
        N_("We received: %(title)s"),
        (
            N_("We received your %(kind)s for “%(round)s” on %(received)s. Its number is %(reference)s."),
            "%(standing)s",
            N_("Keep this message: it is your proof of receipt. This is what you sent:"),
        ),
        N_("You get this because you sent in this %(kind)s. We always send a proof of receipt."),
        N_("See what happens with it"),
        quotes="text",
    ),
    "published": Kind(
        Topic.OWN,
        N_("On the site now: %(title)s"),
        (N_("Everybody can read your %(kind)s for “%(round)s” now. You hear from us when there is an answer to it."),),
        FROM_AUTHOR,
        N_("See it on the site"),
    ),
    "refused": Kind(
        None,
        N_("Not placed: %(title)s"),
        (
            N_("Two people of our team read your %(kind)s for “%(round)s” and decided not to place it on the site."),
            N_("The ground is: %(ground)s. %(why)s"),
            N_("Your text stays in the file. You and the people who work on this round can read it."),
            N_("Do you not agree? There you can ask, until the end of %(until)s, that somebody else looks at it."),
        ),
        N_("You get this because you sent in this %(kind)s. We always tell you when we do not place something."),
        N_("See it on your page"),
        goes_to="trace_url",
    ),
    "held": Kind(
        None,
        N_("Off the site for now: %(title)s"),
        (
            N_("We took your %(kind)s for “%(round)s” off the site, to look at it again."),
            N_("The ground is: %(ground)s. %(why)s"),
            N_("Your text stays as it is. We put it back, or two people decide not to place it. You hear from us."),
        ),
        N_("You get this because you sent in this %(kind)s. We always tell you when we take something away."),
        N_("See it on your page"),
        goes_to="trace_url",
    ),
    "redacted": Kind(
        None,
        N_("A part was taken away: %(title)s"),
        (
            N_("Two people of our team took a part of your %(kind)s for “%(round)s” away. Others read a mark there."),
            N_("The ground is: %(ground)s. %(why)s"),
            N_("Your whole text stays in the file. You and the people who work on this round can read it."),
            N_("Do you not agree? There you can ask, until the end of %(until)s, that somebody else looks at it."),
        ),
        N_("You get this because you sent in this %(kind)s. We always tell you when we take something away."),
        N_("See what was taken away"),
        goes_to="trace_url",
    ),
    "lifted": Kind(
        None,
        N_("A part is back: %(title)s"),
        (N_("What we took away from your %(kind)s for “%(round)s” is back. Everybody reads your text as it was."),),
        N_("You get this because you sent in this %(kind)s. We always tell you when we change a decision."),
        N_("See it on the site"),
    ),
    "appeal_decided": Kind(
        None,
        N_("We looked again at: %(title)s"),
        (
            N_("You did not agree with our decision about your %(kind)s for “%(round)s”. Somebody else looked at it."),
            "%(decided)s",
            N_("Why: %(why)s"),
        ),
        N_("You get this because you asked that somebody else looks at a decision."),
        N_("See what happened with it"),
        goes_to="trace_url",
    ),
    "question": Kind(
        None,
        N_("A question about: %(title)s"),
        (
            N_("Somebody who works on “%(round)s” has a question about your %(kind)s:"),
            N_("You can answer here: %(contact)s."),
        ),
        FROM_AUTHOR,
        N_("See your text"),
        quotes="asked",
    ),
    "merged": Kind(
        Topic.OWN,
        N_("Joined with another one: %(title)s"),
        (
            N_("Your %(kind)s “%(title)s” is about the same as “%(into)s”. So we joined them."),
            N_("Your text keeps its address. Support for it counts for the other one, once for each person."),
            N_("Do you not agree? Tell us: %(contact)s. We can separate them again."),
        ),
        FROM_AUTHOR,
        N_("See both"),
        goes_to="into_url",
    ),
    "outcome": Kind(
        Topic.OWN,
        N_("There is an answer to: %(title)s"),
        (
            N_("What happens with your %(kind)s for “%(round)s”: %(outcome)s."),
            N_("Why: %(why)s"),
            "%(finality)s",
        ),
        FROM_AUTHOR,
        N_("See what happened with it"),
        goes_to="trace_url",
    ),
    "outcome_final": Kind(
        Topic.OWN,
        N_("The decision changed the answer to: %(title)s"),
        (
            N_("What happens with your %(kind)s for “%(round)s”: %(outcome)s."),
            N_("Why: %(why)s"),
            N_("This is final. Who decided: %(decider)s."),
        ),
        FROM_AUTHOR,
        N_("See what happened with it"),
        goes_to="trace_url",
    ),
    "co_author_invited": Kind(
        None,
        N_("Write along: %(title)s"),
        (
            N_("%(inviter)s asks you to write along on a proposal for “%(round)s”."),
            N_("Your name stands beside it if you say yes."),
            WORKS,
            N_("You need not answer. Without your yes nothing happens."),
        ),
        N_("You get this because somebody asked you by this address to write along. You get it once."),
        N_("Look at the proposal"),
    ),
}

FOLLOWED: Mapping[str, Kind] = {
    "phase_opened": Kind(
        Topic.FOLLOWED,
        N_("%(round)s: “%(phase)s” has begun"),
        (N_("You can take part up to and including %(last_day)s: %(question)s"),),
        FROM_FOLLOWING,
        N_("To the round"),
    ),
    "last_week": Kind(
        Topic.FOLLOWED,
        N_("%(round)s: “%(phase)s” ends soon"),
        (N_("“%(phase)s” is open up to and including %(last_day)s. After that it is closed for everybody."),),
        FROM_FOLLOWING,
        N_("To the round"),
    ),
    "ballot_unfinished": Kind(
        Topic.OWN,
        N_("%(round)s: your ballot is not finished"),
        (
            N_("You filled in a ballot for “%(poll)s” and did not cast it, so it does not count yet."),
            N_("You can vote up to and including %(last_day)s. Do you not want to vote? Then do nothing."),
        ),
        N_("You get this because you filled in a ballot here and did not cast it. You get it once."),
        N_("Finish my ballot"),
        goes_to="ballot_url",
    ),
    "draft_published": Kind(
        Topic.FOLLOWED,
        N_("%(round)s: version %(number)s of the draft is on the site"),
        (N_("Beside each paragraph stands what it is based on."), "%(coming)s"),
        FROM_FOLLOWING,
        N_("Read the draft"),
        goes_to="draft_url",
    ),
    "fixed_changed": Kind(
        None,
        N_("%(round)s: what is fixed was changed"),
        (
            N_("What people can influence in this round, or what is fixed, was changed after it opened."),
            N_("Why: %(why)s"),
            N_("What you sent in stays as it is. Look whether you want to say something else."),
        ),
        N_("You get this because you took part in this round, or follow it."),
        N_("Read what is fixed now"),
        goes_to="bounds_url",
    ),
    "decision": Kind(
        Topic.FOLLOWED,
        N_("%(round)s: it was decided"),
        (
            N_("There is a decision in this round. Who decided: %(decider)s."),
            "%(decision)s",
            N_("You can read what it means for what people brought in."),
        ),
        N_("You get this because you took part in this round, or follow it."),
        N_("Read the decision"),
        goes_to="decision_url",
    ),
    "argued": Kind(
        Topic.FOLLOWED,
        N_("New argument: %(about)s"),
        (N_("Somebody said something about “%(about)s” (%(stance)s):"),),
        FROM_FOLLOWING,
        N_("Read it there"),
        goes_to="about_url",
        quotes="text",
        gathers=True,
    ),
    "merged_nearby": Kind(
        Topic.FOLLOWED,
        N_("Joined: %(title)s"),
        (
            N_("In “%(round)s” the proposal “%(title)s” was joined with “%(into)s”, because they are about the same."),
            N_("A vote on either of them counts for both together, once for each person."),
            N_("You can see your choices, and change them as long as people vote."),
        ),
        N_("You get this because you take part in this round or follow it."),
        N_("See both"),
        goes_to="into_url",
    ),
    "shared_text": Kind(
        Topic.FOLLOWED,
        N_("Put together: %(title)s"),
        (
            N_(
                "In “%(round)s” several say the same as “%(title)s”. Our team wrote in one text what they say together."
            ),
            N_("The original texts stay as they are, each at its own address."),
            N_("Does the text leave something out? Tell us: %(contact)s."),
        ),
        N_("You get this because you take part in this round or follow it."),
        N_("Read the text"),
    ),
    "outcome_joined": Kind(
        Topic.OWN,
        N_("There is an answer to: %(into)s"),
        (
            N_("Your %(kind)s “%(title)s” was joined with “%(into)s”. What happens with that one: %(outcome)s."),
            N_("Why: %(why)s"),
            "%(finality)s",
        ),
        FROM_AUTHOR,
        N_("See what happened with it"),
        goes_to="trace_url",
    ),
    "outcome_nearby": Kind(
        Topic.FOLLOWED,
        N_("There is an answer to: %(title)s"),
        (
            N_("What happens with “%(title)s” in “%(round)s”: %(outcome)s."),
            N_("Why: %(why)s"),
            "%(finality)s",
        ),
        FROM_FOLLOWING,
        N_("See what happened with it"),
        goes_to="trace_url",
    ),
}

REVIEW: Mapping[str, Kind] = {
    "formal_view_received": Kind(
        None,
        N_("We received your formal view %(view)s"),
        (
            N_("We received your formal view on the draft for “%(round)s” on %(received)s. Its number is %(view)s."),
            N_("Keep this message: it is your proof of receipt. Your name is not public, and neither is your text."),
            N_("This is what you sent:"),
        ),
        N_("You get this because you sent in a formal view. The law asks us to send a proof of receipt."),
        N_("See what happens with it"),
        quotes="text",
    ),
    "formal_view_judged": Kind(
        None,
        N_("Your formal view %(view)s: %(verdict)s"),
        (
            N_("We looked whether your formal view %(view)s on the draft for “%(round)s” is admissible: %(verdict)s."),
            "%(why)s",
            N_("Do you not agree? Tell us: %(contact)s."),
        ),
        N_("You get this because you sent in a formal view. We always tell you whether we may treat it."),
        N_("See your formal view"),
    ),
    "formal_view_answered": Kind(
        None,
        N_("The answer to your formal view %(view)s"),
        (
            N_("We answered your formal view %(view)s on the draft for “%(round)s”, point by point."),
            N_("The answers to all formal views stand in the response note: %(note_url)s"),
            N_("Who decides now: %(decider)s."),
            N_("This is our answer:"),
        ),
        N_("You get this because you sent in a formal view. We always answer it."),
        N_("See your formal view"),
        quotes="answers",
    ),
}

ORGANISATION: Mapping[str, Kind] = {
    "organisation_verified": Kind(
        None,
        N_("%(organisation)s can take part"),
        (N_("We checked %(organisation)s. You can invite people, and write what you hold together."),),
        FROM_ORGANISATION,
        N_("To your organisation"),
        goes_to="organisation_url",
    ),
    "organisation_refused": Kind(
        None,
        N_("%(organisation)s cannot take part yet"),
        (N_("We did not accept %(organisation)s."), N_("Why: %(refusal)s"), N_("Questions? %(contact)s.")),
        FROM_ORGANISATION,
        N_("To your organisation"),
        goes_to="organisation_url",
    ),
    "member_invited": Kind(
        None,
        N_("Act for %(organisation)s"),
        (
            N_("You are asked to act for %(organisation)s at %(site)s, as %(duty)s."),
            WORKS,
        ),
        N_("You get this because an organisation filled in this address. You get it once."),
        N_("Look at the invitation"),
    ),
    "position_submitted": Kind(
        Topic.ORGANISATION,
        N_("Sent in: the position of %(organisation)s"),
        (N_("%(organisation)s sent in its position on “%(round)s” on %(received)s. Its number is %(reference)s."),),
        FROM_ORGANISATION,
        N_("See the position"),
    ),
    "co_sign_asked": Kind(
        Topic.ORGANISATION,
        N_("Will you sign with %(organisation)s?"),
        (
            N_("%(organisation)s asks you to sign with its position on “%(round)s”. You choose for which themes."),
            "%(changed)s",
        ),
        FROM_ORGANISATION,
        N_("See the position"),
    ),
    "co_signed": Kind(
        Topic.ORGANISATION,
        N_("%(organisation)s signs with you"),
        (N_("%(organisation)s signed with your position on “%(round)s”."),),
        FROM_ORGANISATION,
        N_("See the position"),
    ),
    "co_signature_withdrawn": Kind(
        Topic.ORGANISATION,
        N_("%(organisation)s no longer signs with you"),
        (
            N_("%(organisation)s took back its signature under your position on “%(round)s”."),
            N_("That it signed, and when it took that back, stays visible."),
        ),
        FROM_ORGANISATION,
        N_("See the position"),
    ),
    "introduction_asked": Kind(
        Topic.ORGANISATION,
        N_("Does your organisation want to meet %(other)s?"),
        (
            N_("We think that you can do something for each other in “%(round)s”."),
            N_("Neither of you sees whom to reach before both said yes."),
        ),
        FROM_ORGANISATION,
        N_("Read why, and answer"),
    ),
    "introduction_made": Kind(
        Topic.ORGANISATION,
        N_("You can reach %(other)s"),
        (N_("Both of you want to meet. On the page stands whom you can reach."),),
        FROM_ORGANISATION,
        N_("See whom you can reach"),
    ),
}

FROM_CONTRACTS = N_("You get this because you look after agreements.")
AGREEMENTS: Mapping[str, Kind] = {
    "report_due": Kind(
        Topic.ORGANISATION,
        N_("Your report about “%(agreement)s” is due on %(due)s"),
        (N_("Nobody reported yet about %(days)s. A period without a report in time counts as red."),),
        FROM_ORGANISATION,
        N_("Write the report"),
    ),
    "report_filed": Kind(
        Topic.WORK,
        N_("%(organisation)s reported about “%(agreement)s”"),
        (N_("The report about %(days)s waits to be checked. Its figures count once you accepted them."),),
        FROM_CONTRACTS,
        N_("Read the report"),
    ),
    "report_checked": Kind(
        Topic.ORGANISATION,
        N_("Your report about “%(agreement)s” was %(verdict)s"),
        (N_("It is the report about %(days)s."), "%(why)s"),
        FROM_ORGANISATION,
        N_("Read the report"),
    ),
    "report_commented": Kind(
        Topic.ORGANISATION,
        N_("Somebody said something about the report on “%(agreement)s”"),
        (N_("It is about the report on %(days)s."),),
        N_("You get this because you look after this agreement, or act for its partner."),
        N_("Read it"),
    ),
}

RECORD: Mapping[str, Kind] = {
    "checkpoint": Kind(
        None,
        N_("Keep this: the sealed record of %(site)s"),
        (
            N_("This is what the record of everything that was done here comes down to at this moment."),
            "%(checkpoint)s",
            N_(
                "Keep this message. Whoever doubts later whether the record was changed can compare it with this. "
                "Only what others keep shows that nobody made the whole record anew."
            ),
        ),
        N_("You get this because you are the clerk: once a day, when something was done."),
        N_("See the record"),
    ),
}

CHALLENGES: Mapping[str, Kind] = {
    "challenge_received": Kind(
        None,
        N_("We received your request: %(task)s"),
        (
            N_("You asked on %(asked)s to take this task over. We decide by %(reply_by)s, and you hear from us."),
            N_("Keep this message: it is your proof of receipt. This is what you sent:"),
        ),
        N_("You get this because you asked to take a task over. We always send a proof of receipt."),
        N_("See your request"),
        quotes="told",
    ),
    "challenge_asked": Kind(
        Topic.WORK,
        N_("Somebody wants to take a task over: %(task)s"),
        (N_("You decide about it by %(reply_by)s, with a ground that everybody reads."),),
        N_("You get this because you decide about requests to take a task over."),
        N_("Read the request"),
    ),
    "challenge_decided": Kind(
        None,
        N_("We decided on your request: %(task)s"),
        (N_("You asked to take this task over. It was %(state)s."), N_("The ground: %(ground)s")),
        N_("You get this because you asked to take a task over."),
        N_("Read the decision"),
    ),
}

FROM_DAYS = N_("You get this because you began this, direct the round, or answer for it.")
WORK: Mapping[str, Kind] = {
    "gate_waiting": Kind(
        Topic.WORK,
        N_("%(round)s: “%(phase)s” waits for you"),
        (
            N_("“%(phase)s” is planned from %(first_day)s, but nobody released it yet. So nobody can take part now."),
            N_("Look whether everything is ready, and release it."),
        ),
        N_("You get this because you direct this round."),
        N_("To the round"),
        goes_to="desk_url",
    ),
    "change_asked": Kind(
        Topic.WORK,
        N_("%(round)s: a change of what is fixed waits for your signature"),
        (N_("Why: %(why)s"), N_("It holds once you and the other side have signed.")),
        N_("You get this because you are a sponsor of this round."),
        N_("To the change"),
        goes_to="change_url",
    ),
    "signature_asked": Kind(
        Topic.WORK,
        N_("%(round)s: a gate waits for your signature"),
        (N_("Gate: %(gate)s. Before you and the other side have signed, nothing goes on."), "%(questions)s"),
        N_("You get this because you are a sponsor of this round."),
        N_("To the gate"),
        goes_to="gate_url",
    ),
    "signature_due": Kind(
        Topic.WORK,
        N_("%(round)s: a gate still waits for your signature"),
        (
            N_("Gate: %(gate)s. Before you and the other side have signed, nothing goes on."),
            N_("“%(phase)s” is planned from %(first_day)s and waits for it."),
        ),
        N_("You get this because you are a sponsor of this round."),
        N_("To the gate"),
        goes_to="gate_url",
    ),
    "day_near": Kind(
        Topic.WORK,
        N_("%(of)s: what is due on %(due)s"),
        (N_("This is due on %(due)s and is not done yet:"),),
        FROM_DAYS,
        N_("Look at it"),
        goes_to="due_url",
        quotes="items",
    ),
    "day_past": Kind(
        Topic.WORK,
        N_("%(of)s: what was due on %(due)s"),
        (N_("This was due on %(due)s and is not done yet. Do it, or choose another day and say why:"),),
        FROM_DAYS,
        N_("Look at it"),
        goes_to="due_url",
        quotes="items",
    ),
}

GATHERED = Kind(
    None,
    N_("What happened: %(first)s"),
    (),
    N_("You get this because you asked for one message about these things together."),
)

KINDS: Mapping[str, Kind] = {
    **ACCOUNT,
    **OWN,
    **FOLLOWED,
    **REVIEW,
    **ORGANISATION,
    **AGREEMENTS,
    **RECORD,
    **CHALLENGES,
    **WORK,
    DIGEST: GATHERED,
}
URGENT = frozenset(name for name, kind in KINDS.items() if kind.is_urgent)
