"""Forward, acknowledge, share: minutes reach the safeguarding lead, who says what becomes of them."""
