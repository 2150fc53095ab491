"""Drafts for the leading group out of Word templates that the office may edit."""
