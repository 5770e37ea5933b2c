// The MCP servers that tasks and batches name for their workers: JSON lists; null: they say nothing.

export function sixth(): readonly string[] {
  return ['alter table tasks add column mcp text', 'alter table batches add column mcp text'];
}
