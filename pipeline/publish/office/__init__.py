"""What the office opens in the morning: the page, and its lists."""
