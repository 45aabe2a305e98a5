"""Files that were handed in elsewhere find their student, and no student spoils what another handed in."""

import io
import shutil
import unicodedata
import zipfile

import pytest
from nbgrader.apps.zipcollectapp import ZipCollectApp

from lrlib.classroom import collect
from tests.classroom.conftest import enrolled

NAME = "A1_one_number"
FILE = f"{NAME}.ipynb"
STUDENTS = {  # id -> first name, last name, identity in Moodle or Canvas
    "ada": ("Ada", "Lovelace", "101"),
    "grace": ("Grace Brewster", "Hopper", "102"),
    "ju_mu": ("J\u00fcrgen", "M\u00fcller", "103"),
    "max1": ("Max", "Same", "104"),
    "max2": ("Max", "Same", "105"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    about = {
        student: {"first_name": first, "last_name": last, "lms_user_id": lms}
        for student, (first, last, lms) in STUDENTS.items()
    }
    return enrolled(tmp_path_factory.mktemp("collected") / "course", NAME, about)


@pytest.fixture
def collected(course):
    """Collects files, path -> bytes, out of one zip file, or as they are; student -> what is handed in."""

    def run(files: dict[str, bytes], is_zipped: bool = True) -> dict[str, bytes]:
        for before in ("downloaded", "submitted"):
            shutil.rmtree(course.root / before, ignore_errors=True)
        archive = course.root / "downloaded" / NAME / "archive"
        archive.mkdir(parents=True)
        if is_zipped:
            (archive / "class.zip").write_bytes(zipped(files))
        else:
            for name, content in files.items():
                (archive / name).write_bytes(content)
        app = ZipCollectApp(coursedir=course.directory(NAME), config=course.config)
        app.init_plugins()
        app.extract_archive_files()
        app.process_extracted_files()
        handed_in = (course.root / "submitted").glob(f"*/{NAME}/{FILE}")
        return {path.parts[-3]: path.read_bytes() for path in handed_in}

    return run


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


MOODLE = "Ada Lovelace_12345_assignsubmission_file"
FOUND = {
    f"ada_{FILE}": "ada",
    f"ada/{FILE}": "ada",
    f"ada/homework/week 1/{FILE}": "ada",
    f"ada.lovelace@example.org_{FILE}": "ada.lovelace@example.org",
    f"ju_mu_{FILE}": "ju_mu",
    f"lovelaceada_101_4567_{FILE}": "ada",
    f"lovelaceada_LATE_101_4567_{NAME}-1.ipynb": "ada",
    f"strangerx_999_4567_{NAME}-1.ipynb": "999",
    f"{MOODLE}/{FILE}": "ada",
    f"{MOODLE}_/{NAME} (1).ipynb": "ada",
    f"{MOODLE}_{FILE}": "ada",
    f"{MOODLE}_/homework/week1/{FILE}": "ada",
    f"LOVELACE Ada_7_assignsubmission_file/{NAME.lower()}.ipynb": "ada",
    f"J\u00fcrgen M\u00fcller_7_assignsubmission_file/{NAME}-Copy1.ipynb": "ju_mu",
    unicodedata.normalize("NFD", f"J\u00fcrgen M\u00fcller_7_assignsubmission_file/{FILE}"): "ju_mu",
    f"Max Same_7_assignsubmission_file/{FILE}": "7",
    f"Eve Stranger_101_assignsubmission_file/{FILE}": "101",  # Moodle's number there is no identity
}


@pytest.mark.parametrize("file", FOUND)
def test_a_file_from_elsewhere_finds_its_student(collected, file):
    assert collected({file: b"x"}) == {FOUND[file]: b"x"}


@pytest.mark.parametrize(
    "own", ["grace/", "grace_", "x_102_4_", "Grace Brewster Hopper_9_assignsubmission_file_"]
)
@pytest.mark.parametrize("before", ["ada/", f"{MOODLE}_/", f"{MOODLE}_", "lovelaceada_101_4567_"])
def test_nobody_hands_in_for_another(collected, before, own):
    honest = f"Grace Brewster Hopper_2_assignsubmission_file/{FILE}"
    if before.endswith("_") and own.endswith("/"):
        own = own.replace("/", "_")  # what is uploaded as one file
    assert collected({f"{before}{own}{FILE}": b"hostile", honest: b"honest"}) == {
        "ada": b"hostile",
        "grace": b"honest",
    }


@pytest.mark.parametrize(
    "file", [f"{MOODLE}/work.ZIP", "lovelaceada_101_4567_work.zip", "ada_work.zip", "ada.zip"]
)
def test_what_is_in_a_zip_file_of_a_student_is_theirs(collected, file):
    inner = zipped({f"grace/{FILE}": b"x", "../../../n.txt": b""})
    assert collected({file: inner}) == {"ada": b"x"}


def test_a_broken_or_endless_file_keeps_nobody_else_out(collected, capsys, monkeypatch):
    monkeypatch.setattr(collect, "MOST", 10**6)
    files = {
        f"{MOODLE}/A1.zip": b"no zip file",
        f"{MOODLE}/cut.zip": zipped({FILE: b"x" * 1000})[:-30],
        f"{MOODLE}/a.gz": b"no archive",
        f"{MOODLE}/bomb.zip": zipped({f"{n}/{FILE}": bytes(10**5) for n in range(20)}),
        f"{MOODLE}/more.zip": zipped({FILE: bytes(10**7)}),
        f"Max Same_7_assignsubmission_file/{FILE}": bytes(10**7),
        f"grace/{FILE}": b"x",
    }
    assert collected(files) == {"grace": b"x"}
    said = capsys.readouterr().err
    for name in ("A1.zip", "cut.zip", "bomb.zip", "more.zip", f"Max Same_7_assignsubmission_file/{FILE}"):
        assert f"{name} was not unpacked" in said, name


@pytest.mark.parametrize(
    "files, taken, told",
    [
        (["ada_my homework.ipynb"], "", f"is not called {FILE}; if it counts"),
        ([FILE], "", "does not say whose it is"),
        ([f".._{FILE}"], "", "does not say whose it is"),
        (
            [f"ada_{NAME} (1).ipynb", f"ada_{FILE}"],
            "ada",
            f"ada handed in ada_{FILE} too, and ada_{NAME} (1)",
        ),
        ([f"eve_{FILE}"], "eve", "eve is not in the roster"),
    ],
)
def test_what_a_teacher_has_to_decide_is_said_and_stops_nothing(collected, capsys, files, taken, told):
    found = collected({**dict.fromkeys(files, b"x"), f"grace_{FILE}": b"x"}, is_zipped=False)
    assert set(found) == {"grace", *filter(None, [taken])}
    said = capsys.readouterr().err
    assert told in said
    assert "put it into submitted/" in said or taken == "eve"
