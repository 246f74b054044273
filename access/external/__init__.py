"""The peers' external API for access: a thin door over the same selectors as the screens.

Paths, headers, status codes and envelopes are those that existing clients of Vitam know.
"""
