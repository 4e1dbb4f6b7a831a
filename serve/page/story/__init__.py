"""The page told as a story: five full-screen beats for a presenter, at `?present=1`."""
