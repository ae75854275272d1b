"""Routes of the API, one module a noun; `serving.route_table` registers the `router` of each."""
