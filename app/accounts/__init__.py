"""How a person signs in, by a code sent to a work address, and the guard that says who is asking."""
