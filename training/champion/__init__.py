"""The champion: its fit, and its comparison with a challenger."""
