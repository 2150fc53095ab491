"""What several documents say: of a team, of counts, of whom to telephone, of ranks."""
