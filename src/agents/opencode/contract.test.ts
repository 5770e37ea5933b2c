import { testAgent } from '../../ports/agent.testsuite.ts';
import { opencode } from './adapter.ts';
import { recorded } from './recorded.samples.ts';

testAgent({
  agent: opencode,
  recorded,
  version: { stdout: '1.18.33\n', version: '1.18.33' },
  model: 'anthropic/claude-opus-5-5',
  credential: 'ANTHROPIC_API_KEY',
  address: 'ANTHROPIC_BASE_URL',
  competing: ['ANTHROPIC_AUTH_TOKEN'],
});
