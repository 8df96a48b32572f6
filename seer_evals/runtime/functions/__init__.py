"""Functions that are called from elsewhere: by an agent's tool call, from another sandbox, through MCP."""
