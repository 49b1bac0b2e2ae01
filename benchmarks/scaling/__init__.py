"""Provisioned capacity: its settings from the load model, and how autoscaling follows a day."""
