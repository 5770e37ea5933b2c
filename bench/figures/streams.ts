import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { viewWorkers } from '../../src/cli/compose.ts';
import type { Figure } from '../figure.ts';
import { leaveOpenAttempts } from '../open-attempts.ts';
import { cpuOf, now, rssOf } from '../samples.ts';
import { agents, openStage, type Stage } from '../stage.ts';
import { startProgram, leaveProgram } from '../supervised.ts';

const [workers, perSecond, seconds] = [100, 100, 20];

export const streams: Figure = {
  name: 'streams',
  says:
    `the installed program, with ${workers} workers that print ${perSecond} events a second each, one write per event, for ` +
    `${seconds} s: its own CPU time, and its largest resident memory in that time. The workers are sleeping processes, and this process writes ` +
    'into their output files. The limit: a bare loop that reads the same bytes in pieces of a second, parses each line as JSON and inserts it with node:sqlite.',
  async take(ground) {
    const stage = openStage(ground, { name: 'streams', agent: agents.sleeps });
    await leaveOpenAttempts(ground, { stage, count: workers });
    const store = await stage.store();
    const files = [...(await viewWorkers(await store.openAttempts())).values()].flatMap(({ output }) => output ?? []);
    const program = startProgram(ground, { stage, name: 'streams', args: ['run', '--all'] });
    const feeder = feed(files);
    // By then the workers are adopted, and the start is over.
    await sleep(4000);
    const before = { cpu: cpuOf(program.pid).own, at: now(), lines: feeder.lines() };
    let rss = 0;
    while (now() - before.at < seconds * 1000) {
      await sleep(500);
      rss = Math.max(rss, rssOf(program.pid));
    }
    const span = now() - before.at;
    const value = ((cpuOf(program.pid).own - before.cpu) / span) * 100;
    const rate = ((feeder.lines() - before.lines) / span) * 1000;
    feeder.end();
    // After one more pulse everything is read.
    await sleep(2500);
    const stored = (await store.openAttempts()).reduce((bytes, { outOffset }) => bytes + outOffset, 0);
    await leaveProgram(program);
    await store.end();
    const bare = bareLoop({ stage, files, lines: rate * (span / 1000) });
    const note = `${Math.round(rate)} events/s written; ${((stored / feeder.bytes()) * 100).toFixed(1)} % of the bytes read 2.5 s after the last`;
    return [
      {
        what: 'CPU',
        value,
        unit: '% of a core',
        limit: { what: 'bare loop', value: (bare / span) * 100 },
        bar: { of: 'value', most: 20 },
        note,
      },
      { what: 'resident memory', value: rss, unit: 'MB', limit: null, bar: { of: 'value', most: 130 } },
    ];
  },
};

const session = 'ses_60b1c2d3e4f5';
const tokens = { input: 1200, output: 90, reasoning: 0, cache: { read: 20_000, write: 300 } };

/** A step of a working agent, about 1.4 kB: it begins, calls a tool, writes a text, ends. */
const cycle = [
  { type: 'step_start', part: { id: 'prt_1', type: 'step-start' } },
  {
    type: 'tool_use',
    part: {
      ...{ id: 'prt_2', callID: 'call_1', tool: 'bash' },
      state: {
        status: 'completed',
        input: { command: 'npm test -- --project unit src/store', description: 'Runs the tests' },
        output: 'ok src/store/store.test.ts\n'.repeat(15),
      },
    },
  },
  { type: 'text', part: { id: 'prt_3', text: 'The tests pass. Next I look at how the store opens its file. '.repeat(3) } },
  { type: 'step_finish', part: { id: 'prt_4', reason: 'tool-calls', cost: 0.0031, tokens } },
].map((line) => `${JSON.stringify({ ...line, timestamp: 1_764_000_000_000, sessionID: session })}\n`);

/** Every worker gets its due lines, one per write, a hundred times a second. */
function feed(files: readonly string[]): { lines: () => number; bytes: () => number; end: () => void } {
  const outputs = files.map((file) => openSync(file, 'a'));
  const begun = now();
  let [each, bytes] = [0, 0];
  const timer = setInterval(() => {
    const due = Math.floor(((now() - begun) / 1000) * perSecond);
    for (; each < due; each += 1) {
      const line = cycle[each % cycle.length] ?? '';
      for (const output of outputs) bytes += writeSync(output, line);
    }
  }, 10);
  const end = (): void => {
    clearInterval(timer);
    for (const output of outputs) closeSync(output);
  };
  return { lines: () => each * outputs.length, bytes: () => bytes, end };
}

/** The CPU milliseconds for this many lines. */
function bareLoop(given: { readonly stage: Stage; readonly files: readonly string[]; readonly lines: number }): number {
  const database = new DatabaseSync(join(given.stage.folder, 'bare.db'));
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = normal; create table events (attempt text, seq integer, event text, primary key (attempt, seq))',
  );
  const insert = database.prepare('insert into events values (?, ?, ?)');
  const texts = given.files.map((file) => readFileSync(file));
  const before = process.cpuUsage();
  const perFile = Math.round(given.lines / given.files.length);
  const at = texts.map(() => 0);
  for (let line = 0; line < perFile; line += perSecond) {
    texts.forEach((bytes, file) => {
      // The lines of one worker in one second, and a transaction for them.
      const from = at[file] ?? 0;
      let to = from;
      for (let lines = 0; lines < perSecond && to !== -1; lines += 1) to = bytes.indexOf(10, to) + 1 || -1;
      if (to === -1) return;
      at[file] = to;
      database.exec('begin');
      const lines = bytes.toString('utf8', from, to - 1).split('\n');
      lines.forEach((text, index) => void insert.run(`worker-${file}`, line + index, JSON.stringify(JSON.parse(text))));
      database.exec('commit');
    });
  }
  const { user, system } = process.cpuUsage(before);
  database.close();
  return (user + system) / 1000;
}
