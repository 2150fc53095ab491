"""How our workbooks are drawn and written: one look, and xlsxwriter with a shorter way for plain values."""
