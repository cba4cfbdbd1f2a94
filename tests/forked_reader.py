"""Readers of broken or hostile files as forks of one small process, which has their modules in memory.

Each reading is still a process of its own that runs the same `main` under the same limits, with an empty environment;
only the start of Python and the imports, a tenth of a second of processor, are done once for all. `run_child` stands
in for that of `isolated_reader`. What is said of the start itself, of the time that is allowed and of what a reading
costs, is tested with the fixture `reader_from_nothing`.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from typing import BinaryIO, NamedTuple

from bot.publishing.files.isolated_reader import places_of

_PACKAGES = ("yaml", "openpyxl", "et_xmlfile")
#: Python of the small process. A request is a module and a content; a reply is an exit code, output and errors.
_PROGRAM = """
import os, sys
sys.path += sys.argv[3].split(chr(10))
for library in ("lxml", "numpy", "pandas", "PIL"):  # which openpyxl takes along, as in its reader
    sys.modules[library] = None
import importlib, openpyxl, pickle, tempfile, traceback
requests, replies = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
importlib.import_module("bot.publishing.yaml.loader")
importlib.import_module("bot.publishing.spreadsheet.xlsx_reader")

def read(module, files):
    for stream, file in enumerate(files):
        os.dup2(file.fileno(), stream)
    try:
        importlib.import_module(module).main()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)

while True:
    try:
        module, content = pickle.load(requests)
    except EOFError:
        break
    files = [tempfile.TemporaryFile() for _ in range(3)]
    files[0].write(content)
    files[0].seek(0)
    child = os.fork() or read(module, files)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    texts = []
    for file in files[1:]:
        file.seek(0)
        texts.append(file.read())
    for file in files:
        file.close()
    pickle.dump((code, *texts), replies)
    replies.flush()
"""
_one_at_a_time = threading.Lock()


class _Server(NamedTuple):
    """The small process; it ends with this one, which closes its pipes."""

    running: "subprocess.Popen[bytes]"
    requests: BinaryIO
    replies: BinaryIO


@cache
def _server() -> _Server:
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    words = [str(theirs_in), str(theirs_out), "\n".join(places_of(_PACKAGES))]
    running = subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _PROGRAM, *words], pass_fds=(theirs_in, theirs_out), env={}
    )
    os.close(theirs_in)
    os.close(theirs_out)
    return _Server(running, os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb"))


def run_child(module: str, packages: Sequence[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    """What the `main` of a module makes of a content."""
    server = _server()
    with _one_at_a_time:
        pickle.dump((module, content), server.requests)
        server.requests.flush()
        code, output, errors = pickle.load(server.replies)
    return subprocess.CompletedProcess((), code, output, errors)
