// The MCP servers that tasks and batches request for their workers, as JSON lists; null if they do not say.

export function sixth(): readonly string[] {
  return ['alter table tasks add column mcp text', 'alter table batches add column mcp text'];
}
