"""Make a zip that installs without the internet: wheels for every system that offices have, and what starts their installation.

Run by `make bundle`. What is pinned in requirements.lock is fetched as wheels for each system and each Python, whatever this
machine runs; what has no wheel somewhere is named, and nothing is made.
"""

from __future__ import annotations

import argparse
import email
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

HERE = Path(__file__).parent
REPO = HERE.parent
PYTHONS = ("3.11", "3.12")
TOP = "huizong"  # the folder in the zip
LICENCE_NAME = re.compile(r"(licen[sc]e|copying|notice|authors)", re.IGNORECASE)
CRLF = ("读我.txt", "LICENSES.txt", "安装.bat")  # opened on Windows


@dataclass(frozen=True, slots=True)
class System:
    """A system to install on: the tags of wheels that it takes, and how markers call it."""

    tags: Sequence[str]
    marks: Mapping[str, str]


def _marks(platform: str, os_name: str, system: str, machine: str) -> dict[str, str]:
    return {"sys_platform": platform, "os_name": os_name, "platform_system": system, "platform_machine": machine}


SYSTEMS = {
    "windows": System(["win_amd64"], _marks("win32", "nt", "Windows", "AMD64")),
    "macos-arm64": System(["macosx_11_0_arm64"], _marks("darwin", "posix", "Darwin", "arm64")),
    "macos-x86_64": System(["macosx_11_0_x86_64"], _marks("darwin", "posix", "Darwin", "x86_64")),
    "linux": System(
        [
            *(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)),
            "manylinux2014_x86_64",
            "manylinux2010_x86_64",
        ],
        _marks("linux", "posix", "Linux", "x86_64"),
    ),
}

OLDER = {"macos-x86_64": {"cryptography": "48.0.1"}}
"""What is pinned has no wheel there any more: its makers build none for Intel's Macs since 49. The last that has one."""


class LackingError(Exception):
    """Some package has no wheel for some system."""


def bundle(target: Path, systems: Iterable[str] = tuple(SYSTEMS), pythons: Sequence[str] = PYTHONS) -> Path:
    """Make the zip in a folder. Raises LackingError with all that is lacking."""
    wheels = target / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    own = _own_wheel(wheels)
    lacking, used = [], {own}
    for name in systems:
        for python in pythons:
            try:
                used |= _fetched(own, name, python, wheels)
            except LackingError as none:
                lacking.append(f"{name}, Python {python}: {none}")
    if lacking:
        raise LackingError("\n".join(lacking))
    return _zipped(target / f"{own.name.split('-py3')[0]}-offline.zip", sorted(used), pythons)


# -- wheels


def _own_wheel(wheels: Path) -> Path:
    for old in wheels.glob("huizong-*.whl"):
        old.unlink()
    _pip("wheel", "--no-deps", "--wheel-dir", str(wheels), str(REPO))
    (made,) = wheels.glob("huizong-*.whl")
    return made


def _fetched(own: Path, name: str, python: str, wheels: Path) -> set[Path]:
    """Fetch all that our own wheel needs on a system, and what that needs. Gives the wheels that are installed there."""
    system = SYSTEMS[name]
    marks = {
        **system.marks, "python_version": python, "python_full_version": f"{python}.0", "implementation_name": "cpython",
        "platform_python_implementation": "CPython", "extra": "",
    }  # fmt: skip
    pinned = _pins(marks) | OLDER.get(name, {})
    found: dict[str, Path] = {}
    ahead = _needed(own, marks)
    while ahead := sorted(set(ahead) - found.keys()):
        _download(ahead, pinned, system, python, wheels)
        found |= {each: _wheel(each, pinned[each], system, python, wheels) for each in ahead}
        ahead = [name for each in ahead for name in _needed(found[each], marks)]
    return set(found.values())


def _pins(marks: Mapping[str, str]) -> dict[str, str]:
    lines = (REPO / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins if _holds(pin, marks)}


def _needed(wheel: Path, marks: Mapping[str, str]) -> list[str]:
    needs = [Requirement(each) for each in _metadata(wheel).get_all("Requires-Dist", [])]
    return [canonicalize_name(each.name) for each in needs if _holds(each, marks)]


def _holds(requirement: Requirement, marks: Mapping[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(dict(marks))


def _download(names: Sequence[str], pinned: Mapping[str, str], system: System, python: str, wheels: Path) -> None:
    wanted = [f"{name}=={pinned[name]}" for name in names]
    tags = [word for tag in system.tags for word in ("--platform", tag)]
    words = [
        "download",
        "--no-deps",
        "--only-binary=:all:",
        *tags,
        "--python-version",
        python,
        "--implementation",
        "cp",
    ]
    _pip(*words, "--dest", str(wheels), *wanted)


def _wheel(name: str, version: str, system: System, python: str, wheels: Path) -> Path:
    """Find the wheel that was fetched: of several for a package, the one with a tag of this system and Python."""
    ours = f"cp{python.replace('.', '')}"
    fitting = []
    for path in wheels.glob("*.whl"):
        named, is_version, _, tags = parse_wheel_filename(path.name)
        if named == name and str(is_version) == version and any(_fits(tag.platform, system) for tag in tags):
            fits = any(tag.interpreter in (ours, "py3", "py2.py3") or tag.abi == "abi3" for tag in tags)
            fitting += [path] if fits else []
    if not fitting:
        raise LackingError(f"{name}=={version}")
    return min(fitting, key=lambda path: path.name)


def _fits(platform: str, system: System) -> bool:
    """Whether a wheel of a tag was fetched for a system: pip takes older ones of a Mac, too."""
    if platform == "any" or platform in system.tags:
        return True
    is_mac = system.marks["sys_platform"] == "darwin" and platform.startswith("macosx_")
    return is_mac and platform.endswith((system.marks["platform_machine"], "universal2"))


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        said = done.stderr.splitlines()
        raise LackingError(" ".join([line for line in said if "No matching distribution" in line] or said[-3:]))


# -- licences


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.count("/") == 1 and each.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def licences(wheels: Iterable[Path]) -> str:
    """List every package with its licence, then the texts that come in its wheels, each once."""
    packages: dict[str, list[Path]] = {}
    for wheel in wheels:
        said = _metadata(wheel)
        packages.setdefault(f"{said['Name']} {said['Version']}", []).append(wheel)
    heads = [f"{name:<32} {_licence(_metadata(paths[0]))}" for name, paths in sorted(packages.items())]
    parts = ["本安装包中的软件及其许可证\n\n" + "\n".join(heads) + "\n"]
    for name, paths in sorted(packages.items()):
        texts = dict.fromkeys(text for path in paths for text in _texts(path))
        body = "\n\n".join(texts) or "（安装包中没有许可证全文，见上面所列的许可证名称。）"
        parts.append(f"{'=' * 100}\n{name}\n{'=' * 100}\n\n{body}\n")
    return "\n".join(parts)


def _licence(said: Message) -> str:
    named = [each.split(" :: ")[-1] for each in said.get_all("Classifier", []) if each.startswith("License :: ")]
    first = next(iter((said["License"] or "").strip().splitlines()), "")
    return said["License-Expression"] or "; ".join(named) or first or "?"


def _texts(wheel: Path) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            folder, _, file = name.rpartition("/")
            if (
                ".dist-info" in folder
                and not name.endswith("/")
                and (LICENCE_NAME.match(file) or "/licenses" in folder)
            ):
                yield archive.read(name).decode("utf-8", "replace").strip()


# -- the zip


def _zipped(target: Path, wheels: Sequence[Path], pythons: Sequence[str]) -> Path:
    names = " ".join(sorted(pythons, key=lambda each: -int(each.split(".")[1])))
    texts = {"LICENSES.txt": licences(wheels)}
    for origin, name in (("readme.txt", "读我.txt"), ("install.bat", "安装.bat"), ("install.sh", "install.sh")):
        texts[name] = (HERE / origin).read_text(encoding="utf-8").replace("@PYTHONS@", names)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            _add(archive, name, text)
        for wheel in wheels:
            archive.write(wheel, f"{TOP}/wheels/{wheel.name}", zipfile.ZIP_STORED)
    return target


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(f"{TOP}/{name}", (2011, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
    mark = "\ufeff" if name.endswith(".txt") else ""
    archive.writestr(entry, mark + (text.replace("\n", "\r\n") if name in CRLF else text))


def main() -> None:
    """Make the zip that the command line asks for."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--target", type=Path, default=REPO / "build" / "bundle")
    words.add_argument("--system", action="append", choices=SYSTEMS, help="only for these; by default for all")
    words.add_argument("--python", action="append", help=f"only for these; by default {', '.join(PYTHONS)}")
    asked = words.parse_args()
    try:
        made = bundle(asked.target, asked.system or tuple(SYSTEMS), asked.python or PYTHONS)
    except LackingError as lacking:
        sys.exit(f"no bundle: there is no wheel of these, or the index cannot be reached\n{lacking}")
    print(f"{made}: {made.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
