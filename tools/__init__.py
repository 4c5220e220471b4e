"""What sets the project up and keeps its locks; nothing here is installed with it."""
