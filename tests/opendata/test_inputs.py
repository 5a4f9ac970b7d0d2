import csv
import io
import zipfile
from datetime import timedelta

import odfdo
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consult.contributions.models import Channel, Contribution
from consult.foundation import tables
from consult.foundation.language import speaking
from consult.foundation.tables import cell, restored
from consult.opendata import columns, inputs, sheets
from consult.opendata.files import BadFile
from consult.rounds.models import PhaseKind
from tests.builders import a_round, an_area, phase_of
from tests.intake.builders import a_file, a_form, judged
from tests.shows import shows

HEADER = "kanaal;datum;tekst;titel;thema;wijk;kenmerk;formulier;schrijver;postadres"


@pytest.fixture
def found(unit):
    return a_round(themes=("Groen", "Verkeer"))


def day_of(found):
    return found.phases[0].first_day


# --- reading a table ---


TABLE = [["Kanaal", "Datum", "Tekst"], ["papier", "1-9-2026", "Een café; of twee,\nen meer"]]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_csv_is_read_however_a_program_saved_it(coding, separator):
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=separator).writerows(TABLE)
    rows = sheets.read("invoer.csv", made.getvalue().encode(coding))
    assert [row.cells for row in rows] == TABLE
    assert [row.number for row in rows] == [1, 2]


def test_a_csv_may_name_its_separator_and_rows_keep_their_numbers():
    rows = sheets.read("invoer.csv", b"sep=|\r\na|b\r\n|\r\n1|2\r\n")
    assert [(row.number, row.cells) for row in rows] == [(2, ["a", "b"]), (4, ["1", "2"])]


def test_an_ods_is_read_with_its_days_lines_and_gaps():
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    table = odfdo.Table("Invoer")
    table.set_values([["Kanaal", "Datum", "Tekst"], ["papier"], [], ["brief", "x", "een\ntwee"]])
    table.set_value((1, 1), day := __import__("datetime").date(2026, 9, 1))
    document.body.append(table)
    document.save(target := io.BytesIO())
    rows = sheets.read("invoer.ods", target.getvalue())
    assert [(row.number, row.cells) for row in rows] == [
        (1, ["Kanaal", "Datum", "Tekst"]),
        (2, ["papier", day.isoformat()]),
        (4, ["brief", "x", "een\ntwee"]),
    ]


def an_ods(body, *, head="", name="content.xml"):
    """A spreadsheet file that holds this in its first sheet."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = f'<?xml version="1.0"?>{head}<office:document-content {spaces}><office:body><office:spreadsheet>'
    content += f"{body}</office:spreadsheet></office:body></office:document-content>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr(name, content)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return made.getvalue()


def row(*cells, times=1):
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(cells)}</table:table-row>'


def one(text, times=1):
    return f'<table:table-cell table:number-columns-repeated="{times}"><text:p>{text}</text:p></table:table-cell>'


EMPTY = '<table:table-cell table:number-columns-repeated="16000"/>'


def test_a_million_empty_rows_and_cells_cost_nothing():
    body = f"<table:table>{row(one('a'), EMPTY)}{row(EMPTY, times=1_048_000)}{row(one('b'), EMPTY)}</table:table>"
    rows = sheets.read("invoer.ods", an_ods(body))
    assert [(found.number, found.cells) for found in rows] == [(1, ["a"]), (1_048_002, ["b"])]


@shows("R52")
@pytest.mark.parametrize(
    "body",
    [
        row(one("bom", times=999_999_999)),
        row(one("bom", times="9" * 5000)),
        row(one("bom"), times=999_999_999),
        row(EMPTY, one("ver weg")),
        row(one("<text:s text:c='999999999'/>" * 9000)),
        "".join(row(one("x")) for _ in range(10_001)),
        row(one("x" * 25_000)),
    ],
    ids=["columns", "digits", "rows", "far", "spaces", "many rows", "long cell"],
)
def test_a_sheet_that_unfolds_to_more_than_anybody_types_is_refused(body):
    with pytest.raises(BadFile):
        sheets.read("bom.ods", an_ods(f"<table:table>{body}</table:table>"))


@pytest.mark.parametrize(
    "content",
    [
        an_ods("<table:table>", name="content.xml"),
        an_ods("<table:table/>", name="other.xml"),
        an_ods(
            f"<table:table>{row(one('&b;'))}</table:table>",
            head='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        ),
        an_ods(
            f"<table:table>{row(one('&f;'))}</table:table>",
            head='<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        ),
        b"PK\x03\x04 niets",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 oud",
        b"a;b\0;c",
        b"\x81\x8d\x8f;\x90",
    ],
    ids=["cut off", "no content", "entities", "a file of ours", "no package", "old excel", "zero", "no text"],
)
def test_what_is_no_table_is_refused_with_a_sentence(content):
    with pytest.raises(BadFile) as refused:
        sheets.read("invoer.ods", content)
    assert refused.value.problems[0].reason


def test_notes_and_further_sheets_are_left_alone():
    note = "<office:annotation><text:p>van Jan</text:p></office:annotation>"
    cell_with_note = f"<table:table-cell>{note}<text:p>ja<text:s text:c='2'/>nee</text:p></table:table-cell>"
    second = f"<table:table>{row(one('ander blad'))}</table:table>"
    rows = sheets.read("invoer.ods", an_ods(f"<table:table>{row(cell_with_note)}</table:table>{second}"))
    assert [found.cells for found in rows] == [["ja  nee"]]


# --- writing a table ---

FORMULAS = ["=1+1", "+31 6", "-5", "@SOM(A1)", "\t=1", "\r=1", " =1", "\ufeff=1", "＝1+1", "＋1", "－1", "＠a", "\0x"]


@shows("R48")
@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_ever_run_and_each_can_be_restored(text):
    told = [["kolom"], [text], ["gewoon"], [7]]
    written = tables.as_csv(told)
    assert written.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert [cells[0] for cells in read] == ["kolom", f"'{text}", "gewoon", "7"]
    assert restored(read[1][0]) == text
    if "\0" not in text:
        document = odfdo.Document(io.BytesIO(tables.as_ods("Blad", told)))
        cells = [next(iter(table_row.cells)) for table_row in document.body.tables[0].rows]
        assert not [found for found in cells if found.formula]
        assert [found.type for found in cells] == ["string", "string", "string", "float"]
        assert not str(cells[1].value).lstrip().startswith(("=", "+", "-", "@"))


@shows("R48")
@given(st.text(alphabet="'=+-@ ab\t\u00a0＝"))
def test_what_stands_in_a_cell_comes_back_as_it_was(text):
    assert restored(cell(text)) == text
    assert not str(cell(text)).lstrip(" \u00a0").startswith(("=", "+", "-", "@", "＝"))


def test_a_word_that_begins_with_an_apostrophe_stays_as_people_write_it():
    assert cell("'s Avonds") == restored("'s Avonds") == "'s Avonds"


@pytest.mark.parametrize("locale", ["nl", "en"])
@pytest.mark.parametrize("kind", [".csv", ".ods"])
def test_the_template_is_read_back_without_a_mistake(found, locale, kind):
    with speaking(locale):
        content = inputs.empty_file(f"sjabloon{kind}")
        result = judged(found, content, f"sjabloon{kind}")
    assert (result.total, result.wrong, result.notes) == (1, 0, [])


# --- judging ---


def test_a_right_row_becomes_a_form_with_one_idea(found):
    area = an_area("BU001", "De Wilgen")
    day = day_of(found)
    line = f'brief;{day:%d-%m-%Y};"Plant een boom.\r\nOf twee.";Boom;groen;de wilgen;B-7;;Jo;Dorpsstraat 1'
    [form] = judged(found, a_file(found, line, header=HEADER)).forms
    assert (form["channel"], form["reference"], form["writer"], form["address"]) == (
        "letter",
        "B-7",
        "Jo",
        "Dorpsstraat 1",
    )
    [idea] = form["ideas"]
    assert (idea["title"], idea["text"], idea["area_code"]) == ("Boom", "Plant een boom.\nOf twee.", area.code)
    assert idea["theme_id"] == str(found.themes[0].id)


@pytest.mark.parametrize("word", ["papier", "Paper", "op papier", "on paper", "PAPER"])
def test_a_way_in_is_understood_in_both_languages_and_in_code(found, word):
    [form] = judged(found, a_file(found, f"{word};{day_of(found)};Een bankje.")).forms
    assert form["channel"] == "paper"


@pytest.mark.parametrize(
    "header", ["kanaal;datum;tekst", "Channel;Date;Text", "channel;received_on;TEXT", "Kanaal ; Ontvangen op;Idee"]
)
def test_a_header_is_understood_in_both_languages_and_in_code(found, header):
    assert judged(found, a_file(found, "Een bankje.", header=header)).wrong == 0


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ("duif;{day};Een bankje.", "Kanaal", "per brief"),
        ("papier;gisteren;Een bankje.", "Datum", "2026-09-01"),
        ("papier;31-02-2026;Een bankje.", "Datum", "2026-09-01"),
        ("papier;1999-01-01;Een bankje.", "Datum", "tot en met"),
        ("papier;{tomorrow};Een bankje.", "Datum", "moet nog komen"),
        ("papier;{day};", "Tekst", "Schrijf"),
        ("papier;{day};" + "x" * 5_001, "Tekst", "1 tekens te lang"),
        ("papier;{day};Een bankje.;;ruimtevaart", "Thema", "Groen, Verkeer"),
        ("papier;{day};Een bankje.;;;Atlantis", "Buurt", "naam of code"),
        ("school;{day};Een bankje.;;;;;;Sem", "Schrijver", "leerlingen"),
        ("brief;{day};Een bankje.;;;;;;;Dorpsstraat 1", "Schrijver", "naam"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_its_column_and_how_to_mend_it(found, cells, column, words):
    collecting = phase_of(found, PhaseKind.COLLECT)
    tomorrow = collecting.first_day + timedelta(days=8)
    line = cells.format(day=collecting.first_day, tomorrow=tomorrow)
    result = judged(found, a_file(found, f"papier;{collecting.first_day};Goed.", line, header=HEADER))
    [problem] = result.problems
    assert (problem["row"], problem["column"]) == (3, column)
    assert words in problem["reason"]
    assert (result.total, result.wrong, len(result.forms)) == (2, 1, 1)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"kanaal;datum;tekst\n", b"kanaal;tekst\npapier;x\n", b"kanaal;datum;tekst;Channel\npapier;x;y;z\n"],
    ids=["empty", "blank", "no rows", "a column missing", "a column twice"],
)
def test_a_file_that_is_wrong_as_a_whole_says_why(found, content):
    with pytest.raises(BadFile):
        judged(found, content)


def test_a_column_that_nobody_knows_is_left_out_and_told(found):
    content = a_file(found, f"papier;{day_of(found)};Een bankje.;blauw", header="kanaal;datum;tekst;kleur")
    result = judged(found, content)
    assert (result.wrong, result.notes[0]["column"]) == (0, "kleur")


def test_a_title_is_made_of_the_text_where_there_is_none(found):
    [form] = judged(found, a_file(found, "Zet een bankje bij de vijver. " * 9)).forms
    assert 60 < len(form["ideas"][0]["title"]) <= 120


@shows("L36")
def test_rows_of_one_form_are_ideas_of_one_form(found):
    day = day_of(found)
    lines = (f"papier;{day};Een boom.;;;;B-7;7;Jo", ";;Een bank.;;;;;7;", f"papier;{day};Iets anders.;;;;B-8;8;")
    result = judged(found, a_file(found, *lines, header=HEADER))
    assert result.problems == []
    assert [[idea["text"] for idea in form["ideas"]] for form in result.forms] == [
        ["Een boom.", "Een bank."],
        ["Iets anders."],
    ]
    assert result.notes == []


def test_rows_of_one_form_say_the_same_of_it(found):
    day = day_of(found)
    lines = (f"papier;{day};Een boom.;;;;;7;Jo", f"brief;{day};Een bank.;;;;;7;Jo")
    result = judged(found, a_file(found, *lines, header=HEADER))
    assert [(told["row"], told["column"]) for told in result.problems] == [(3, "Kanaal")]
    assert [len(form["ideas"]) for form in result.forms] == [1]


def test_a_form_of_which_the_first_row_is_wrong_is_not_entered_in_part(found):
    day = day_of(found)
    lines = (f"duif;{day};Een boom.;;;;;7", ";;Een bank.;;;;;7")
    result = judged(found, a_file(found, *lines, header=HEADER))
    assert (result.wrong, result.forms) == (2, [])
    assert [told["row"] for told in result.problems] == [2, 3]


def test_what_is_here_already_is_told_but_may_be_entered(found, unit):
    a_form(found, reference="B-7")
    unit.flush()
    day = day_of(found)
    lines = (
        f"papier;{day};zet er EEN bankje!;;;;B-7",
        f"papier;{day};Nieuw.;;;;B-9",
        f"papier;{day};Ook nieuw.;;;;B-9",
        f"papier;{day};Nieuw;;;;",
    )
    result = judged(found, a_file(found, *lines, header=HEADER))
    assert (result.wrong, result.doubled) == (0, 2)
    assert [form["doubled"] for form in result.forms] == [True, False, False, True]
    assert [(told["row"], told["column"]) for told in result.notes] == [
        (2, "Kenmerk"),
        (2, "Tekst"),
        (4, "Kenmerk"),
        (5, "Tekst"),
    ]


def test_the_columns_of_the_template_have_a_name_of_their_own_in_both_languages():
    assert len(columns.COLUMNS) == len(columns.HELP) == len(set(columns.called().values()))
    for locale in ("nl", "en"):
        with speaking(locale):
            assert len({column.header for column in columns.COLUMNS}) == len(columns.COLUMNS)
            assert all(column.help for column in columns.COLUMNS)
    assert set(columns.words_of_channels().values()) == set(Channel) - {Channel.ONLINE, Channel.IMPORTED}


def test_judging_stores_nothing(found, unit):
    judged(found, a_file(found, "Een bankje."))
    assert unit.scalars(select(Contribution)).all() == []
