"""What `minsheng sandbox` prints before its bot is up: the address, and how to open it without a browser."""

import re
import socket
import time
from pathlib import Path

import pytest

from tests.factories import YAML_TEXT
from tests.process import preloaded
from tests.sandbox.page.conftest import environment


def started(folder: Path, *options: str, until: str = "", **variables: str) -> tuple[str, int]:
    """Start `minsheng sandbox`, and stop it when it has printed these words; return its output and exit code."""
    (folder / "projects.yaml").write_text(YAML_TEXT, encoding="utf-8")
    output = folder / "output"
    running = preloaded.start(
        preloaded.command("sandbox", *options),
        folder=folder,
        environment=environment(folder) | variables,
        output=output,
    )
    while running.is_alive() and not (until and until in output.read_text(encoding="utf-8")):
        time.sleep(0.02)
    running.terminate()
    running.join()
    assert running.exitcode is not None
    return output.read_text(encoding="utf-8"), running.exitcode


@pytest.fixture
def without_browsers(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine with a display and without a browser."""
    (tmp_path / "programs").mkdir()
    return {"DISPLAY": ":77", "PATH": str(tmp_path / "programs")}


TERMINAL = "`minsheng sandbox --terminal` is a chat in the terminal instead."


def test_without_a_display_it_says_so_and_how_to_open_the_page(tmp_path: Path) -> None:
    output, code = started(tmp_path, until=TERMINAL)

    assert code == 0
    assert "No browser was opened, because this machine has no display. Open this address in a browser" in output
    assert "ssh -L 80" in output


def test_with_a_display_but_no_browser_it_says_so_and_how_to_open_the_page(
    tmp_path: Path, without_browsers: dict[str, str]
) -> None:
    output, code = started(tmp_path, until=TERMINAL, **without_browsers)

    assert code == 0
    assert "No browser was found. Open this address in a browser" in output


def test_the_address_is_opened_in_the_browser_of_the_environment(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "opened $1"\n', encoding="utf-8")
    browser.chmod(0o755)

    output, code = started(tmp_path, until="opened", BROWSER=f"{browser} %s")

    assert code == 0
    (address,) = re.findall(r"The sandbox is at (\S+)", output)
    assert f"opened {address}" in output
    assert TERMINAL not in output


def test_a_named_port_that_another_program_uses_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        output, code = started(tmp_path, "--port", str(port))

    assert code == 1
    assert output == f"Port {port} cannot be used: another program uses it. Choose another one with --port.\n"


def test_without_a_named_port_the_next_free_one_is_taken(tmp_path: Path) -> None:
    with _held(8021):
        output, code = started(tmp_path, until=TERMINAL)

    assert code == 0
    assert "127.0.0.1:8021" not in output


def _held(port: int) -> socket.socket:
    """Wait until no other sandbox of this machine has the port, and listen on it."""
    until = time.monotonic() + 300
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    output, code = started(tmp_path, DATA_DIR=str(tmp_path / "file"))

    assert code == 1
    assert f"The sandbox cannot use its folder {tmp_path / 'file' / 'sandbox'}: Not a directory." in output
