"""Keep a trail: every change and every reading of what a team wrote, added once and never altered."""
