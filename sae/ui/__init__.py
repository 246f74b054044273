"""What every screen shares: frame, tables, filters, forms, fragments, error pages, tags."""
