"""Who may do what: the matrix that tests try cell by cell, and the page made of it."""
