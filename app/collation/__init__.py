"""Collate: what was asked, discussed and shared, answer by answer, for the partnership."""
