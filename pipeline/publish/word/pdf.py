"""The Word drafts as PDF too, where the campaign asks for it and LibreOffice is there: what others see is what was drafted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

_LEASH = Path(__file__).with_name("leash.py")
LONGEST = 120  # seconds for all of a night's drafts; three are usual
_PROGRAMS = (
    "soffice",
    "libreoffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)


def write_pdfs(folder: Path, last: Path) -> None:
    """Put a PDF beside every Word document in the folder. Without LibreOffice, or if it fails, there is none.

    last: the folder as it was written before. A PDF says when it was made; one whose document is the same is taken over.
    """
    documents = sorted(folder.glob("*.docx"))
    for document in documents:
        before, pdf = last / document.name, (last / document.name).with_suffix(".pdf")
        if before.exists() and pdf.exists() and before.read_bytes() == document.read_bytes():
            shutil.copy2(pdf, folder / pdf.name)
    wanted = [document for document in documents if not document.with_suffix(".pdf").exists()]
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if wanted and program:
        _convert(program, wanted, folder)


def _convert(program: str, documents: list[Path], folder: Path) -> None:
    with TemporaryDirectory() as room:  # a profile of its own: the office's may be in use
        profile = f"-env:UserInstallation={Path(room, 'profile').as_uri()}"
        command = [program, "--headless", "--norestore", profile, "--convert-to", "pdf", "--outdir", room]
        process = _leashed([*command, *map(str, documents)], room)
        try:
            process.wait(LONGEST)
        except psutil.TimeoutExpired:
            return
        finally:
            _end(process)
        for document in documents:
            made = Path(room, document.name).with_suffix(".pdf")
            if process.returncode == 0 and made.exists():
                shutil.move(made, folder / made.name)


def _leashed(command: list[str], room: str) -> psutil.Popen:
    """Start the converter, where that is possible so that it ends with us, however we end."""
    if os.name != "nt":
        command = [sys.executable, "-I", "-S", str(_LEASH), room, *command]
    return psutil.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name != "nt",  # Ctrl-C is for us; we end it in order
    )


def _end(process: psutil.Popen) -> None:
    if process.is_running() and os.name == "nt":
        for each in [*process.children(recursive=True), process]:
            each.kill()
    assert process.stdin is not None
    process.stdin.close()  # whoever holds the leash sees this, and kills
    process.wait()
