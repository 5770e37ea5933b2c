// Notifies a person by the terminal's bell, by a command of theirs, or by a webhook. Each channel is tried once. A channel
// that fails causes a warning, and the others are still tried.
import { baseEnvironment } from '../core/security/environment.ts';
import { Fault } from '../core/fault.ts';
import type { Notice } from '../core/task/notice.ts';
import type { Settings } from '../core/settings.ts';
import { second } from '../core/time.ts';
import { visible } from '../lib/visible.ts';
import type { Host } from '../ports/host.ts';

const timeoutMs = 30 * second;

interface Around {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Pick<Host, 'shell'>;
  readonly settings: (repo: string | null) => Promise<Settings>;
  readonly bell: () => void;
}

export function notifier(around: Around): (notice: Notice) => Promise<void> {
  return async (told) => {
    // A person's command may print the text to a terminal, so control characters are made visible. No environment variable
    // can contain a NUL character either.
    const notice = { ...told, message: visible(told.message), command: visible(told.command) };
    const { notify } = await around.settings(notice.repo);
    if (notify.bell) around.bell();
    const failed: string[] = [];
    const note = (what: string) => (error: unknown) =>
      void failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    if (notify.command !== null) await byCommand(around, { notice, command: notify.command }).catch(note('notify.command'));
    if (notify.webhook !== null) await byWebhook(around, { notice, webhook: notify.webhook }).catch(note('notify.webhook'));
    if (failed.length === 0) return;
    throw new Fault({
      code: 'not-notified',
      message: `this notice reached nobody: ${notice.message}: ${failed.join('; ')}`,
      hint: 'correct the section `notify` of the configuration',
    });
  };
}

async function byCommand(around: Around, given: { notice: Notice; command: string }): Promise<void> {
  const { notice } = given;
  const { code, output, timedOut } = await around.host.shell({
    command: given.command,
    cwd: notice.repo ?? '/',
    env: {
      ...baseEnvironment(around.env),
      YARDMASTER_NOTICE: notice.kind,
      YARDMASTER_TASK: notice.task ?? '',
      YARDMASTER_REPOSITORY: notice.repo ?? '',
      YARDMASTER_MESSAGE: notice.message,
      YARDMASTER_COMMAND: notice.command,
    },
    timeoutMs,
    signal: new AbortController().signal,
  });
  if (code !== 0)
    throw new Error(timedOut ? `it did not end within ${timeoutMs / second} s` : `it exited with ${code}: ${output.trim().slice(-200)}`);
}

async function byWebhook(around: Around, given: { notice: Notice; webhook: string }): Promise<void> {
  const { kind, task, repo, message, command } = given.notice;
  const answer = await fetch(addressOf(around, given.webhook), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // Chat services show the field `text`.
    body: JSON.stringify({ text: `Yardmaster: ${message}\n${command}`, kind, task, repo, message, command }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
}

/**
 * An address that contains a secret is kept in the environment and written as `env:NAME`. Neither the address nor its
 * secret is ever printed.
 */
function addressOf(around: Around, webhook: string): string {
  if (!webhook.startsWith('env:')) return webhook;
  const address = around.env[webhook.slice('env:'.length)] ?? '';
  if (!URL.canParse(address)) throw new Error(`${webhook} names a variable that does not contain an address`);
  return address;
}
