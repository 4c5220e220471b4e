"""From a file that somebody sent to film that any browser plays: sniffed, probed, packaged, published."""
