"""The demonstration partnership, data sets of stated sizes and the local mailbox."""
