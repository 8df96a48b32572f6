"""What an agent is handed inside one sample: sessions, tools, briefing."""
