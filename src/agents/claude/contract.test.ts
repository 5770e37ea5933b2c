import { testAgent } from '../../ports/agent.testsuite.ts';
import { claude } from './adapter.ts';
import { recorded } from './recorded.samples.ts';

testAgent({
  agent: claude,
  recorded,
  version: { stdout: '2.1.330 (Claude Code)\n', version: '2.1.330' },
  model: 'anthropic/claude-opus-5-5',
  credential: 'ANTHROPIC_API_KEY',
  address: 'ANTHROPIC_BASE_URL',
  competing: ['ANTHROPIC_AUTH_TOKEN'],
});
