import { testAgent } from '../../../src/ports/agent.testsuite.ts';
import { third } from './adapter.ts';

const opening = '{"up":"lab/one"}';
const exit = (code: number): { code: number; signal: null } => ({ code, signal: null });

testAgent({
  agent: third,
  recorded: {
    work: {
      exit: exit(0),
      stdout: [
        opening,
        '{"did":"write","to":"t1.txt"}',
        '{"said":"I wrote the file and committed it."}',
        '{"done":true,"input":1000,"output":100,"usd":0.0015}',
      ],
      stderr: '',
    },
    'no-key': { exit: exit(1), stdout: [opening, '{"failed":"no key","why":"OPENROUTER_API_KEY is not set"}'], stderr: '' },
  },
  version: { stdout: 'third 0.3.0\n', version: '0.3.0' },
  model: 'openrouter/lab/one',
  credential: 'OPENROUTER_API_KEY',
  address: 'OPENROUTER_BASE_URL',
  competing: [],
});
