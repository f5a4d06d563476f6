"""Lists as people write them: names come out tidy, classes are found, and what looks wrong is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.naming import same_class
from models.roster import (
    APOSTROPHES,
    Mistake,
    Row,
    look_over,
    of_table,
    of_text,
    same,
    tidy,
    tidy_class,
)
from tests.stories.hostile import names


def said(text: str) -> list[str]:
    return [row.name for row in of_text(text)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("1. Коваль Оля", "Коваль Оля"),
        ("12) Коваль Оля", "Коваль Оля"),
        ("(3) Коваль Оля", "Коваль Оля"),
        ("№ 5 Коваль Оля", "Коваль Оля"),
        ("7 Коваль Оля,", "Коваль Оля"),
        ("• Коваль  Оля ", "Коваль Оля"),
        ("— Коваль Оля;", "Коваль Оля"),
        ("- 3. Коваль Оля.", "Коваль Оля"),
        ("✅ Коваль Оля", "Коваль Оля"),
        ("14.Коваль Оля", "Коваль Оля"),
        ("3 - Коваль Оля", "Коваль Оля"),
        ("+380 50 123 45 67", "380 50 123 45 67"),
        ("3-Б Коваль Оля", "3-Б Коваль Оля"),
        ("\u200b\ufeffКоваль\u00a0Оля\u202c", "Коваль Оля"),
        ("КОВАЛЬ ОЛЯ", "Коваль Оля"),
        ("ШЕВЧЕНКО-АНДРІЄВСЬКА МАР'ЯНА", "Шевченко-Андрієвська Мар’яна"),
        ("Д`АРТАНЬЯН О'КОННОР", "Д’Артаньян О’Коннор"),
        ("КОВАЛЬ Оля", "КОВАЛЬ Оля"),
        ("Мар'яна Д\u02bcАртаньян", "Мар’яна Д’Артаньян"),
        ("Шевченко–Петренко Іван", "Шевченко-Петренко Іван"),
        ("Коваль, Оля", "Коваль Оля"),
        ("O'Brien Siobhán", "O’Brien Siobhán"),
        ("და ბერიძე გიორგი", "და ბერიძე გიორგი"),
    ],
)
def test_a_line_becomes_a_name(line: str, name: str) -> None:
    assert said(line) == [name]


def test_several_on_a_line_and_a_pasted_table() -> None:
    assert said("Ткач Ян, Ткач Ія, Мельник Як") == ["Ткач Ян", "Ткач Ія", "Мельник Як"]
    assert said("1\tГончар\tСофія\n2\tЛис\tЯна\n\nТкач Ян") == ["Гончар Софія", "Лис Яна", "Ткач Ян"]
    assert of_text("3-Б;Лис Яна\n3 – А;Ткач Ян") == [Row("3-Б", "Лис Яна"), Row("3-А", "Ткач Ян")]


@pytest.mark.parametrize(
    "head",
    [
        ["№", "Клас", "Прізвище", "Ім'я", "По батькові"],
        ["N", "Класс", "Фамилия", "Имя", "Отчество"],
        ["No.", "Class", "Surname", "First name", "Middle name"],
        ["№ з/п", "КЛАС ", "прізвище:", "Ім`я", "Телефон"],
    ],
)
def test_a_head_says_which_column_is_which(head: list[str]) -> None:
    rows = [["Список учнів"], head, ["1", "3-Б", "Коваль", "Оля", "Іванівна"], ["2", "", "Лис", "Яна"], ["3"]]
    assert of_table(rows) == [Row("3-Б", "Коваль Оля"), Row("", "Лис Яна")]


@pytest.mark.parametrize(
    "head", ["ПІБ", "П.І.Б.", "ФИО", "Ф. И. О.", "Прізвище, ім'я", "Full name", "Учень", "Name"]
)
def test_a_head_with_the_whole_name_in_one(head: str) -> None:
    assert of_table([["№", head, "Клас"], ["1", "Коваль Оля", "3-Б"]]) == [Row("3-Б", "Коваль Оля")]


def test_without_a_head_the_columns_tell_themselves() -> None:
    assert of_table([["1", "Коваль Оля", "3-Б", "0501234567"], ["2", "Лис Яна", "10А", "x@y.ua"]]) == [
        Row("3-Б", "Коваль Оля"),
        Row("10А", "Лис Яна"),
    ]
    assert of_table([["1", "Коваль", "Оля", "Іванівна"], ["2", "Лис", "Яна", "Петрівна"]]) == [
        Row("", "Коваль Оля"),
        Row("", "Лис Яна"),
    ]


def test_what_looks_wrong_is_told() -> None:
    text = "Коваль Оля\nковаль оля\nЛис Яна\nОля\nОля 2Б\n0501234567\na@b.ua\nx <b> y\n" + "Я" * 90
    found = look_over(of_text(text), [Row("", "Лис  Яна")], "3-Б")
    assert [one.mistake for one in found] == [
        None,
        Mistake.TWICE,
        Mistake.HERE,
        Mistake.ONE_WORD,
        Mistake.DIGITS,
        Mistake.PHONE,
        Mistake.EMAIL,
        Mistake.NO_NAME,
        Mistake.TOO_LONG,
    ]
    assert [one.good for one in found] == [True, False, False, True, *[False] * 5]


def test_classes_of_a_school_are_kept_apart() -> None:
    rows = [
        Row("3-Б", "Лис Яна"),
        Row("3-А", "Лис Яна"),
        Row("3б", "Лис Яна"),
        Row("", "Лис Яна"),
        Row("<", "Лис Ян"),
    ]
    found = look_over(rows, [Row("3 А", "Лис Яна")], in_classes=True)
    assert [one.mistake for one in found] == [
        None,
        Mistake.HERE,
        Mistake.TWICE,
        Mistake.NO_CLASS,
        Mistake.NO_CLASS,
    ]


def test_for_one_class_the_others_children_are_left_out() -> None:
    rows = [Row("3 - Б", "Лис Яна"), Row("4-А", "Ткач Ян"), Row("", "Коваль Оля")]
    assert [one.mistake for one in look_over(rows, [], "3-Б")] == [None, Mistake.OTHER_CLASS, None]


NAMES = st.one_of(st.text(max_size=60), st.sampled_from(names(300)))


@settings(max_examples=400, deadline=None)
@given(NAMES)
def test_tidying_once_is_enough(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert once == " ".join(once.split())
    assert same(once) == same(tidy(once.replace("’", "'")))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", min_size=2, max_size=12), min_size=2, max_size=3),
    st.sampled_from(["{}", "1. {}", "{} ", "• {}", "12) {},", "№3 {}", "- {}"]),
)
def test_a_plain_name_is_kept_whatever_stands_before_it(words: list[str], form: str) -> None:
    name = " ".join(word.capitalize() for word in words)
    assert said(form.format(name)) == [name]
    assert said(form.format(name.upper())) == [name]


@settings(max_examples=300, deadline=None)
@given(st.lists(NAMES, max_size=30))
def test_nothing_saved_is_there_twice_or_beside_a_name(lines: list[str]) -> None:
    found = look_over(of_text("\n".join(lines)), [], "3-Б")
    good = [one.row.name for one in found if one.good]
    assert len({same(name) for name in good}) == len(good)
    for name in good:
        assert 0 < len(name) <= 80
        assert not any(sign.isdigit() or sign in "@<>\n" for sign in name)
        assert any(sign.isalpha() for sign in name)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(NAMES, max_size=6), max_size=12))
def test_any_table_is_read(rows: list[list[str]]) -> None:
    for row in of_table(rows):
        assert row.name == tidy(row.name)
        assert row.school_class == tidy_class(row.school_class)


@pytest.mark.parametrize("sign", APOSTROPHES)
def test_an_apostrophe_is_an_apostrophe(sign: str) -> None:
    assert tidy(f"Мар{sign}яна Лис") == "Мар’яна Лис"
    assert same(f"МАР{sign}ЯНА ЛИС") == same("Мар'яна Лис")


def test_a_class_is_the_same_however_it_is_written() -> None:
    assert len({same_class(name) for name in ("3-Б", "3 Б", "3б", "3 – б", "«3-Б»")}) == 1
    assert same_class("3-А") != same_class("3-Б")
    assert len({same_class(name) for name in ("1-1", "1.1", "1 1")}) == 1
    assert same_class("1-1") != same_class("11")
    assert same_class("कमल") != same_class("कमला")
