"""Readers of broken or hostile files as forks of one small process, which has their modules in memory.

Each reading is still a process of its own that runs the same `main` under the same limits, with an empty environment;
only the start of Python and the imports, a tenth of a second of processor, are done once for all. `run_child` stands
in for that of `isolated_reader`, also in the programs that are forks of a loaded bot. What is said of the start itself,
of the time that is allowed and of what a reading costs, is tested with the fixture `reader_from_nothing`.
"""

import atexit
import os
import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bot.publishing.files.isolated_reader import places_of
from tests.scratch import temporary_root

_PACKAGES = ("yaml", "openpyxl", "et_xmlfile")
#: Python of the small process. A request is a module and a content; a reply is an exit code, output and errors.
_PROGRAM = """
import os, sys
sys.path += sys.argv[3].split(chr(10))
for library in ("lxml", "numpy", "pandas", "PIL"):  # which openpyxl takes along, as in its reader
    sys.modules[library] = None
import importlib, openpyxl, pickle, select, signal, socket, tempfile, traceback
importlib.import_module("bot.publishing.yaml.loader")
importlib.import_module("bot.publishing.spreadsheet.xlsx_reader")
listener, starter = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])

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

def serve(connection):
    module, content = pickle.load(connection)
    files = [tempfile.TemporaryFile() for _ in range(3)]
    files[0].write(content)
    for file in files:
        file.seek(0)
    child = os.fork() or read(module, files)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    texts = []
    for file in files[1:]:
        file.seek(0)
        texts.append(file.read())
    pickle.dump((code, *texts), connection)
    connection.flush()

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has answered is not waited for
while starter not in select.select([listener, starter], [], [])[0]:
    connection, _ = listener.accept()
    if not os.fork():
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            serve(connection.makefile("rwb"))
        finally:
            os._exit(0)
    connection.close()
"""


@cache
def start() -> Path:
    """Start the small process; the path of its socket. It ends with this process and the forks of it."""
    path = Path(mkdtemp(prefix="reader-", dir=temporary_root()), "socket")
    (theirs, _ours) = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        words = [str(listener.fileno()), str(theirs), "\n".join(places_of(_PACKAGES))]
        command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _PROGRAM, *words]
        running = subprocess.Popen(command, pass_fds=(listener.fileno(), theirs), env={})
    os.close(theirs)
    atexit.register(_end, running, path)
    return path


def _end(running: "subprocess.Popen[bytes]", socket_path: Path) -> None:
    running.terminate()
    running.wait()
    shutil.rmtree(socket_path.parent)


def run_child(module: str, packages: Sequence[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    """What the `main` of a module makes of a content."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(start()))
        with connection.makefile("rwb") as stream:
            pickle.dump((module, content), stream)
            stream.flush()
            code, output, errors = pickle.load(stream)
    return subprocess.CompletedProcess((), code, output, errors)
