"""The same server on Ray Serve: whole replicas of REST, on one machine or on many."""
