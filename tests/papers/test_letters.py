"""Letters on paper: what stands on them can be read, by eyes, by a camera and by a screen reader."""

from __future__ import annotations

import io
import re
import time

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from papers.letters import Form, Letter, _drawn, letters
from papers.pictures import bar
from papers.setting import _printable, set_in
from tests.stories.hostile import names

BOTH: tuple[Form, ...] = ("page", "four")
FORMS = pytest.mark.parametrize("form", BOTH)
LINKS = {
    "Telegram": "https://t.me/lyceum7_bot?start=abcdefghijklmnopqrstuv",
    "Viber": "viber://pa?chatURI=lyceum7&context=abcdefghijklmnopqrstuv",
}


def letter(child: str = "Оля Коваль", place: str = "Ліцей №7 · 3-Б", doors: int = 2) -> Letter:
    return {
        "language": "uk",
        "place": place,
        "child": child,
        "title": "Запрошення до бота класу",
        "how": "Наведіть камеру телефона на код свого месенджера.",
        "doors": [
            {"label": label, "name": "@lyceum7_bot", "link": link}
            for label, link in list(LINKS.items())[:doors]
        ],
        "by_hand": "Або надішліть боту цей код:",
        "code": "ACDE-FHJK-LMNP",
        "until": "Діє до 7 грудня",
        "lines": ["Бот класу.", "Зберігається ім'я дитини.", "Відмовитися можна будь-коли."],
    }


def said(pdf: bytes) -> list[str]:
    """What each page says, in one line, white space apart."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def bare(text: str) -> str:
    return re.sub(r"\s|\u200b", "", text)


@FORMS
def test_a_letter_says_all_that_a_family_needs(form: Form) -> None:
    (page,) = said(letters("Запрошення: 3-Б", "uk", form, [letter()]))
    for words in ("Ліцей №7 · 3-Б", "Оля Коваль", "Telegram", "Viber", "ACDE-FHJK-LMNP", "Діє до 7 грудня"):
        assert words in page
    assert "Зберігається ім'я дитини." in page


def test_one_on_a_page_and_four_on_a_page() -> None:
    of = [letter(f"Дитина {number}") for number in range(1, 10)]
    pages, quarters = said(letters("x", "uk", "page", of)), said(letters("x", "uk", "four", of))
    assert [page.count("Дитина") for page in pages] == [1] * 9
    assert [page.count("ACDE-FHJK-LMNP") for page in quarters] == [4, 4, 1]
    assert "Дитина 9" in quarters[2]


@FORMS
@pytest.mark.parametrize("doors", [1, 2])
def test_a_camera_reads_each_code(form: Form, doors: int) -> None:
    made = set_in("letters.typ", _drawn("x", "uk", form, [letter(doors=doors)]), "png")
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(made)))
    assert {code.text for code in found} == set(list(LINKS.values())[:doors])


def test_on_a_screen_the_code_can_be_tapped() -> None:
    (page,) = PdfReader(io.BytesIO(letters("x", "uk", "page", [letter()]))).pages
    notes = [one.get_object() for one in page["/Annots"]]  # type: ignore[attr-defined] # pypdf's own loose types
    assert {note["/A"]["/URI"] for note in notes if note["/Subtype"] == "/Link"} == set(LINKS.values())


def test_a_screen_reader_is_told_language_title_and_what_pictures_are() -> None:
    made = letters("Запрошення: 3-Б", "uk", "page", [letter()])
    pdf = PdfReader(io.BytesIO(made))
    root = pdf.root_object
    assert str(root["/Lang"]) == "uk"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Запрошення: 3-Б"
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index] # pypdf's own loose types
    pictures = re.findall("/Alt", str(_whole(root["/StructTreeRoot"]["/K"])))  # type: ignore[index] # likewise
    assert len(pictures) == 2


def _whole(node: object) -> object:
    """A tree of the PDF's structure, with what it points to in its place."""
    found = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(found, dict):
        return {key: _whole(value) for key, value in found.items() if key not in ("/P", "/Pg", "/Obj")}
    if isinstance(found, list):
        return [_whole(one) for one in found]
    return found


def test_the_same_data_give_the_same_bytes() -> None:
    first = letters("x", "uk", "four", [letter()])
    time.sleep(1.1)
    assert letters("x", "uk", "four", [letter()]) == first


@FORMS
def test_hostile_names_are_only_names(form: Form) -> None:
    """None of them stops the paper, is taken for markup, or makes a page more."""
    of = [letter(name, place=f"{name} · {name}") for name in names(40)]
    pages = said(letters(names(40)[0], "uk", form, of))
    assert len(pages) == (40 if form == "page" else 10)
    assert sum(page.count("ACDE-FHJK-LMNP") for page in pages) == 40


@pytest.mark.parametrize(
    "name",
    [
        '#set page(fill: red) $x$ ] } " \\ [*b*] _i_ @ref <l> `c` // y',
        "#panic()",
        "Д’Артаньян-О'Коннор Мар'яна",
        "Я" * 120,
        "გიორგი ბერიძე",
        "Žofie Řeháčková-Đorđević",
        "Ἑλένη Παπαδοπούλου",
    ],
)
@FORMS
def test_a_name_stands_whole(name: str, form: Form) -> None:
    (page,) = said(letters("x", "uk", form, [letter(name)]))
    assert bare(name) in bare(page)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=120), st.text(max_size=40))
def test_any_name_at_all_makes_one_page(child: str, place: str) -> None:
    made = letters(child, "uk", "page", [letter(child, place)])
    assert len(PdfReader(io.BytesIO(made)).pages) == 1


def test_what_cannot_be_printed_is_left_out() -> None:
    assert _printable({"a": "\u202eОля\u202c\x00 🤒", "link": "x\u202e"}) == {"a": "Оля", "link": "x\u202e"}
    assert _printable(["🤒", ""]) == ["…", ""]


def test_thirty_letters_are_quick() -> None:
    of = [letter(f"Дитина {number}") for number in range(30)]
    for form in BOTH:
        begun = time.perf_counter()
        made = letters("Запрошення: 3-Б", "uk", form, of)
        took = time.perf_counter() - begun
        print(f"30 letters, {form}: {took:.2f} s, {len(made) / 1000:.0f} kB")
        assert took < 3


def test_a_bar_shows_its_part_on_a_ground_of_its_own() -> None:
    for done, of, part in [(0, 28, 0), (18, 28, 18 / 28), (28, 28, 1), (0, 0, 0), (5, 3, 1)]:
        picture = Image.open(io.BytesIO(bar("3-Б", f"{done} із {of} родин", done, of, "uk"))).convert("RGB")
        assert picture.getpixel((2, 2)) == (255, 255, 255)
        row = [picture.getpixel((x, picture.height * 3 // 4)) for x in range(picture.width)]
        green = sum(1 for one in row if isinstance(one, tuple) and one[1] > one[0] + 40)
        rail = sum(1 for one in row if one != (255, 255, 255))
        assert abs(green / rail - part) < 0.03


def test_a_template_that_gives_several_pictures_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="more than one"):
        set_in("letters.typ", _drawn("x", "uk", "page", [letter(), letter()]), "png")
