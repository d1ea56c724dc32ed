"""Standard Notification; what it says is in the file beside."""
