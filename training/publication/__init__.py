"""Publications: the served files of one champion, written, promoted and archived atomically."""
