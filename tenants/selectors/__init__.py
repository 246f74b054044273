"""Reading accounts and referentials: frozen values for the rooms above."""
