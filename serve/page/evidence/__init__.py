"""What the tab Evidence shows: everything that the report says of the published pair."""
