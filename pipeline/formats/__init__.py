"""What each file format knows and calamine does not tell: error cells, hidden rows, merges, properties, true extent."""
