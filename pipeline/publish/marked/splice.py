"""XML edited where it stands: tags are found with their places in the bytes, and all bytes in between stay as they are.

Whoever wrote a part, with prefixes or without, in whichever quotes and order: what is not ours to change is not written anew.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from xml.sax.saxutils import quoteattr

ATTRIBUTES = rb"((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)"
_ATTRIBUTE = re.compile(rb"([\w.:-]+)\s*=\s*(\"[^\"]*+\"|'[^']*+')")
_NO_TAGS = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Edit = tuple[int, int, bytes]
"""What stands from one place to behind another is to be this."""


class UneditableError(Exception):
    """A file of which no copy can be marked: no package of XML parts, or one that says what nobody expects."""


@dataclass(frozen=True)
class Element:
    """An element and its places: where it starts, where its content starts and ends, and behind it."""

    name: str
    prefix: bytes  # with its colon
    head: bytes  # what stands in its first tag behind the name
    start: int
    inner: int
    close: int
    end: int

    @cached_property
    def attributes(self) -> dict[str, str]:
        """Attributes by their names without a prefix."""
        return attributes(self.head)

    @property
    def is_empty(self) -> bool:
        """Whether it has one tag only."""
        return self.head.endswith(b"/")


def shadow(xml: bytes) -> bytes:
    """Blank out what only looks like tags: comments, CDATA and instructions. All else keeps its place."""
    encoding = _ENCODING.match(xml.removeprefix(b"\xef\xbb\xbf"))
    if b"\x00" in xml[:4] or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii")):
        raise UneditableError("not in UTF-8")
    return _NO_TAGS.sub(lambda found: b" " * len(found[0]), xml) if b"<!" in xml or xml.count(b"<?") > 1 else xml


@lru_cache(maxsize=100)
def _beginning(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"<((?:[\w.-]+:)?)(" + name.encode() + rb")(?=[\s/>])" + ATTRIBUTES + rb">")


@lru_cache(maxsize=100)
def _ending(tag: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"</" + re.escape(tag) + rb"\s*>")


def elements(shade: bytes, name: str, start: int = 0, stop: int | None = None) -> Iterator[Element]:
    """Find the elements of a name, none inside another, between two places. shade: what `shadow` gave.

    name: may be a regular expression.
    """
    pattern, stop = _beginning(name), len(shade) if stop is None else stop
    while found := pattern.search(shade, start, stop):
        prefix, local, head = found.groups()
        close = start = found.end()
        if not head.endswith(b"/"):
            ending = _ending(prefix + local).search(shade, start, stop)
            if ending is None:
                raise UneditableError(f"<{name}> has no end")
            close, start = ending.span()
        yield Element(local.decode(), prefix, head, found.start(), found.end(), close, start)


def first(shade: bytes, name: str, start: int = 0, stop: int | None = None) -> Element | None:
    """Find the first element of a name, None if there is none."""
    return next(elements(shade, name, start, stop), None)


def attributes(head: bytes) -> dict[str, str]:
    """Read the attributes in a tag, by their names without a prefix."""
    found = ((name.rpartition(b":")[2], value[1:-1]) for name, value in _ATTRIBUTE.findall(head))
    return {name.decode(): html.unescape(value.decode()) for name, value in found}


def set_attribute(element: Element, name: str, value: object) -> Edit:
    """Give an attribute without prefix another value, or let the element have it."""
    for found in _ATTRIBUTE.finditer(element.head):
        if found[1] == name.encode():
            at = element.inner - 1 - len(element.head) + found.start(2)
            return at, at + len(found[2]), quoted(value)
    at = element.inner - 1 - element.is_empty  # last: whoever reads fast looks for an address first
    return at, at, f" {name}=".encode() + quoted(value)


def without_attribute(element: Element, name: str) -> Edit | None:
    """Take an attribute out, None if the element lacks it."""
    found = re.search(rf"\s+{name}\s*=\s*(\"[^\"]*\"|'[^']*')".encode(), element.head)
    at = element.inner - 1 - len(element.head)
    return (at + found.start(), at + found.end(), b"") if found else None


def put_inside(element: Element, content: bytes) -> Edit:
    """Add content at the end of an element, also of one that has but one tag."""
    if not element.is_empty:
        return element.close, element.close, content
    closing = b"</" + element.prefix + element.name.encode() + b">"
    return element.inner - 2, element.inner, b">" + content + closing


def edited(xml: bytes, edits: Iterable[Edit]) -> bytes:
    """Give the XML with what was to be replaced replaced. What is put at one place stays in the given order."""
    parts, at = [], 0
    for start, stop, content in sorted(edits, key=lambda edit: edit[:2]):
        if start < at:
            raise UneditableError("two edits of one place")
        parts += [xml[at:start], content]
        at = stop
    return b"".join([*parts, xml[at:]])


def quoted(value: object) -> bytes:
    """Write the value of an attribute."""
    return quoteattr(_FORBIDDEN.sub("", str(value))).encode()


def unescaped(xml: bytes) -> str:
    """Read a text."""
    return html.unescape(xml.decode(errors="replace"))


def text(value: str) -> bytes:
    """Write a text."""
    return html.escape(_FORBIDDEN.sub("", value), quote=False).encode()


def prefixed(xml: bytes, prefix: bytes) -> bytes:
    """Give the tags of XML that has no prefixes one."""
    return re.sub(rb"<(/?)(?=\w)", rb"<\1" + prefix, xml) if prefix else xml
