"""How fast, how lean and how exact film is received and prepared."""
