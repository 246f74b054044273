"""The peers' external API for ingest and administration: a thin door over the same services.

Paths, headers, status codes and envelopes are those that existing clients of Vitam know.
"""
