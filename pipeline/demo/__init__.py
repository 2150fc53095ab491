"""A synthetic district for any campaign: a clean night, a first night that goes wrong, and the day that mends it.

It knows no campaign: rows come from the kinds of column, sums are the campaign's control totals, and mistakes are what
each kind invites and the failing examples of the campaign's own rules. The same seed gives the same bytes.
"""

from pipeline.demo.first_night import Planted, make_district
from pipeline.demo.second_day import NoCorrectionsYet, make_second_day
from pipeline.demo.shares import DemoError

__all__ = ["DemoError", "NoCorrectionsYet", "Planted", "make_district", "make_second_day"]
