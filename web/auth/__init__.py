"""Who is asking: sign-in, tokens, and refusing requests that other sites forge."""
