"""Circulate: a partnership asks organisations and their teams to discuss an edition, by a date."""
