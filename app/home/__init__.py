"""What each person has to do, on one page."""
