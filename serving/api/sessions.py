"""The session cookie of the pages and the path of the login page."""

COOKIE = "chokepoint"
LOGIN = "/login"
