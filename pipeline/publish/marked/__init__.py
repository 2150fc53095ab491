"""Corrections as a marked copy of what the sender sent: cells marked and noted, a slip in front, all else as it was.

A workbook is a package of parts. Of each part only those bytes are touched that have to say something else; `splice` finds and
replaces them, `parts` keeps the package, `styles`, `sheets`, `notes` and `front` each know one kind of part.
"""
