"""What the manuals promise exists, and what exists is in the manuals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli import huizong

REPO = Path(__file__).parent.parent
MANUAL = (REPO / "README.zh.md").read_text(encoding="utf-8")
README = (REPO / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(huizong.commands)


def section(command: str) -> str:
    """Give what the manual says under a command's heading; empty if it has none."""
    found = re.search(rf"^### `huizong {command}\b.*?`$(.*?)(?=^##|\Z)", MANUAL, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield from (name for name in parameter.opts if name.startswith("--"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_in_the_manual(name: str) -> None:
    assert section(name).strip()


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name in COMMANDS for option in options(huizong.commands[name])]
)
def test_an_option_is_in_the_manual(name: str, option: str) -> None:
    general = MANUAL.split("### `huizong ", maxsplit=1)[0]
    assert f"`{option}" in (general if option == "--workspace" else section(name))


@pytest.mark.parametrize("text", [README, MANUAL], ids=["README.md", "README.zh.md"])
def test_a_manual_names_no_other_command_or_option(text: str) -> None:
    code = " \n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    named = set(re.findall(r"huizong (?:-C \S+ )?([a-z][\w-]*)", code))
    assert named - set(COMMANDS) == set()
    known = {option for command in (huizong, *huizong.commands.values()) for option in options(command)}
    assert set(re.findall(r"`(--[\w-]+)", code)) - known - {"--help", "--version"} == set()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_readme_s_commands_are_in_the_makefile(target: str) -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^make {target}\b", README, re.MULTILINE)
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("manual", ["README.md", "README.zh.md"])
def test_a_linked_file_exists(manual: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (REPO / manual).read_text(encoding="utf-8"))
    assert [link for link in links if not (REPO / link).exists()] == []
