"""What a browser or a machine calls: pages, API, socket, command line."""
