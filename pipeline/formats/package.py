"""The zip package round .xlsx, .xlsb and .ods: what it claims, whether it is whole, its small XML parts."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from xml.etree import ElementTree

from pipeline.rawbook import Limits, Refused

# What zipfile lets out when a package is damaged: a stray offset is a ValueError, a name in no encoding another.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, struct.error)

_CHUNK = 1 << 20
_ENCRYPTED = 0x1


class Package:
    """A zip package that has passed the guards; parts are found whatever the case and slashes of their names."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except _DAMAGED as error:
            raise _incomplete() from error
        members = self._archive.infolist()
        _guard(members, len(content), limits)
        self._parts = {_normal(info.filename): info for info in members if not info.is_dir()}

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._parts

    def chunks(self, name: str, size: int = _CHUNK) -> Iterator[bytes]:
        """Stream a part. Its end, if it is reached, checks the part's length and checksum."""
        try:
            with self._archive.open(self._parts[_normal(name)]) as part:
                while chunk := part.read(size):
                    yield chunk
        except _DAMAGED as error:
            raise _incomplete() from error

    def xml(self, name: str) -> ElementTree.Element | None:
        """Parse a small part; None if there is none. Custom entities are refused, so nothing can swell."""
        if name not in self:
            return None
        text = b"".join(self.chunks(name))
        if b"<!ENTITY" in text:
            raise swelling()
        try:
            return ElementTree.fromstring(text)
        except (ElementTree.ParseError, ValueError) as error:
            raise Refused("F03", "内部目录有误") from error

    def verify(self, names: Iterable[str]) -> None:
        """Read parts to their ends, where a damaged or lying one is found.

        calamine stops at the last tag it wants and so never meets the checksum: a flipped byte could change a
        figure unseen.
        """
        for name in names:
            for position, chunk in enumerate(self.chunks(name)):
                if position == 0 and b"<!ENTITY" in chunk:
                    raise swelling()


def local(element: ElementTree.Element) -> str:
    """Give a tag's name without its namespace, which differs between the strict and the usual flavour."""
    return element.tag.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str:
    """Give an attribute by its name without namespace, "" if absent."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def swelling() -> Refused:
    """Make the refusal of XML that defines entities of its own: no office program writes them, bombs do."""
    return Refused("F05", "含有会自我膨胀的内容")


def _incomplete() -> Refused:
    return Refused("F03", "压缩内容有误或没有传完")


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _guard(members: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    """Refuse by what the directory claims. Claims can be false: `verify` and the memory limit stand behind."""
    if any(info.flag_bits & _ENCRYPTED for info in members):
        raise Refused("F04")
    if len(members) > limits.members:
        raise Refused("F05", f"内有 {len(members):,} 个部件")
    unzipped_mb = sum(info.file_size for info in members) >> 20
    if unzipped_mb > limits.unzipped_mb:
        raise Refused("F05", f"展开后约 {unzipped_mb:,} 兆字节")
    if sum(info.compress_size for info in members) > size:
        raise Refused("F03", "各部件互相重叠")
    if len({info.filename for info in members}) < len(members):
        raise Refused("F03", "部件重名")
