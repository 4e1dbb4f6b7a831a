"""What the page draws: charts as SVG, and figures that one can take along."""
