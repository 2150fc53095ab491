"""The blank form and its copies: what stands where, how it looks, and what is the same on every copy."""
