"""Parts of pages: charts, maps, tables and forms."""
