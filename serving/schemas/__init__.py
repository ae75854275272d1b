"""JSON documents of the API, one module a noun; queries return them and routes declare them."""
