// The output of a run for a person: on a terminal, one live line per worker below the lines of what happened; elsewhere
// only the latter. Scripts get every event as a line of JSON.
import { createLogUpdate } from 'log-update';
import { iso } from '../lib/iso.ts';
import { clip, dollars, elapsed, table } from '../lib/table.ts';
import { onScreen } from '../lib/visible.ts';
import type { SupervisorEvent } from '../supervisor/events.ts';
import type { Summary } from '../supervisor/run.ts';
import type { CliContext } from './context.ts';
import { paint, type Paint } from './paint.ts';
import { transcriptLine } from './transcript-line.ts';

export interface Progress {
  readonly emit: (event: SupervisorEvent) => void;
  readonly end: () => void;
}

interface Line {
  readonly task: string;
  readonly agent: string;
  readonly model: string;
  readonly startedAt: number;
  doing: string;
  cost: number;
}

interface Options {
  readonly json: boolean;
  readonly now: () => number;
  /** Without a terminal, each line includes the time and the repository, as a log needs them. */
  readonly log?: boolean;
}

export function progressOf(context: CliContext, options: Options): Progress {
  if (options.json) {
    return { emit: (event) => context.out.write(`${JSON.stringify({ at: iso(options.now()), ...event })}\n`), end: () => undefined };
  }
  if (context.err.isTTY) return live(context, options.now);
  return { emit: teller(context, options), end: () => undefined };
}

/** Without a terminal, plain lines of what happened go to standard output, and standard error has only warnings. */
function teller(context: CliContext, { now, log }: Options): Progress['emit'] {
  const colours = paint(context.out);
  return (event) => {
    const line = eventLine(event, { colours, now });
    if (line === null) return;
    const repo = 'repo' in event ? event.repo : null;
    const lead = log === true ? `${iso(now())}  ${repo === null ? '' : `${repo}  `}` : '';
    (event.type === 'warning' ? context.err : context.out).write(`${lead}${line}\n`);
  };
}

function live(context: CliContext, now: () => number): Progress {
  const lines = new Map<string, Line>();
  const screen = createLogUpdate(process.stderr, { showCursor: true });
  const colours = paint(context.err);
  const draw = (): void => {
    const rows = [...lines.values()].map((line) => [
      line.task,
      line.agent,
      line.model,
      elapsed(now() - line.startedAt),
      dollars(line.cost),
      line.doing,
    ]);
    const drawn = table(rows)
      .split('\n')
      .map((row) => fit(row, context.err.columns));
    screen(onScreen(drawn.join('\n')));
  };
  const timer = setInterval(draw, 500);
  return {
    emit: (event) => {
      update(lines, event);
      const line = eventLine(event, { colours, now });
      if (line !== null) {
        screen.clear();
        context.err.write(`${line}\n`);
      }
      draw();
    },
    end: () => {
      clearInterval(timer);
      screen.clear();
    },
  };
}

/** A live row must not wrap, or the next drawing would not cover it. */
function fit(row: string, columns: number): string {
  return row.length < columns ? row : `${row.slice(0, Math.max(0, columns - 2))}…`;
}

function update(lines: Map<string, Line>, event: SupervisorEvent): void {
  if (event.type === 'attempt') {
    if (event.stage === 'closed') return void lines.delete(event.attempt);
    const known = lines.get(event.attempt) ?? {
      task: event.task,
      agent: event.agent,
      model: event.model,
      startedAt: event.startedAt,
      doing: '',
      cost: 0,
    };
    known.doing = event.note === null ? event.stage : `${event.stage}: ${clip(event.note, 200)}`;
    lines.set(event.attempt, known);
  }
  if (event.type === 'progress') {
    const known = lines.get(event.attempt);
    const doing = transcriptLine(event.event);
    if (known !== undefined) {
      known.cost = event.costUsd;
      if (doing !== null) known.doing = clip(doing, 200);
    }
  }
}

/** For a task that starts when its time comes: until when it waits, and why. */
export function waitLine(next: NonNullable<Summary['waiting']['next']>, now: number): string {
  return `${next.task} until ${next.until} (in ${elapsed(Date.parse(next.until) - now)}): ${clip(next.reason, 200)}`;
}

/** Null if the event is not worth a line. */
function eventLine(event: SupervisorEvent, { colours, now }: { readonly colours: Paint; readonly now: () => number }): string | null {
  switch (event.type) {
    case 'task':
      // The start of an attempt is printed below, once its agent is known.
      return event.to === 'running' ? null : `${event.task}  ${colours.state(event.to)}  ${clip(event.reason, 200)}`;
    case 'warning':
      return `${event.task ?? ''}${event.task === null ? '' : '  '}${colours.bad('warning')}  ${event.message}\n  → ${event.hint}`;
    case 'sign-in':
      return `sign-in of ${event.account} by ${event.agent}: ${event.ok === true ? 'ok' : clip(event.why, 200)}`;
    case 'refused':
      return `${event.task}  refused: ${event.code}`;
    case 'waiting':
      return `waiting: ${event.tasks} ${event.tasks === 1 ? 'task' : 'tasks'}${event.next === null ? '; yardmaster ls says for what' : `; ${waitLine(event.next, now())}`}`;
    case 'draining':
      return `draining: ${event.workers} still running, nothing new is started; Ctrl-C again stops them`;
    case 'phase':
      return event.did === null ? `${event.phase}: nothing` : `${event.phase}: ${event.did}`;
    case 'attempt':
      if (event.stage !== 'running') return null;
      return `${event.task}  ${colours.state('running')}  attempt ${event.number} by ${event.agent} with ${event.model}${event.note === null ? '' : `, ${event.note}`}`;
    case 'pull-request':
      return `${event.task}  pull request #${event.number}  ${event.standing}  ${event.url}`;
    case 'progress':
    case 'verdict':
    case 'summary':
      return null;
  }
}
