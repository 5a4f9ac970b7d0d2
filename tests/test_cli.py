"""The commands, as somebody types them; the servers are real processes."""

import csv
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import func, select

from consult.accounts.models import Account
from consult.accounts.queries import list_factors
from consult.audit.queries import find_checkpoint
from consult.cli import main
from consult.commands.demos import sign_ins_of
from consult.contributions.models import Contribution
from consult.foundation.db import add, session
from consult.foundation.mail import Mail
from consult.foundation.notes import Signer, is_signed
from consult.rounds.models import Verification
from consult.voting.models import LetterCode
from tests import second
from tests.audit.builders import entries, tampered
from tests.builders import a_member_of_staff, a_resident, a_round, an_area
from tests.intake.builders import a_file
from tests.shows import shows

ROOT = Path(__file__).parent.parent
PASSWORD = "een lange zin om te onthouden\n"


@pytest.fixture
def town(empty_database, tmp_path):
    """An installation whose database is migrated and empty; returns how to run a command in it."""
    return Town(empty_database, tmp_path)


class Town:
    def __init__(self, database, folder):
        self.database, self.folder = database, folder
        self.port = free_port()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONSULT_")},
            "PYTHONPATH": str(ROOT),
            "CONSULT_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "CONSULT_SECRET_KEY": "a secret that is only for tests, 32 long",
            "CONSULT_BASE_URL": f"http://127.0.0.1:{self.port}",
        }

    def run(self, *arguments, typed="", **changed):
        """Run a command in this process; returns its exit code, and what it said and complained."""
        said, complained = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(complained):
            for name in [name for name in os.environ if name.startswith("CONSULT_")]:
                patch.delenv(name)
            for name, value in {**self.environ, **changed}.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.StringIO(typed))
            with pytest.raises(SystemExit) as end:
                main(list(arguments))
        return Said(end.value.code, said.getvalue(), complained.getvalue())

    @contextmanager
    def serving(self, *arguments):
        command = [sys.executable, "-m", "consult", "serve", "--port", str(self.port), *arguments]
        with subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, text=True) as server:
            try:
                wait_for(self.address("/health/ready"))
                yield server
            finally:
                server.terminate()
                server.wait(60)

    def address(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


@dataclass(frozen=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_for(address):
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} did not answer")


def test_every_command_has_an_example(town):
    for words in ("serve", "start", "upgrade", "downgrade", "demo", "person create",
                  "person reset-factor", "codes issue", "import polis", "import pabulib", "import inputs",
                  "results", "recount", "policy", "worker", "doctor", "export", "verify", "audit verify",
                  "audit checkpoint"):  # fmt: skip
        told = town.run(*words.split(), "--help")
        assert told.returncode == 0, told.stderr
        assert f"Example: consult {words}" in " ".join(told.stdout.split())


@shows("R92")
def test_the_journal_is_judged_and_the_first_place_that_does_not_hold_is_named(town):
    with town.database.writing():
        entries(12)
    assert town.run("audit", "verify").stdout.startswith("0 entries are sealed and as they were, 12 wait")
    size, root = town.run("audit", "checkpoint").stdout.strip().split(":")
    assert size == "12"
    held = town.run("audit", "verify", "--anchor", f"{size}:{root}")
    assert (held.returncode, held.stdout.splitlines()[1]) == (0, f"{size}:{root}")
    other = town.run("audit", "verify", "--anchor", f"{size}:{'0' * 64}", "--json")
    assert (other.returncode, json.loads(other.stdout)["bad"]) == (1, 12)
    for wrong in ("12", "x:y", f"-1:{root}", f"12:{root[1:]}", f"12:{'g' * 64}"):
        told = town.run("audit", "verify", "--anchor", wrong)
        assert (told.returncode, "Traceback" in told.stderr) == (2, False)
    tampered(town.database, "update entry set act = 'x' where position = (select min(position) + 4 from entry)")
    told = town.run("audit", "verify")
    assert told.returncode == 1
    assert told.stdout == "Position 4: this entry was changed after it was written.\n"


@shows("R92")
def test_checkpoints_are_signed_with_the_key_that_is_set(town, tmp_path):
    key = tmp_path / "key.pem"
    raw = Ed25519PrivateKey.generate()
    key.write_bytes(raw.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with town.database.writing():
        entries(3)
    assert town.run("audit", "checkpoint", CONSULT_SIGNING_KEY=str(key)).returncode == 0
    assert town.run("audit", "verify", CONSULT_SIGNING_KEY=str(key)).returncode == 0
    with town.database.reading():
        assert is_signed(find_checkpoint().note, Signer(f"127.0.0.1:{town.port}/record", raw).public)
    raw = Ed25519PrivateKey.generate()
    key.write_bytes(raw.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    other = town.run("audit", "verify", CONSULT_SIGNING_KEY=str(key))
    assert (other.returncode, "not signed by this key" in other.stdout) == (1, True)
    key.write_text("no key")
    for wrong in (str(key), str(tmp_path / "absent.pem"), str(tmp_path)):
        told = town.run("audit", "verify", CONSULT_SIGNING_KEY=wrong)
        assert (told.returncode, "CONSULT_SIGNING_KEY" in told.stderr) == (2, True)


@shows("R93")
def test_a_round_is_exported_and_checked_without_the_database(town, tmp_path):
    park, bundle = ROOT / "tests/opendata/fixtures/park.pb", town.folder / "bundle.zip"
    assert town.run("import", "pabulib", str(park), "--round", "park").returncode == 0
    made = town.run("export", "park", "-o", "bundle.zip")
    assert (made.returncode, made.stdout) == (0, "bundle.zip is written.\n")
    again = town.run("export", "park", "-o", "again.zip")
    assert again.returncode == 0
    nowhere = {"CONSULT_DATABASE_URL": "sqlite:////nowhere/at/all.sqlite"}
    told = town.run("verify", "bundle.zip", **nowhere)
    assert told.returncode == 0, told.stdout
    assert "5 ballots count to this outcome" in told.stdout
    assert "Beyond this check: " in told.stdout
    as_json = json.loads(town.run("verify", "bundle.zip", "--json", **nowhere).stdout)
    assert (as_json["holds"], as_json["withheld"]) == (True, [])
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 255
    bundle.write_bytes(bytes(content))
    told = town.run("verify", "bundle.zip", **nowhere)
    assert (told.returncode, told.stdout.startswith("Does not hold: ")) == (1, True)
    assert json.loads(town.run("verify", "bundle.zip", "--json", **nowhere).stdout)["holds"] is False
    assert "Traceback" not in told.stderr
    assert not list(town.folder.glob("*.part"))


def test_an_export_that_cannot_be_says_why(town):
    with town.database.writing():
        a_round(slug="wijken")
    for told, words in (
        (("export", "nergens", "-o", "x.zip"), "There is no round at /rounds/nergens."),
        (("export", "wijken", "-o", "x.zip"), "No poll of this round was closed yet"),
        (("export", "pabulib", "-o", "x.pb"), "Write: consult export ROUND"),
        (("export", "wijken", "--round", "wijken", "-o", "x.pb"), "Write: consult export ROUND"),
        (("export", "pabulib", "--round", "wijken", "-o", "x.pb"), "exactly one vote over a budget"),
        (("export", "wijken", "-o", "nergens/x.zip"), "cannot be written"),
    ):
        found = town.run(*told)
        assert (found.returncode, words in found.stderr) == (1, True), found.stderr
        assert not (town.folder / "x.zip").exists()


@shows("R102")
def test_codes_are_issued_into_a_file_of_ones_own_and_never_over_another(town):
    with town.database.writing():
        found = a_round(slug="wijken")
        found.verification = Verification.LETTER_CODE
        area = an_area(name="De Wilgen").code
    told = ("codes", "issue", "--round", "wijken", "--area", area, "--count", "20", "-o", "letters.csv")
    made, file = town.run(*told), town.folder / "letters.csv"
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8", newline="") as source:
        head, *rows = csv.reader(source)
    assert head == ["number", "area", "neighbourhood", "code", "address"]
    assert (len(rows), {row[1] for row in rows}, {row[2] for row in rows}) == (20, {area}, {"De Wilgen"})
    assert {row[4] for row in rows} == {town.address("/rounds/wijken/code")}
    before = file.read_bytes()
    again = town.run(*told)
    assert (again.returncode, file.read_bytes()) == (1, before)
    assert "Nothing was issued" in again.stderr
    for wrong in (("--area", "BU0"), ("--round", "nergens"), ("--count", "0"), ("--count", "99999999")):
        refused = town.run(*told[:-1], "other.csv", *wrong)
        assert refused.returncode == 1, wrong
        assert "Traceback" not in refused.stderr
        assert not (town.folder / "other.csv").exists()
    with town.database.reading():
        assert session().scalar(select(func.count()).select_from(LetterCode)) == 20


def test_a_file_of_input_is_judged_first_and_entered_whole_or_by_choice(town, tmp_path):
    with town.database.writing():
        found = a_round(slug="wijken")
        content = a_file(found, "Een boom.", "duif;2026-01-01;Fout.", "Een bank.")
    path = tmp_path / "brieven.csv"
    path.write_bytes(content)
    command = ("import", "inputs", str(path), "--round", "wijken")
    for more in ((), ("--check",), ("--check", "--valid-only")):
        told = town.run(*command, *more)
        assert (told.returncode, "2 right, 1 wrong" in told.stdout) == (1, True)
        assert "row 3, Channel: Fill in how it came in" in told.stderr
        assert contributions(town) == 0
    told = town.run(*command, "--valid-only")
    assert (told.returncode, "/rounds/wijken" in told.stdout) == (0, True)
    assert contributions(town) == 2
    told = town.run(*command, "--valid-only")
    assert (told.returncode, "entered on" in told.stderr) == (1, True)
    path.write_bytes(content + b"\r\n")
    told = town.run(*command, "--valid-only", "--without-doubles")
    assert (told.returncode, "No row is left" in told.stderr) == (1, True)
    assert contributions(town) == 2


def contributions(town):
    with town.database.reading():
        return session().scalar(select(func.count(Contribution.id)))


def test_a_file_that_is_no_table_or_not_there_is_told_in_a_sentence(town, tmp_path):
    with town.database.writing():
        found = a_round(slug="wijken")
    (tmp_path / "brieven.xls").write_bytes(b"\xd0\xcf\x11\xe0 oud")
    for name, words in (("brieven.xls", "We read CSV and ODS"), ("weg.csv", "cannot be read")):
        told = town.run("import", "inputs", str(tmp_path / name), "--round", "wijken")
        assert (told.returncode, words in told.stderr, "Traceback" in told.stderr) == (1, True, False)
    (tmp_path / "brieven.csv").write_bytes(a_file(found, "Een boom."))
    assert town.run("import", "inputs", str(tmp_path / "brieven.csv"), "--round", "nergens").returncode == 1


def test_a_person_is_made_once_and_can_sign_in(town):
    made = town.run("person", "create", "A.Jansen@gemeente.nl", "--name", "A. Jansen", "--role", "admin",
                    "--password-stdin", typed=PASSWORD)  # fmt: skip
    assert made.returncode == 0, made.stderr
    again = town.run("person", "create", "a.jansen@gemeente.nl", "--name", "X", "--role", "admin", "--password-stdin",
                     typed=PASSWORD)  # fmt: skip
    assert again.returncode == 1
    assert "Traceback" not in again.stderr


def test_the_second_factor_of_somebody_who_lost_it_is_taken_away_on_the_machine_itself(town):
    with town.database.writing():
        person = a_member_of_staff(totp=True)
        account = session().get_one(Account, person.account_id)
    assert town.run("person", "reset-factor", "nobody@gemeente.nl").returncode == 1
    told = town.run("person", "reset-factor", account.email)
    assert told.returncode == 0, told.stderr
    with town.database.reading():
        assert list_factors(account.id) == []
        assert session().scalars(select(Mail.kind)).all() == ["second_factor_reset"]


def test_demo_sign_ins_are_printed_with_the_codes_of_now(town):
    assert town.run("demo", "--sign-ins").returncode == 1
    (town.folder / "instance").mkdir()
    kept = f"Wie er is:\nhoofd  a@b.nl  wachtwoord  {second.APP}\n"
    (town.folder / "instance" / sign_ins_of(town.database.url).name).write_text(kept)
    told = town.run("demo", "--sign-ins")
    assert told.returncode == 0, told.stderr
    assert any(f"wachtwoord  {second.code_now(steps=n)}  {second.APP}" in told.stdout for n in (-1, 0))


def test_a_weak_password_or_no_address_is_told_in_a_sentence(town):
    weak = town.run("person", "create", "x@y.nl", "--name", "X", "--role", "admin", "--password-stdin", typed="kort\n")
    wrong = town.run("person", "create", "xy.nl", "--name", "X", "--role", "admin", "--password-stdin", typed=PASSWORD)
    assert weak.returncode == wrong.returncode == 1
    assert "15" in weak.stderr
    assert "xy.nl" in wrong.stderr


def test_wrong_settings_stop_the_start_with_the_whole_list(town):
    told = town.run("serve", CONSULT_BASE_URL="x", CONSULT_MIN_CELL="y")
    assert told.returncode == 2
    assert "CONSULT_BASE_URL" in told.stderr
    assert "CONSULT_MIN_CELL" in told.stderr


def test_the_policy_is_printed_for_people_who_read_no_code(town):
    told = town.run("policy")
    assert told.returncode == 0
    assert "anyone signed in who does not speak for an organisation and was not appointed to this round" in told.stdout


@shows("R86", "R77")
def test_doctor_and_recount_tell_by_their_exit_code(town):
    assert town.run("doctor").returncode == 0
    assert town.run("recount", "--check").returncode == 0
    with town.database.writing():
        person = a_resident()
        add(Account(email="demo@x.nl", created_at=person.created_at, is_demo=True))
    outside = {"CONSULT_BASE_URL": "https://meedenken.example"}
    told = town.run("doctor", "--json", **outside)
    assert told.returncode == 1
    assert "demo" in json.loads(told.stdout)["problems"][0]
    assert town.run("serve", "--port", str(town.port), **outside).returncode == 1
    assert town.run("doctor").returncode == 0


def test_results_of_an_absent_round_are_refused_without_a_trace(town):
    told = town.run("results", "nergens", "--json")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert told.stderr.strip()


@shows("R59")
def test_slow_clients_do_not_hang_the_server(town):
    with town.database.writing():
        a_round(slug="wijken")
    with town.serving("--workers", "1"):
        slow = [socket.create_connection(("127.0.0.1", town.port)) for _ in range(300)]
        for one in slow:
            one.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
        try:
            assert wait_for(town.address("/rounds/wijken")) == 200
        finally:
            for one in slow:
                one.close()


@shows("R87")
def test_a_server_that_stops_finishes_what_it_is_doing(town):
    with town.database.writing():
        a_round(slug="wijken")
    cut: list[str] = []
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            try:
                client = socket.create_connection(("127.0.0.1", town.port), timeout=20)
            except OSError:
                return  # nobody listens any more
            with client:
                request = f"GET /rounds/wijken HTTP/1.1\r\nHost: 127.0.0.1:{town.port}\r\nConnection: close\r\n\r\n"
                try:
                    client.sendall(request.encode())
                    answer = b"".join(iter(partial(client.recv, 65536), b""))
                except OSError:
                    answer = b""
                if answer and b"</html>" not in answer:
                    cut.append(answer[-200:].decode(errors="replace"))

    with town.serving("--workers", "2") as server:
        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        time.sleep(1.5)
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
        stop.set()
        for asker in askers:
            asker.join(30)
    assert not cut


def test_a_port_that_is_taken_is_told_in_a_sentence(town):
    with socket.create_server(("127.0.0.1", town.port)):
        told = town.run("serve", "--port", str(town.port))
    assert told.returncode == 1
    assert str(town.port) in told.stderr
