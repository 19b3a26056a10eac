"""What every part shares: references to media, free JSON, and the fields that hold them."""
