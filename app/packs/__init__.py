"""Publish: a briefing with its discussion points becomes a frozen edition that anybody can read."""
