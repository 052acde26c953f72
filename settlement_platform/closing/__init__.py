"""Business days, closed: computed once they have ended, and again when their numbers changed."""
