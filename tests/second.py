"""Second factors in tests: an app whose secret the tests know, and the codes that it shows."""

import time

from consult.accounts import rules
from consult.accounts.factors import add_known_totp
from consult.accounts.models import Factor
from consult.foundation import clock
from consult.participants.models import Person
from consult.policy import system

SECRET = "a secret that is only for tests, 32 long"  # of the installation
APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of every app that a builder gave somebody


def an_app(person: Person, secret: str = APP) -> Factor:
    """Give somebody an app that makes codes."""
    return add_known_totp(person.account_id, secret, SECRET, system(clock.now()))


def code_now(secret: str = APP, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return code_of(rules.step_at(clock.now()) + steps, secret)


def code_of(step: int, secret: str = APP) -> str:
    """What the app shows in a step of time."""
    return rules.pyotp.TOTP(secret).generate_otp(step)


def unused_step(last: int | None) -> int:
    """The first step after the last used one whose code is taken now; waits where there is none yet."""
    while True:
        step = max((last or 0) + 1, rules.step_at(clock.now()) - rules.DRIFT)
        if step <= rules.step_at(clock.now()) + rules.DRIFT:
            return step
        time.sleep(0.5)
