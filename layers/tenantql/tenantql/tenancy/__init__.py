"""Who asks, for which tenant, and the credentials that IAM grants for it."""
