"""The summary workbook for leaders: totals by every dimension, and what they are made of."""
