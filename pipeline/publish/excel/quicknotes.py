"""Notes at cells: what is the same in all of them is worded by xlsxwriter once."""

from __future__ import annotations

from functools import lru_cache
from io import StringIO

from xlsxwriter.comments import Comments, CommentType
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.vml import Vml


class QuickVml(Vml):  # type: ignore[misc]  # xlsxwriter ships no types
    """The part about the boxes in which notes stand."""

    def _write_comment_shape(self, shape_id: int, z_index: int, comment: CommentType) -> None:
        if comment.is_visible:
            super()._write_comment_shape(shape_id, z_index, comment)
            return
        left, top, width, height = self._pixels_to_points(comment.vertices)
        first_column, first_row, x1, y1, last_column, last_row, x2, y2 = comment.vertices[:8]
        self.fh.write(
            f'<v:shape id="_x0000_s{shape_id}" type="#_x0000_t202" style="position:absolute;margin-left:{left:.15g}pt;'
            f"margin-top:{top:.15g}pt;width:{width:.15g}pt;height:{height:.15g}pt;z-index:{z_index};"
            f'visibility:hidden" fillcolor="{comment.color._vml_rgb_hex_value()}" o:insetmode="auto">{_inside_box()}'
            f"<x:Anchor>{first_column}, {x1}, {first_row}, {y1}, {last_column}, {x2}, {last_row}, {y2}</x:Anchor>"
            f"<x:AutoFill>False</x:AutoFill><x:Row>{comment.row}</x:Row><x:Column>{comment.col}</x:Column>"
            "</x:ClientData></v:shape>"
        )


class QuickComments(Comments):  # type: ignore[misc]
    """The part about the texts of notes."""

    def _write_comment(self, comment: CommentType, author_id: int) -> None:
        author = "" if author_id == -1 else f' authorId="{author_id}"'
        font = _font(comment.font_size, comment.font_name, comment.font_family)
        self.fh.write(f'<comment ref="{xl_rowcol_to_cell(comment.row, comment.col)}"{author}><text><r>{font}')
        self._write_text_t(comment.text)
        self.fh.write("</r></text></comment>")


@lru_cache(maxsize=1)
def _inside_box() -> str:
    vml = Vml()
    vml._set_filehandle(out := StringIO())
    vml._write_comment_fill()
    vml._write_shadow()
    vml._write_comment_path(None, "none")
    vml._write_comment_textbox()
    vml._xml_start_tag("x:ClientData", [("ObjectType", "Note")])
    vml._write_move_with_cells()
    vml._write_size_with_cells()
    return out.getvalue()


@lru_cache(maxsize=10)
def _font(size: float, name: str, family: int) -> str:
    comments, look = Comments(), CommentType(0, 0, "", {"font_size": size, "font_name": name, "font_family": family})
    comments._set_filehandle(out := StringIO())
    comments._write_r_pr(look)
    return out.getvalue()
