--- How much of what was fetched is kept for later runs, in bytes; the oldest commits go first.
return { limit = 2 * 1024 * 1024 * 1024 }
