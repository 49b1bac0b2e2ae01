"""What running it costs: prices of AWS, measured units of each pattern, and the traffic."""
