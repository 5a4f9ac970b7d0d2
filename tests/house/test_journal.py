"""The journal of a round tells in words what was done, whatever it was."""

import ast

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.foundation.db import session
from consult.foundation.language import gettext, speaking
from consult.pages.work import WORDS
from consult.policy import Act
from tests.house import routes, who
from tests.house.code import calls, modules

# What is recorded of a person, an organisation or the whole authority, and never of a round.
ELSEWHERE = {
    *("connect_sign_in", "give_factor", "add_factor", "remove_factor", "make_recovery_codes", "prove_again"),
    *("propose_factor_reset", "confirm_factor_reset", "withdraw_factor_reset", "mail_link", "end_session"),
    *("change_account", "change_address", "change_password", "grant_role", "remove_person", "export_own", "erase_own"),
    *("ask_organisation", "edit_organisation", "decide_organisation", "invite_member", "change_member"),
    *("join_organisation", "leave_organisation", "choose_messages", "switch_off_messages", "send_again"),
    *("write_vision", "adopt_vision", "describe_authority", "write_scan", "decide_staffing"),
    *("set_challenge_terms", "challenge", "withdraw_challenge", "decide_challenge"),
    *("write_competences", "publish_competences", "write_profile", "publish_profile", "write_learning"),
    *("follow_learning", "assess_own", "agree_levels", "plan_development", "show_talent"),
}


def recorded() -> set[str]:
    """Every act that stands anywhere in a call that writes the journal."""
    written = (call for tree in modules().values() for name, call in calls(tree) if "record" in name.rpartition(".")[2])
    named = (node for call in written for one in call.args for node in ast.walk(one) if isinstance(node, ast.Attribute))
    return {Act[node.attr].value for node in named if isinstance(node.value, ast.Name) and node.value.id == "Act"}


def test_each_act_that_can_be_recorded_with_a_round_has_words():
    found = recorded()
    assert len(found) > 150
    assert found - {act.value for act in WORDS} - ELSEWHERE == set()
    assert {act.value for act in WORDS} & ELSEWHERE == set()
    assert ELSEWHERE - found == set()


def test_each_act_that_can_be_denied_at_an_address_of_a_round_has_words():
    acts = {line.split()[3] for line in routes.pinned() if "/rounds/<slug>" in line}
    assert len(acts) > 100
    assert acts - {act.value for act in WORDS} == set()


@pytest.mark.usefixtures("unit")
def test_the_journal_of_a_round_in_which_much_happened_is_all_words():
    who.a_world("open")
    session().flush()
    acts = set(session().scalars(select(Entry.act).where(Entry.round_id.is_not(None)).distinct()))
    assert len(acts) > 30
    assert acts - {act.value for act in WORDS} == set()


def test_the_words_are_said_in_dutch():
    with speaking("nl"):
        assert not [act for act, words in WORDS.items() if gettext(words) == words]
