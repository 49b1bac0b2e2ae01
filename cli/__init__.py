"""The command line, for people who run TenantQL; never in the layer."""
