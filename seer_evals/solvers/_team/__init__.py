"""What `team` consists of: starting points, members, what they leave behind, and how the reader sees it."""
