"""Where a file goes so that anybody can fetch it, and the manifest by which anybody can check it."""
