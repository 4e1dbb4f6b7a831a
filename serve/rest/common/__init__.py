"""What the dialects share: operations and their documents, bodies, and the forms of errors."""
