"""How long signing in takes, and whether the time of an answer tells which addresses are known (R4)."""

import statistics
import time
from collections.abc import Callable

from argon2 import PasswordHasher

from bench.town import ORIGIN, Town
from consult.accounts import passwords
from consult.foundation import clock, forms
from consult.participants.verbs import create_person
from consult.policy import Role, system

PASSWORD = "een lange zin om te onthouden"
KNOWN, UNKNOWN = "bekend@voorbeeld.nl", "nieuwe@voorbeeld.nl"
TRIES = 100
WAYS = {
    "a wrong password": ("/login", {"password": "dit is het zeker niet"}),
    "a link to sign in": ("/login/link", {}),
    "a new password": ("/login/reset", {}),
    "registering": ("/register", {"name": "Jan"}),
}


def show(town: Town, processor_ms: Callable[..., float]) -> None:
    """Print what signing in costs, with the hash and without, and how far answers for two addresses lie apart."""
    whole = passwords.hasher
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    visits = Visits(town)
    costs = {}
    for words, hasher in (("argon2 excluded", cheap), ("argon2 included", whole)):
        passwords.hasher = hasher
        visits.make_known()
        costs[words] = processor_ms(lambda: visits.post("/login", KNOWN, {"password": PASSWORD}, 303), times=50)
    print(f"{'sign-in with a password':<34}{'ms':>9}")
    for words, cost in costs.items():
        print(f"  {words:<32}{cost:>9.2f}")
    print(f"\n{f'answers, median of {TRIES} in turn':<34}{'known ms':>9}{'unknown':>9}{'apart':>8}{'must':>7}")
    for words, (path, typed) in WAYS.items():
        known, unknown = visits.medians(path, typed)
        print(f"  {words:<32}{known:>9.2f}{unknown:>9.2f}{abs(known / unknown - 1):>8.1%}{'≤ 10%':>7}")
    print()


class Visits:
    """Visits of people without a session, none of whom tries too often."""

    def __init__(self, town: Town) -> None:
        self.town = town
        kept = forms.sealing.set(forms.Sealing(town.app.config["SECRET_KEY"].encode(), "visitor"))
        self.token = forms.token()
        forms.sealing.reset(kept)

    def make_known(self) -> None:
        """Give the known address an account whose password has the hash of now."""
        with self.town.database.writing() as unit:
            for table in ("signed_in", "email_link"):
                unit.connection().exec_driver_sql(f"delete from {table}")
            unit.connection().exec_driver_sql("update account set email = id where email = ?", (KNOWN,))
            create_person("Bekend", KNOWN, Role.RESIDENT, passwords.hashed(PASSWORD), system(clock.now()))

    def post(self, path: str, email: str, typed: dict[str, str], status: int | None = None) -> float:
        """Send a form and return how many milliseconds the answer took."""
        with self.town.database.writing() as unit:
            unit.connection().exec_driver_sql("delete from rate_count")
        data = {"csrf_token": self.token, "email": email, **typed}
        browser = self.town.app.test_client()
        begun = time.perf_counter()
        answer = browser.post(path, data=data, headers={"Origin": ORIGIN})
        took = (time.perf_counter() - begun) * 1000
        assert answer.status_code in ({status} if status else {303, 422}), (path, answer.status_code)
        return took

    def medians(self, path: str, typed: dict[str, str]) -> tuple[float, float]:
        """Return the medians of both addresses, tried in turn."""
        took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
        for number in range(2 * TRIES):
            email = (KNOWN, UNKNOWN)[number % 2]
            took[email].append(self.post(path, email, typed))
        return statistics.median(took[KNOWN]), statistics.median(took[UNKNOWN])
