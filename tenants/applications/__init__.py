"""Applications that call the platform: who calls, and the envelopes in which they are answered."""
