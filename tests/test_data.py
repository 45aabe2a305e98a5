"""Downloads, held against a server on this machine that serves right, wrong, truncated and absent files."""

import csv
import gzip
import hashlib
import os
import platform
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import data
from lrlib.checkout import NoCheckout

RIGHT = b"step,lr,loss\n" + b"0,0.1,2.5\n" * 5000


class Server(BaseHTTPRequestHandler):
    """Serves by the last part of the path, and counts what it is asked for."""

    def do_GET(self):
        self.server.asked.append(self.path)
        kind = self.path.rsplit("/", 1)[-1]
        if kind == "absent":
            self.send_error(404)
            return
        body = RIGHT.replace(b"2.5", b"2.6") if kind == "wrong" else RIGHT
        if kind == "endless":
            self.server.sent = self.send_endless()
            return
        self.send_response(200)
        if kind != "short":
            self.send_header("Content-Length", str(len(RIGHT)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind in ("truncated", "short") else body)

    def send_endless(self):
        """How many bytes were sent before the other side had enough; at most a gigabyte."""
        self.send_response(200)
        self.end_headers()
        for sent in range(0, 2**30, len(RIGHT)):
            try:
                self.wfile.write(RIGHT)
            except OSError:
                return sent
        return 2**30

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        running.asked = []
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def entry(server, kind, path=None, port=None):
    url = f"http://127.0.0.1:{port or server.server_port}/{kind}"
    return data.Entry(path or f"set/{kind}.csv", hashlib.sha256(RIGHT).hexdigest(), len(RIGHT), url, "MIT")


def store(folder, *entries, replace=False):
    return data.Store({each.path: each for each in entries}, Path(folder), replace)


def test_a_file_is_downloaded_once_and_found_by_every_later_store(server, tmp_path):
    first = store(tmp_path, entry(server, "right"))
    found = first.fetch("set/right.csv")
    assert found == tmp_path / "set" / "right.csv" and found.read_bytes() == RIGHT
    assert first.fetch("set/right.csv") == store(tmp_path, entry(server, "right")).fetch("set/right.csv")
    assert server.asked == ["/right"]


def test_a_file_removed_during_the_process_is_downloaded_again(server, tmp_path):
    cache = store(tmp_path, entry(server, "right"))
    cache.fetch("set/right.csv").unlink()
    assert cache.fetch("set/right.csv").read_bytes() == RIGHT and len(server.asked) == 2


@pytest.mark.parametrize("replace", [False, True], ids=["own folder", "cache"])
@pytest.mark.parametrize(
    "kind, said",
    [("wrong", "SHA-256"), ("truncated", "download failed"), ("short", "SHA-256"), ("absent", "HTTP 404")],
)
def test_a_bad_download_leaves_nothing_and_says_in_one_line_what_to_do(server, tmp_path, kind, said, replace):
    cache = store(tmp_path, entry(server, kind), replace=replace)
    for _ in range(2):
        with pytest.raises(data.Unavailable) as caught:
            cache.fetch(f"set/{kind}.csv")
    message = str(caught.value)
    assert said in message and "\n" not in message
    for part in (f"set/{kind}.csv", f"127.0.0.1:{server.server_port}/{kind}", str(tmp_path), data.VARIABLE):
        assert part in message
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert not [file for file in tmp_path.rglob("*") if file.is_file()], "no partial file is left"


def test_an_answer_without_end_is_read_no_further_than_the_registered_size(server, tmp_path):
    with pytest.raises(
        data.Unavailable, match=f"the download has more than the {len(RIGHT)} registered bytes"
    ):
        store(tmp_path, entry(server, "endless")).fetch("set/endless.csv")
    while not hasattr(server, "sent"):
        time.sleep(0.01)
    assert server.sent < 2**27 and not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize(
    "url", ["gopher://127.0.0.1/x", "file:///etc/hostname", "x", "http://[", "http://", ""]
)
def test_an_address_that_cannot_be_asked_is_called_that_and_not_a_wrong_file(tmp_path, url):
    bad = data.Entry("set/x.csv", hashlib.sha256(RIGHT).hexdigest(), len(RIGHT), url, "MIT")
    with pytest.raises(data.Unavailable, match=r"the download failed \((Inv|Miss)\w+(Schema|URL)\)"):
        store(tmp_path, bad).fetch("set/x.csv")


def test_what_a_killed_download_left_is_removed_by_the_next_and_what_others_write_is_not(server, tmp_path):
    target = tmp_path / "set" / "right.csv"
    target.parent.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = f".right.csv.{platform.node()}."
    left, mine, other = (target.with_name(here + f"{pid}-1") for pid in (ended.pid, os.getpid(), "x"))
    elsewhere = target.with_name(f".right.csv.another-machine.{ended.pid}-1")
    for part in (left, mine, other, elsewhere):
        part.write_bytes(RIGHT[:99])
    store(tmp_path, entry(server, "right")).fetch("set/right.csv")
    assert {*target.parent.iterdir()} == {target, mine, other, elsewhere}


def test_an_unreachable_server_is_one_line_too(server, tmp_path):
    gone = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    gone.server_close()
    with pytest.raises(data.Unavailable, match=r"download failed \(ConnectionError\); get it from"):
        store(tmp_path, entry(server, "right", port=gone.server_port)).fetch("set/right.csv")


@pytest.mark.parametrize("damaged", [RIGHT[:-7], RIGHT.replace(b"2.5", b"2.6"), b""])
def test_a_damaged_file_is_replaced_in_the_cache_and_only_reported_in_a_folder_of_ones_own(
    server, tmp_path, damaged
):
    target = tmp_path / "set" / "right.csv"
    target.parent.mkdir()
    target.write_bytes(damaged)
    with pytest.raises(data.Unavailable, match="registered"):
        store(tmp_path, entry(server, "right")).fetch("set/right.csv")
    assert target.read_bytes() == damaged and server.asked == []
    assert store(tmp_path, entry(server, "right"), replace=True).fetch("set/right.csv").read_bytes() == RIGHT
    assert server.asked == ["/right"]


def test_a_damaged_file_survives_a_failed_replacement(server, tmp_path):
    target = tmp_path / "set" / "wrong.csv"
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(data.Unavailable):
        store(tmp_path, entry(server, "wrong"), replace=True).fetch("set/wrong.csv")
    assert target.read_bytes() == b"old"


def test_a_file_is_verified_once_a_process_not_on_every_call(server, tmp_path):
    cache = store(tmp_path, entry(server, "right"))
    cache.fetch("set/right.csv").write_bytes(b"changed later")
    assert cache.fetch("set/right.csv").read_bytes() == b"changed later"
    with pytest.raises(data.Unavailable):
        store(tmp_path, entry(server, "right")).fetch("set/right.csv")


def test_a_folder_that_cannot_be_written_is_reported(server, tmp_path):
    (tmp_path / "set").write_text("a file where a folder should be")
    with pytest.raises(data.Unavailable, match="cannot be"):
        store(tmp_path, entry(server, "right")).fetch("set/right.csv")


def test_an_unregistered_path_names_the_nearest_and_asks_nobody(server, tmp_path):
    cache = store(tmp_path, entry(server, "right"), entry(server, "wrong"))
    with pytest.raises(ValueError, match=r"unknown data file 'set/rihgt.csv'; did you mean 'set/right.csv'"):
        cache.fetch("set/rihgt.csv")
    for escape in ("../set/right.csv", "set/../set/right.csv", "/etc/hostname", ""):
        with pytest.raises(ValueError, match="unknown data file"):
            cache.fetch(escape)
    assert server.asked == []


def test_paths_lists_by_prefix_or_glob():
    curves = data.paths("multipowerlaw/loss_curve_repo/")
    assert len(curves) == 27 and curves == data.paths("multipowerlaw/loss_curve_repo/*.csv")
    assert len(data.paths("lr-scheduling/data/*.json")) == 235
    assert data.paths("no such") == [] and set(curves) < set(data.paths())


def test_the_registry_is_complete_unique_and_names_fixed_versions():
    with data.REGISTRY.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["path"] for row in rows}) == len(rows) == len(data.store().entries)
    for row in rows:
        assert len(row["sha256"]) == 64 and int(row["bytes"]) > 0 and row["licence"]
        assert row["url"].startswith("https://") and row["url"].endswith(row["path"].rsplit("/", 1)[-1])
        assert not Path(row["path"]).is_absolute() and ".." not in Path(row["path"]).parts
        if "raw.githubusercontent.com" in row["url"]:
            assert len(row["url"].split("/")[5]) == 40, "a commit, not a branch"


def test_a_registry_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(NoCheckout, match=r"no \S+registry.csv: .*clone the repository"):
        data.registered(tmp_path / "registry.csv")


def test_the_variable_chooses_the_folder_and_without_it_the_cache_beside_the_registry(monkeypatch, tmp_path):
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    assert data.store().folder == tmp_path and not data.store().replace
    for unset in ("", None):
        monkeypatch.setenv(data.VARIABLE, "") if unset == "" else monkeypatch.delenv(data.VARIABLE)
        assert data.store().folder == data.REGISTRY.parent / "cache" and data.store().replace


def test_the_message_is_all_that_a_reader_sees(tmp_path):
    """In a process of its own: a file of the wrong size under $LRLIB_DATA."""
    target = tmp_path / "multipowerlaw" / "LICENSE"
    target.parent.mkdir()
    target.write_text("cut")
    code = "from lrlib import data; data.fetch('multipowerlaw/LICENSE')"
    env = {**os.environ, data.VARIABLE: str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert ran.returncode and ran.stderr.count("Traceback") == 1
    assert "has 3 bytes, 1067 are registered" in ran.stderr.strip().splitlines()[-1]


def test_every_file_in_ones_own_folder_is_the_registered_one():
    if not os.environ.get(data.VARIABLE):
        pytest.skip(f"set {data.VARIABLE} to a folder with the registered files")
    for path in data.paths():
        assert data.fetch(path).stat().st_size == data.store().entries[path].bytes


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=3), st.integers(0, 2**31))
def test_an_idx_file_is_read_back(tmp_path_factory, shape, seed):
    values = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    header = bytes([0, 0, 8, len(shape)]) + b"".join(axis.to_bytes(4, "big") for axis in shape)
    path = tmp_path_factory.mktemp("idx") / "file.gz"
    path.write_bytes(gzip.compress(header + values.tobytes()))
    assert np.array_equal(data.read_idx(path), values)
    path.write_bytes(gzip.compress(header + values.tobytes() + b"x"))
    with pytest.raises(ValueError, match="as its header says"):
        data.read_idx(path)
    path.write_bytes(gzip.compress(b"\0\0\x0d" + header[3:] + values.tobytes()))
    with pytest.raises(ValueError, match=r"file.gz must be an IDX file of unsigned bytes"):
        data.read_idx(path)
