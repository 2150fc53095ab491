"""Correction workbooks: a team's own figures in the form, wrong cells marked, a repair slip in front."""
