"""Sends the letters that the other packages owe, and says what became of each. It knows no word of the domain."""
