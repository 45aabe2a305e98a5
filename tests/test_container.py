"""The image that starts JupyterLab on the lessons: what can be checked without building it."""

import json
import re
import subprocess

from tests.licences import ROOT

FILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
STEPS = [line.split(" ", 1) for line in FILE.splitlines() if line and not line.startswith("#")]
HOME = "/home/jovyan"


def of(kind):
    return [rest for first, rest in STEPS if first == kind]


def test_the_image_begins_with_a_version_of_python_that_the_project_takes():
    (base,) = of("FROM")
    assert re.fullmatch(r"python:3\.1[1-9]\.\d+-slim-[a-z]+", base)


def test_nothing_of_the_project_runs_as_root_or_without_a_token():
    kinds = [kind for kind, _ in STEPS]
    assert of("USER") == ["${NB_UID}"] and kinds.index("USER") < kinds.index("COPY") < kinds.index("CMD")
    assert not re.search(r"allow.root|token|password", " ".join(of("CMD")))


def test_binder_may_choose_the_user():
    assert {"NB_USER=jovyan", "NB_UID=1000"} <= set(of("ARG"))
    assert not (ROOT / "binder").exists() and not (ROOT / ".binder").exists()  # would be taken instead


def test_what_is_installed_is_what_make_installs():
    (settings,) = [rest for rest in of("ENV") if "MAKEFLAGS" in rest]
    flags = dict(part.split("=", 1) for part in settings.split())["MAKEFLAGS"].replace("${HOME}", HOME)
    (target,) = re.findall(r'make "(\S+)"', " ".join(of("RUN")))
    command = ["env", f"MAKEFLAGS={flags}", "make", "--dry-run", target.replace("${HOME}", HOME)]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"-m venv {HOME}/venv" in shown and shown.count("--require-hashes") >= 2
    assert "pip install" not in FILE and f"{HOME}/venv/bin:" in settings.replace("${HOME}", HOME)


def test_it_opens_the_page_that_make_lab_opens():
    (command,) = of("CMD")
    opened = [part for part in json.loads(command) if part.startswith("--LabApp.default_url=")]
    lab = subprocess.run(["make", "--dry-run", "lab"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(opened) == 1 and opened[0] in lab.stdout
    assert opened[0].partition("=/")[2] in (ROOT / "README.md").read_text()


def test_a_dev_container_is_this_image_with_the_working_folder_in_its_place():
    asked = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert (ROOT / ".devcontainer" / asked["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    (folder,) = of("WORKDIR")
    assert asked["workspaceFolder"] == folder.replace("${HOME}", HOME)
    assert f"target={asked['workspaceFolder']}," in asked["workspaceMount"]
    assert asked["overrideCommand"] is False and f"NB_USER={asked['remoteUser']}" in of("ARG")


def test_what_git_does_not_keep_is_not_sent_to_docker():
    kept_out = {line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().split()}
    ignored = {line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()}
    assert ignored <= kept_out
