"""The programme: people, observations, comments, marking, moderation, release."""
