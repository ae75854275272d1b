"""What routes, pages, briefing and commands ask of a publication; errors are plain, each edge turns them into its own."""
