"""Keep what was made as long as an organisation says, and let it go after: what is known of it stays."""
