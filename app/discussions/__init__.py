"""Record: a team writes down what it said about a briefing, or says why it has nothing to discuss."""
