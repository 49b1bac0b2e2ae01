"""What clients are made from, and a client: the published schemas, and Python generated of them."""
