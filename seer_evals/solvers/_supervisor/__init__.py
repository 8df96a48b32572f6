"""What `supervisor` consists of: when to look in, what is shown, who decides, and what becomes of it."""
