"""huizong (汇总): a folder of Excel returns becomes figures that a district can publish.

Public: `pipeline.declare` (the vocabulary of `schemas/`), `pipeline.run.run` (a night), `pipeline.preview.preview` (a check).
"""

__version__ = "0.1.0"
