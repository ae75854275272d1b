"""The champion and the newest panel to forecasts: publishing, HTTP API, pages and the command line."""
