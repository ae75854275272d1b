"""The API, one module a noun; each has a `router` and is picked up by `serving.app`."""
