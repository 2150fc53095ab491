"""Run a command that may not outlive whoever wants it: `python leash.py FOLDER COMMAND...`. A script; imports nothing of ours.

Its standard input is a pipe that stays open as long as the command is wanted. When it closes, however that came about, the
command and all that it started are killed, and FOLDER, where it worked, is removed. Ends with the command's code.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress


def run(folder: str, command: list[str]) -> int:
    """Run the command to its end, or to ours."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def kill() -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def end_when_unwanted() -> None:
        sys.stdin.buffer.read()
        kill()
        shutil.rmtree(folder, ignore_errors=True)

    threading.Thread(target=end_when_unwanted, daemon=True).start()
    code = process.wait()
    kill()  # what it may have left running
    return code


if __name__ == "__main__":
    os._exit(run(sys.argv[1], sys.argv[2:]) & 0xFF)
