#!/usr/bin/env node
// The CLI of a tiny third agent, which asks no model: for the task in its prompt it writes one file, with its role and the
// reason for which the worker before it was interrupted, and commits it. It has no sessions, no plans, no sign-in and no
// configuration of its own. It prints one JSON object a line.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const argv = process.argv.slice(2);

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function option(name: string): string | null {
  return argv[argv.indexOf(name) + 1] ?? null;
}

async function main(): Promise<number> {
  if (argv.includes('--version')) {
    process.stdout.write('third 0.3.0\n');
    return 0;
  }
  const prompt = await text(process.stdin);
  tell({ up: option('--model') });
  if ((process.env['OPENROUTER_API_KEY'] ?? '') === '') {
    tell({ failed: 'no key', why: 'OPENROUTER_API_KEY is not set' });
    return 1;
  }
  if (!argv.includes('--answer')) work(prompt);
  tell({ said: argv.includes('--answer') ? 'ok' : 'I wrote the file and committed it.' });
  tell({ done: true, input: 1000, output: 100, usd: 0.0015 });
  return 0;
}

function work(prompt: string): void {
  const task = /\btask (t\d+)\b/i.exec(prompt)?.[1] ?? 'task';
  const file = `${task}.txt`;
  const { role } = JSON.parse(readFileSync(option('--work') ?? '', 'utf8')) as { role: { prompt: string } | null };
  const cut = /was cut short \((.*)\)\. You take over/.exec(prompt)?.[1];
  writeFileSync(file, [role?.prompt ?? 'no role', ...(cut === undefined ? [] : [cut]), ''].join('\n'));
  execFileSync('git', ['add', '--', file]);
  execFileSync('git', ['commit', '--quiet', '--message', `Write ${file}`, '--', file]);
  tell({ did: 'write', to: file });
}

process.exitCode = await main();
