"""What is wrong in returns: each by itself (`alone`), and held against each other on what is kept of them (`together`)."""
