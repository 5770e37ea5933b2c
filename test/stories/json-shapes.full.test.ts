// The shape of what the demo prints with --json. It takes both real agents through a dozen tasks; `npm test` shows the shapes of
// all other commands, those of a run among them (json-shapes.test.ts).
import { delimiter, dirname } from 'node:path';
import { test } from 'vitest';
import { agentBinary } from '../support/agents.ts';
import { expectGolden } from '../support/golden.ts';
import { keep, view, type Printed } from '../support/printed-shapes.ts';
import { needsAgents } from '../support/skip-without.ts';
import { ended, openYard } from '../support/yard.ts';

needsAgents('claude', 'opencode');

test('the demo with --json has the reviewed shape of output', async () => {
  const yard = await openYard({ todo: '' });
  const folders = [agentBinary('claude'), agentBinary('opencode')].map((path) => dirname(path ?? ''));
  const PATH = [...folders, yard.env['PATH']].join(delimiter);
  const ran = await ended(yard.startWith({ PATH }, 'demo', '--json'));
  const printed: Printed = { exits: [], texts: [] };
  keep(printed, 'demo', ran);
  expectGolden({ file: new URL('./golden/json-shape-of-demo.json', import.meta.url), value: view('demo', printed) });
});
