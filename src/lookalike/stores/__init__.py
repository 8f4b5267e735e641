"""Where things are kept: documents, blobs, and the keys that seal them. Each behind one small Protocol."""
